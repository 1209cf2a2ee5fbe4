"""One run of `benchlens map` on Dask: a scheduler, and workers that are processes of their own.

    on_dask.py JOB      where JOB is JSON, see scripts/cluster

Prints what was counted and how long each part took, as JSON.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

from dask.distributed import Client, as_completed

from processes import Group
from timing import timed


def count(paths, command):
    """What a user would write: pipes a batch through the filter, and adds up its lines."""
    batch = b"".join(os.fsencode(path) + b"\n" for path in paths)
    run = subprocess.run(command, input=batch, stdout=subprocess.PIPE, check=True, timeout=600)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return {
        "found": sum(line.get("found", 0) for line in lines),
        "documents": sum("found" in line for line in lines),
        "failures": sum("error" in line for line in lines),
    }


def started(job, group):
    """A client to which all workers are connected."""
    place = pathlib.Path(job["folder"], "scheduler.json")
    run = [sys.executable, "-m"]
    scheduler = [*run, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    scheduler += ["--no-dashboard", "--scheduler-file", place]
    # A worker that hangs is given up after this time; the default is five minutes.
    environment = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "20s"} if job["fault"] == "hang" else {}
    group.start(scheduler, environment)
    worker = [*run, "distributed.cli.dask_worker", "--host", "127.0.0.1", "--nthreads", "1"]
    worker += ["--no-nanny", "--no-dashboard", "--memory-limit", "0", "--scheduler-file", place]
    worker += ["--local-directory", job["folder"]]
    while not place.exists() or not place.read_text():
        time.sleep(0.01)
    for _ in range(job["workers"]):
        group.start(worker, {})
    client = Client(scheduler_file=str(place))
    client.wait_for_workers(job["workers"])
    return client


def main():
    job = json.loads(sys.argv[1])
    paths = pathlib.Path(job["paths"]).read_text().splitlines()
    batches = [paths[at : at + job["batch"]] for at in range(0, len(paths), job["batch"])]
    with Group(job["folder"]) as group:
        client, start, _ = timed(lambda: started(job, group))
        cpu = group.cpu_seconds
        if not job["fault"]:
            client.gather(client.map(len, batches, pure=False))
            _, dispatch, dispatch_cpu = timed(
                lambda: client.gather(client.map(len, batches, pure=False)), cpu
            )

        def counted():
            done = client.map(count, batches, command=job["command"], retries=3, pure=False)
            results = []
            for future in as_completed(done):
                results.append(future.result())
                if job["fault"] and len(results) == len(batches) // 4:
                    # Process 0 is the scheduler.
                    group.harm(1, job["fault"])
            return {key: sum(result[key] for result in results) for key in results[0]}

        total, seconds, job_cpu = timed(counted, cpu)
        told = {**total, "start_s": start, "job_s": seconds}
        if not job["fault"]:
            told |= {"dispatch_s": dispatch, "dispatch_cpu_s": dispatch_cpu, "job_cpu_s": job_cpu}
        print(json.dumps(told), flush=True)
        # A hanging worker would block an orderly shutdown.
        group.end()
        os._exit(0)


if __name__ == "__main__":
    main()
