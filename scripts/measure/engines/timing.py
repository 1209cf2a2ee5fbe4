"""How a part of an engine's run is timed."""

import time


def timed(work, cpu=lambda: 0):
    """What it gives, the seconds that it takes, and those of all processors."""
    start, spent = time.perf_counter(), cpu()
    return work(), time.perf_counter() - start, cpu() - spent
