"""The rewriters: `elvis` to `Elvis`, from a file to a file, both in memory."""

import os
import pathlib

from . import environment, rounds
from .rounds import Way

SHAPES = ("sparse", "dense", "near_miss", "binary", "all_e")
BUDGET = 6.0
OURS = ("vector", "chunked", "parallel", "alg_two", "alg_one")
BYTE_AT_A_TIME = ("alg_two", "alg_one")


def ways(tools):
    """Every way, with {in} and {out} for the files where they are not standard input and output."""
    example = environment.EXAMPLE
    rewrite = [environment.BENCHLENS, "rewrite", "--find", "elvis", "--replace", "Elvis"]
    listed = environment.subjects("rewrite")

    def algorithm(name):
        whole = "reads everything into memory" in listed[name]["notes"]
        notes = ["whole file in memory"] * whole + ["byte at a time"] * (name in BYTE_AT_A_TIME)
        return Way(name, "ours", [*rewrite, "--algorithm", name], ", ".join(notes))

    # -N and --no-filename: no prefix; --passthru: lines without a match too; -a: binary text is
    # text; -E none: no byte order mark is looked for. A file given by name can be mapped, which was
    # faster if lines are long. Exit code 1 means that nothing matched.
    ripgrep = "--no-config -N --no-filename --passthru -a -E none --mmap -F elvis -r Elvis".split()
    replace_py = environment.PROGRAMS / "replace.py"
    return [
        Way("memcpy", "limit", [example, "memcpy", "5"], "memory to memory", times_itself=True),
        Way("cat", "copy", ["cat"], "copies"),
        Way("cp", "copy", ["cp", "--reflink=never", "{in}", "{out}"], "copies"),
        Way("dd", "copy", ["dd", "bs=128K", "status=none"], "copies, 128 KiB"),
        Way("read/write loop", "copy", [example, "loop"], "copies, 64 KiB"),
        Way("benchlens", "ours", rewrite, "the default"),
        *(algorithm(name) for name in OURS if name in listed),
        Way("aho-corasick", "peer", [example, "aho_corasick"], "stream, DFA"),
        Way("regex", "peer", [example, "regex"], "whole file in memory"),
        Way(
            "Go ReplaceAll",
            "peer",
            [tools["replace_all"], "elvis", "Elvis"],
            "whole file in memory",
        ),
        Way("Go Index", "peer", [tools["chunked_index"], "elvis", "Elvis"], "128 KiB"),
        Way("ripgrep", "peer", [tools["ripgrep"], *ripgrep, "{in}"], "memory map", success=(0, 1)),
        Way("sd", "peer", [tools["sd"], "-F", "elvis", "Elvis"], "whole file in memory"),
        Way("sed", "peer", ["sed", "s/elvis/Elvis/g"], "by line"),
        Way("perl", "peer", ["perl", "-0777", "-pe", "s/elvis/Elvis/g"], "whole file in memory"),
        Way(
            "python",
            "peer",
            [tools["python"], "-I", replace_py, "elvis", "Elvis"],
            "whole file in memory",
        ),
    ]


def measure(tools, folder, size, number_of_rounds):
    """Yields each input's name with its ways, measured."""
    source, target, expected = (pathlib.Path(folder) / name for name in ("in", "out", "expected"))
    for shape in SHAPES:
        environment.announce(f"rewriters on {shape}")
        write_input(shape, size, source)
        # The oracle is not our code.
        oracle = [tools["python"], "-I", environment.PROGRAMS / "replace.py", "elvis", "Elvis"]
        if rounds.run(oracle, stdin=source, stdout=expected)[1]:
            raise SystemExit(f"the expected output of {shape} could not be made")

        def perform(way):
            target.unlink(missing_ok=True)
            command = [{"{in}": source, "{out}": target}.get(part, part) for part in way.command]
            seconds, code = rounds.run(command, stdin=source, stdout=target)
            return (float(target.read_text()) if way.times_itself else seconds), code

        def verify(way):
            return "" if way.times_itself else difference(expected, source, target, way.kind)

        done = ways(tools)
        rounds.take_turns(done, number_of_rounds, BUDGET, perform, verify)
        yield shape, done
    for path in (source, target, expected):
        path.unlink(missing_ok=True)


def write_input(shape, size, path):
    """Writes the generated text, with a line end as its last byte: tools that work on lines add a
    missing one, and their output would differ."""
    command = [environment.BENCHLENS, "generate", "text", "--shape", shape, "--bytes", size - 1]
    if rounds.run(command, stdout=path)[1]:
        raise SystemExit(f"the input {shape} could not be made")
    with open(path, "ab") as file:
        file.write(b"\n")


def difference(expected, source, target, kind):
    """What is wrong with the output, or nothing. A copy must equal the input."""
    right = source if kind == "copy" else expected
    if os.path.getsize(target) != os.path.getsize(right):
        return f"differs: {os.path.getsize(target)} bytes and not {os.path.getsize(right)}"
    offset, piece = 0, 1 << 20
    with open(right, "rb", buffering=0) as one, open(target, "rb", buffering=0) as other:
        while bytes_here := one.read(piece):
            if bytes_here != other.read(piece):
                return f"differs within the MiB at byte {offset}"
            offset += len(bytes_here)
    return ""
