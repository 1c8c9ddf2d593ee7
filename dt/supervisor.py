"""Runs the processes of a role side by side, for development, demos and single machines.

A process that ends is started again after a pause that doubles from 0.2 s to 30 s and is
forgotten after a minute of life; one that refuses its configuration (exit code 2) ends
all. systemd does the same for the units of an installed appliance.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
LAST_PAUSE_S = 30.0
FORGIVEN_AFTER_S = 60.0
STOP_WITHIN_S = 10.0


class Child:
    """One process of the role.

    Not a dataclass, whose module alone is a tenth of the supervisor's memory.
    """

    __slots__ = ("name", "pause_s", "process", "start_at", "started_at")

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.pause_s = FIRST_PAUSE_S
        self.start_at = 0.0


class Supervisor:
    """Keeps processes alive until it is told to stop.

    Args:
        names: Services to run, in the order in which they start.
        config: Configuration file that each of them reads.
        monotonic: Seconds that never step, for tests.
    """

    def __init__(
        self,
        names: Sequence[str],
        config: Path,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._children = [Child(name) for name in names]
        self._config = config
        self._monotonic = monotonic
        self._stopping = False
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def stop(self) -> None:
        """Ask for the end, also from a signal handler; `run` then returns."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Look at the processes at once, e.g. on SIGCHLD."""
        try:
            os.write(self._wake_in, b"!")
        except BlockingIOError:
            return  # the pipe is full: it wakes anyway

    def _sleep(self, seconds: float) -> None:
        ready, _, _ = select.select([self._wake_out], [], [], seconds)
        if ready:
            os.read(self._wake_out, 4096)

    def run(self) -> int:
        """Start all, restart what ends, stop all at the end; return the exit code."""
        code = 0
        try:
            while not self._stopping:
                refused = self.step()
                if refused:
                    code = 2
                    break
                self._sleep(self._until_next())
        finally:
            self._stop_all()
        return code

    def step(self) -> bool:
        """Look at each process once; return True if one refused its configuration."""
        now = self._monotonic()
        for child in self._children:
            if child.process is not None:
                ended = child.process.poll()
                if ended is None:
                    continue
                if ended == 2:
                    return True
                self._ended(child, ended, now)
            if child.process is None and now >= child.start_at:
                self._start(child, now)
        return False

    def _start(self, child: Child, now: float) -> None:
        command = [sys.executable, "-P", "-m", "dt", "--config", str(self._config)]
        child.process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "run", "--parent", str(os.getpid()), child.name],
            stdin=subprocess.DEVNULL,
        )
        child.started_at = now
        extra = {"service": child.name, "pid": child.process.pid}
        log.info("process started", extra=extra)

    def _ended(self, child: Child, code: int, now: float) -> None:
        lived = now - child.started_at
        if lived >= FORGIVEN_AFTER_S:
            child.pause_s = FIRST_PAUSE_S
        child.start_at = now + child.pause_s
        log.warning(
            "process ended, will start again",
            extra={"service": child.name, "code": code, "in_s": child.pause_s},
        )
        child.process = None
        child.pause_s = min(child.pause_s * 2, LAST_PAUSE_S)

    def _until_next(self) -> float:
        now = self._monotonic()
        waits = [c.start_at - now for c in self._children if c.process is None]
        return min([1.0, *(max(w, 0.01) for w in waits)])

    def _stop_all(self) -> None:
        running = [c for c in self._children if c.process is not None]
        for child in running:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in running:
            if child.process is None:
                continue
            try:
                child.process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                log.warning("process killed", extra={"service": child.name})
                child.process.kill()
                child.process.wait()
