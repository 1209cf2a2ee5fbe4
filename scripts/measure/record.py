"""Where a record goes, and how its files are written."""

import csv
import datetime
import os
import platform
import subprocess

from . import environment


def folder():
    """The folder in which `scripts/record` keeps a run on this machine today."""
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    cores = len(os.sched_getaffinity(0))
    return environment.ROOT / "results" / "record" / f"{date}-{platform.machine()}-{cores}-cores"


def write_csv(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def machine_and_revision():
    """The machine and the revision."""
    commit, changes = (
        git("rev-parse", "--short=12", "HEAD"),
        git("status", "--porcelain", "--", ".", ":!results"),
    )
    cpu = processor()
    named = cpu.get("model name", "unknown")
    # Names such as "AMD EPYC" leave open which generation it is, and which instructions it has.
    widest = next((it for it in ("avx512vbmi2", "avx512bw", "avx2") if it in cpu.get("flags", "").split()), "neither")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
        "commit": commit + "+" * bool(changes),
        "cpu": named,
        "cpu_family_and_model": f"{cpu.get('cpu family', '?')}, {cpu.get('model', '?')}",
        "widest_instructions": widest,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def processor():
    """What the system says of the first processor."""
    with open("/proc/cpuinfo") as file:
        first = file.read().split("\n\n")[0]
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first.splitlines())}


def git(*arguments):
    command = ["git", "-C", environment.ROOT, *arguments]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    return run.stdout.strip()
