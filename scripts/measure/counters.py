"""The counters: how many items of a folder of feeds mention `president`."""

import os
import pathlib
import re

from . import environment, rounds
from .rounds import Way

TOPIC = "president"
# How many items mention it in every feed that `benchlens generate feeds` writes.
MENTIONS = 7
BUDGET = 12.0
OURS = ("sequential", "pull", "skim", "per_core", "reused")


def ways(tools, feeds):
    cores = len(os.sched_getaffinity(0))
    ours = environment.BENCHLENS
    listed = environment.subjects("freq")
    count_feeds = environment.PROGRAMS / "count_feeds.py"

    def limit(threads):
        command = [environment.EXAMPLE, "read", threads, feeds]
        return Way(f"read only, {plural(threads)}", "limit", command, threads=threads)

    def counter(name, threads=None):
        command = [ours, "freq", "--topic", TOPIC, "--counter", name]
        if threads:
            command += ["--threads", threads]
        label = f"{name}, {plural(threads)}" if threads else name
        return Way(label, "ours", [*command, feeds], threads=threads or 1)

    def go(name, shape, note="encoding/xml", threads=1, otherwise=False):
        command = [tools["freq"], shape, TOPIC, feeds]
        return Way(name, "peer", command, note, threads, answers_otherwise=otherwise)

    def python(library):
        return Way(library, "peer", [tools["python"], "-I", count_feeds, library, TOPIC, feeds])

    own = []
    for name in (name for name in listed if name.startswith(OURS)):
        if name not in OURS and not name.startswith("skim"):
            continue
        many = "1 thread" not in listed[name]["notes"]
        own += [counter(name, n) for n in sorted({1, cores})] if many else [counter(name)]
    grep = ["grep", "-rhcF", TOPIC, feeds]
    default = [ours, "freq", "--topic", TOPIC, feeds]
    return [
        *(limit(threads) for threads in sorted({1, cores})),
        Way("benchlens", "ours", default, "the default", cores),
        *own,
        go("Go freq", "sequential"),
        go("Go freqNumCPU", "num_cpu", threads=cores),
        go("Go freq, plain tags", "sequential_plain", "media:title is a title", otherwise=True),
        python("elementtree"),
        python("lxml"),
        Way("grep -c", "peer", grep, "counts lines, not items", answers_otherwise=True),
    ]


def plural(threads):
    return f"{threads} thread" + "s" * (threads != 1)


def measure(tools, folder, count, number_of_rounds):
    """Measures the ways, and returns them."""
    environment.announce(f"counters on {count} feeds")
    feeds, output = pathlib.Path(folder) / "feeds", pathlib.Path(folder) / "count"
    environment.benchlens("generate", "feeds", "--count", str(count), "--out", str(feeds))
    size = sum(path.stat().st_size for path in feeds.iterdir())

    def perform(way):
        return rounds.run(way.command, stdout=output)

    def verify(way):
        right = size if way.kind == "limit" else MENTIONS * count
        # grep prints one number a file.
        found = sum(int(number) for number in re.findall(r"^\d+", output.read_text(), re.MULTILINE))
        return "" if found == right else f"differs: {found} and not {right}"

    done = ways(tools, feeds)
    rounds.take_turns(done, number_of_rounds, BUDGET, perform, verify)
    return done
