"""One run of `benchlens map` on Spark standalone: a master, and workers that are processes of their own.

    on_spark.py JOB      where JOB is JSON, see scripts/cluster

Prints what was counted and how long each part took, as JSON.
"""

import json
import os
import pathlib
import shlex
import socket
import sys
import threading
import time

import pyspark
from pyspark.sql import SparkSession

from processes import Group
from timing import timed

HOME = pathlib.Path(pyspark.__file__).parent
# Seconds after which a hanging process is given up; the defaults are one minute and two.
PATIENCE = 20


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def reachable(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def started(job, group):
    """The context of a session to which all executors are connected."""
    port = free_port()
    options = f"-Dspark.worker.timeout={PATIENCE}" if job["fault"] == "hang" else ""
    environment = {
        "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
        "SPARK_MASTER_OPTS": options,
    }
    os.environ.update(environment)
    run = [HOME / "bin" / "spark-class"]
    master = "org.apache.spark.deploy.master.Master"
    group.start([*run, master, "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"], environment)
    while not reachable(port):
        time.sleep(0.02)
    url = f"spark://127.0.0.1:{port}"
    for number in range(job["workers"]):
        worker = ["org.apache.spark.deploy.worker.Worker", "--cores", "1", "--memory", "1g"]
        worker += ["--webui-port", "0", "--work-dir", f"{job['folder']}/work-{number}", url]
        group.start([*run, *worker], environment)
    builder = SparkSession.builder.master(url).appName("benchlens map")
    settings = {
        "spark.executor.cores": "1", "spark.executor.memory": "512m", "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "ERROR", "spark.local.dir": job["folder"],
    }
    if job["fault"] == "hang":
        settings |= {
            "spark.executor.heartbeatInterval": "2s", "spark.network.timeoutInterval": "5s",
            "spark.network.timeout": f"{PATIENCE}s",
        }
    for key, value in settings.items():
        builder = builder.config(key, value)
    context = builder.getOrCreate().sparkContext
    # The driver counts as one.
    while len(context._jsc.sc().statusTracker().getExecutorInfos()) <= job["workers"]:
        time.sleep(0.02)
    return context


def told(line):
    """What a line adds to the sums: found, documents, failures."""
    line = json.loads(line)
    return (line.get("found", 0), int("found" in line), int("error" in line))


def added(left, right):
    return tuple(map(sum, zip(left, right)))


def harm_in_the_middle(context, group, fault, parts):
    tracker = context.statusTracker()
    while True:
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        if any(stage and stage.numCompletedTasks >= parts // 4 for stage in stages):
            # Process 0 is the master.
            return group.harm(1, fault)
        time.sleep(0.005)


def main():
    job = json.loads(sys.argv[1])
    paths = pathlib.Path(job["paths"]).read_text().splitlines()
    parts = -(-len(paths) // job["batch"])
    command = shlex.join(job["command"])
    with Group(job["folder"]) as group:
        context, start, _ = timed(lambda: started(job, group))
        cpu = group.cpu_seconds
        if not job["fault"]:
            nothing = lambda: context.parallelize(range(parts), parts).count()
            nothing()
            _, dispatch, dispatch_cpu = timed(nothing, cpu)
        else:
            arguments = (context, group, job["fault"], parts)
            threading.Thread(target=harm_in_the_middle, args=arguments, daemon=True).start()

        def counted():
            lines = context.parallelize(paths, parts).pipe(command, checkCode=True)
            return lines.map(told).fold((0, 0, 0), added)

        (found, documents, failures), seconds, job_cpu = timed(counted, cpu)
        report = {"found": found, "documents": documents, "failures": failures}
        report |= {"start_s": start, "job_s": seconds}
        if not job["fault"]:
            report |= {"dispatch_s": dispatch, "dispatch_cpu_s": dispatch_cpu, "job_cpu_s": job_cpu}
        print(json.dumps(report), flush=True)
        group.end()
        os._exit(0)


if __name__ == "__main__":
    main()
