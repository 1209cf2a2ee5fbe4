"""How time and peak memory change as the work grows: streams through a pipe, and piles of feeds."""

import dataclasses
import functools
import os
import pathlib
import re
import statistics
import threading

from . import counters, environment, rounds

MIB = 1 << 20
STREAM_SIZES = tuple(size * MIB for size in (1, 8, 64, 512, 2048, 8192))
FEED_COUNTS = (40, 400, 4000, 40_000)
# A stream repeats a block of this size, so that none needs more room.
BLOCK = 64 * MIB
# This many different feeds are made; further ones are links to them.
DIFFERENT_FEEDS = 4000
BOUND = 16 * MIB
# The most threads that live at once in a counter with a thread per document.
LIVING_THREADS = 4096
# A size is left out if one run would take more than this many seconds.
LONGEST = 12.0


@dataclasses.dataclass
class Point:
    """What one amount of work cost."""

    job: str
    name: str
    amount: int
    bytes: int
    bound: int
    rounds: int
    seconds: float
    # The time that grows with the work, without that to start and end the process.
    ns_per_byte: float
    peak: int

    @property
    def broken(self):
        return self.peak > self.bound


class Launcher:
    """Runs commands under Debian's `time`. A process inherits the peak memory of its parent: Python's
    is most of the bound, that of `time` is small."""

    def __init__(self, time, folder):
        self.time, self.peak = time, pathlib.Path(folder) / "peak"
        self.output = pathlib.Path(folder) / "output"

    def run(self, command, stdin=os.devnull, answer="stdout"):
        """Seconds, the largest resident set in bytes, and the number at the start of the answer."""
        wrapped = [self.time, "-q", "-f", "%M", "-o", self.peak, *command]
        seconds, code = rounds.run(wrapped, stdin, **{answer: self.output})
        text = self.output.read_text()
        if code:
            raise SystemExit(f"{' '.join(map(str, command))} failed with {code}: {text}")
        return seconds, int(self.peak.read_text()) * 1024, int(re.match(r"\d+", text)[0])

    def repeat(self, command, expected, make_stdin=lambda: os.devnull, answer="stdout"):
        """Repeats [run] for about a second: median seconds, largest peak, and number of runs."""
        runs, wanted = [], 1
        while len(runs) < wanted:
            runs.append(self.run(command, make_stdin(), answer))
            if runs[-1][2] != expected:
                raise SystemExit(f"{command} gave {runs[-1][2]} and not {expected}")
            first = runs[0][0]
            wanted = 1 if first > 4 else max(2, min(15, round(1 / first)))
        return statistics.median(run[0] for run in runs), max(run[1] for run in runs), len(runs)


def streams(launcher, folder, largest):
    """Yields the points of every rewriter that streams, and of the default with unequal lengths."""
    block = pathlib.Path(folder) / "block"
    command = [environment.BENCHLENS, "generate", "text", "--shape", "sparse", "--bytes", BLOCK]
    rounds.run(command, stdout=block)
    text = block.read_bytes()
    series = {
        "default": ("elvis", "Elvis", []),
        "default, longer": ("elvis", "the king", []),
        "default, every e doubled": ("e", "ee", []),
    }
    for name, subject in environment.subjects("rewrite").items():
        if "reads everything into memory" not in subject["notes"]:
            series[name] = ("elvis", "Elvis", ["--algorithm", name])
    for name, (needle, replacement, more) in series.items():
        environment.announce(f"streams: {name}")
        command = [environment.BENCHLENS, "rewrite", "--count", "--find", needle]
        command += ["--replace", replacement, *more]
        start, _, _ = launcher.repeat(command, 0, answer="stderr")
        seconds, before = 0.0, 1
        for size in (size for size in STREAM_SIZES if size <= largest):
            if seconds * size / before > LONGEST:
                break
            expected = occurrences(text, needle.encode(), size)
            seconds, peak, runs = launcher.repeat(
                command, expected, functools.partial(feed_pipe, block, size), "stderr"
            )
            before = size
            cost = (seconds - start) / size * 1e9
            yield Point("rewrite", name, size, size, BOUND, runs, seconds, cost, peak)
    block.unlink()


def occurrences(text, needle, size):
    """How often the needle, which cannot overlap itself, occurs in `size` bytes of the repeated text."""
    whole, part = divmod(size, len(text))
    reach = len(needle) - 1
    across = (text[-reach:] + text[:reach]).count(needle) if reach else 0
    joints = whole - 1 + (part >= reach) if whole else 0
    return text.count(needle) * whole + text[:part].count(needle) + across * joints


def feed_pipe(block, size):
    """The reading end of a pipe into which a thread moves `size` bytes, without copying them."""
    reading, writing = os.pipe()

    def feed():
        left, offset = size, 0
        with open(block, "rb", buffering=0) as source:
            try:
                while left:
                    offset %= BLOCK
                    moved = os.splice(source.fileno(), writing, min(left, BLOCK - offset), offset)
                    left, offset = left - moved, offset + moved
            except BrokenPipeError:
                pass  # The reader has failed, and its exit code says so.
            finally:
                os.close(writing)

    threading.Thread(target=feed, daemon=True).start()
    return reading


def piles(launcher, folder, largest):
    """Yields the points of every counter, and of the default."""
    folder = pathlib.Path(folder)
    feeds, different = folder / "feeds", min(DIFFERENT_FEEDS, largest)
    environment.benchlens("generate", "feeds", "--count", str(different), "--out", str(feeds))
    originals = sorted(feeds.iterdir())
    sizes = [path.stat().st_size for path in originals]
    counts = [count for count in FEED_COUNTS if count <= largest]
    for count in (0, *counts):
        (folder / str(count)).mkdir()
        for number in range(count):
            os.link(originals[number % different], folder / str(count) / f"{number:05}.xml")
    series = {"default": []}
    listed = environment.subjects("freq")
    series.update((name, ["--counter", name]) for name in listed)
    for name, more in series.items():
        environment.announce(f"feeds: {name}")
        command = [environment.BENCHLENS, "freq", "--topic", counters.TOPIC, *more]
        start, _, _ = launcher.repeat([*command, folder / "0"], 0)
        notes = listed[name]["notes"] if name in listed else ["1 thread a core"]
        for count in counts:
            work = sum(sizes[number % different] for number in range(count))
            seconds, peak, runs = launcher.repeat(
                [*command, folder / str(count)], counters.MENTIONS * count
            )
            bound = BOUND + max(sizes) * threads(notes, count)
            cost = (seconds - start) / work * 1e9
            yield Point("freq", name, count, work, bound, runs, seconds, cost, peak)


def threads(notes, documents):
    """How many threads a counter has at once, according to its notes in `benchlens list`."""
    said = next(note for note in notes if note.startswith("1 thread"))
    if "a document" in said:
        return min(documents, LIVING_THREADS)
    cores = len(os.sched_getaffinity(0)) if "a core" in said else 1
    more = re.search(r"and (\d+) more", said)
    return cores + int(more[1] if more else 0)
