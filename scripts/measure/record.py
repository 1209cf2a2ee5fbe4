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
    with open("/proc/cpuinfo") as file:
        model = next(
            (line.split(":")[1].strip() for line in file if "model name" in line), "unknown"
        )
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
        "commit": commit + "+" * bool(changes),
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def git(*arguments):
    command = ["git", "-C", environment.ROOT, *arguments]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    return run.stdout.strip()
