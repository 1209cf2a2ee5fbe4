"""The processes of an engine, each the leader of its own process group, as if on its own machine."""

import os
import pathlib
import signal
import subprocess


class Group:
    def __init__(self, folder):
        self.log = open(pathlib.Path(folder, "engine.log"), "ab")
        self.started = []

    def start(self, command, environment):
        self.started.append(subprocess.Popen(
            command, env={**os.environ, **environment}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        ))

    def cpu_seconds(self):
        """The processor time of all of them, of what they have started, and of this process."""
        sessions = {str(process.pid) for process in self.started}
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[3] in sessions:
                # User and system time, and those of children that have ended.
                ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK") + sum(os.times()[:2])

    def harm(self, number, fault):
        """Kills a process and all that it has started, or suspends them."""
        what = {"kill": signal.SIGKILL, "hang": signal.SIGSTOP}[fault]
        os.killpg(self.started[number].pid, what)

    def end(self):
        for process in self.started:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
