"""Everything that the measurements need, built or fetched here, each step announced."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "scripts" / "measure" / "peers"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
BENCHLENS = TARGET / "release" / "benchlens"
EXAMPLE = TARGET / "release" / "examples" / "peers"
# Kept between runs: `cargo clean` removes it.
CACHE = ROOT / "target" / "peers"
TMPFS = pathlib.Path("/dev/shm")


def announce(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def work_folder_parent():
    """A folder whose files are in memory, so that no disk is measured; None if there is none."""
    if TMPFS.is_dir():
        return TMPFS
    announce("there is no /dev/shm: files go to the default temporary folder, maybe to a disk")
    return None


def require_room(bytes_needed):
    """Exits if the temporary files would not fit."""
    free = shutil.disk_usage(work_folder_parent() or "/tmp").free
    if free < bytes_needed:
        sys.exit(f"{bytes_needed >> 20} MiB are needed for temporary files, {free >> 20} are free")


def build(*examples):
    announce("build benchlens")
    subprocess.run([ROOT / "scripts/commands"], stdout=subprocess.DEVNULL, check=True)
    for example in examples:
        command = ["cargo", "build", "--quiet", "--release", "--example", example]
        subprocess.run(command, cwd=ROOT, check=True)


def benchlens(*arguments):
    """What `benchlens ARGUMENTS` prints."""
    run = subprocess.run([BENCHLENS, *arguments], check=True, stdout=subprocess.PIPE)
    return run.stdout.decode()


def subjects(job):
    """The subjects of `rewrite` or `freq` by their short names."""
    listed = json.loads(benchlens("list", "--format", "json"))
    prefix = job + "/"
    return {it["name"].removeprefix(prefix): it for it in listed if it["name"].startswith(prefix)}


def python(folder, *packages):
    """The Python of a new environment in `folder`, with `packages` from Python's registry."""
    announce(f"fetch {', '.join(packages)} from Python's registry into a temporary environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    interpreter = pathlib.Path(folder) / "bin" / "python"
    pip = [interpreter, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, *packages], check=True)
    return interpreter


def cargo_tools(*names):
    """Programs from Rust's registry, by name."""
    paths = {name: CACHE / "bin" / {"ripgrep": "rg"}.get(name, name) for name in names}
    missing = [name for name, path in paths.items() if not path.exists()]
    if missing:
        announce(f"fetch and build {', '.join(missing)} from Rust's registry into target/peers")
        command = ["cargo", "install", "--quiet", "--locked", "--root", CACHE]
        subprocess.run([*command, "--target-dir", CACHE / "build", *missing], check=True)
        shutil.rmtree(CACHE / "build", ignore_errors=True)
    return paths


def debian_program(name):
    """The path of a program from a Debian package of the same name, which must be installed."""
    subprocess.run([ROOT / "scripts/need", name], check=True)
    return shutil.which(name)


def go_programs(interpreter, folder, *names):
    """Our Go programs, built by the Go beside `interpreter`."""
    go = interpreter.parent / "go"
    environment = {
        **os.environ,
        "GOPATH": f"{folder}/go",
        "GOCACHE": f"{folder}/go-cache",
        "GOTOOLCHAIN": "local",
    }
    announce("build the Go programs")
    programs = {}
    for name in names:
        programs[name] = pathlib.Path(folder) / name
        build = [go, "build", "-o", programs[name], PROGRAMS / f"{name}.go"]
        subprocess.run(build, env=environment, check=True)
    return programs


def version(*command):
    """The first line that a program prints about its version."""
    run = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return next((line.strip() for line in run.stdout.splitlines() if line.strip()), "unknown")
