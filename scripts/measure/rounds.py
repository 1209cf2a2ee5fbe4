"""Ways to do one job, run in turns, so that a busy moment of the machine hits all of them alike."""

import dataclasses
import os
import random
import signal
import statistics
import threading
import time

# No locale may slow down a tool that only handles bytes.
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
# A way that hangs is stopped.
TIMEOUT = 120.0


@dataclasses.dataclass
class Way:
    """One way to do a job, and what it came to."""

    name: str
    kind: str  # ours, peer, copy or limit
    command: list
    note: str = ""
    threads: int = 1
    success: tuple = (0,)
    # The program times itself and prints seconds: the figure does not include its process.
    times_itself: bool = False
    # Known to answer another question: timed for comparison, and marked.
    answers_otherwise: bool = False
    verdict: str = ""
    seconds: list = dataclasses.field(default_factory=list)

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def spread(self):
        """Distance of the quartiles, relative to the median."""
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return (high - low) / self.median

    def ratio_to(self, other):
        """How many times as fast as `other`: the median of the ratios within each round."""
        if not self.seconds or not other.seconds:
            return None
        return statistics.median(b / a for a, b in zip(self.seconds, other.seconds))


def run(command, stdin=os.devnull, stdout=os.devnull, stderr=os.devnull, timeout=TIMEOUT):
    """Runs a command on files. Returns the seconds from its start to its end, and its exit code.

    `stdin` may be a descriptor, which is closed. Without a timeout no watchdog thread is started: starting one
    takes longer than starting a short command.
    """
    command = [str(part) for part in command]
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    ends = [stdin if isinstance(stdin, int) else os.open(stdin, os.O_RDONLY)]
    ends += [os.open(path, writing, 0o600) for path in (stdout, stderr)]
    actions = [(os.POSIX_SPAWN_DUP2, end, number) for number, end in enumerate(ends)]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, ENVIRONMENT, file_actions=actions)
    for end in ends:
        os.close(end)
    watchdog = threading.Timer(timeout, os.kill, (process, signal.SIGKILL)) if timeout else None
    if watchdog:
        watchdog.start()
    _, status, _ = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    if watchdog:
        watchdog.cancel()
    return seconds, os.waitstatus_to_exitcode(status)


def take_turns(ways, rounds, budget, perform, verify):
    """Runs every way `rounds` times and fills in its seconds and its verdict.

    A first round only warms up. Each round has an order of its own, so that no way always finds the caches as
    the same other one leaves them. `perform` runs a way and returns its seconds and exit code;
    `verify` says after every run whether the answer is right, and returns what is wrong with it, or
    nothing. A way with a wrong answer has a verdict instead of a time and is not run again. One
    that has used `budget` seconds skips the later rounds, but has at least one timed round.
    """
    used = dict.fromkeys((way.name for way in ways), 0.0)
    for number in range(rounds + 1):
        for way in random.Random(number).sample(ways, len(ways)):
            excluded = way.verdict and not way.answers_otherwise
            if excluded or (number > 1 and used[way.name] > budget):
                continue
            seconds, code = perform(way)
            used[way.name] += seconds
            way.verdict = verify(way) if code in way.success else f"failed with {code}"
            if way.verdict and not way.answers_otherwise:
                way.seconds.clear()
            elif number:
                way.seconds.append(seconds)
    for way in ways:
        way.verdict = way.verdict or ("not compared" if way.times_itself else "same")
