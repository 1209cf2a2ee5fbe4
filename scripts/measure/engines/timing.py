"""How a part of an engine's run is timed."""

import time


def timed(work, cpu=lambda: 0):
    """The result of `work`, its wall-clock seconds, and the processor seconds that `cpu` reports."""
    start, spent = time.perf_counter(), cpu()
    return work(), time.perf_counter() - start, cpu() - spent
