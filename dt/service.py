"""How a process lives: ready, watchdog, stop, health.

An organ is an entry point in ``dt.services``: ``run(config, life)``. It calls
`Life.ready` when it works, `Life.alive` at least every few seconds, and returns soon
after `Life.stop` is set. ``dt run NAME`` and systemd start it the same way.
"""

import ctypes
import fcntl
import logging
import os
import signal
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from dt import config as configuration
from dt import logs, memory, plugins, sd_notify
from dt.config import Config
from dt.errors import DtError, ServiceError

log = logging.getLogger(__name__)

Run = Callable[[Config, "Life"], None]
_PR_SET_PDEATHSIG = 1
_HELD_S = 3.0


class Life:
    """The life of one process, as its service manager sees it.

    Attributes:
        stop: Set when the process shall end.
        on_stop: Called once, from a thread of their own, when it is set.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._listener = configuration.notify_socket() or ""
        self.stop = threading.Event()
        self.on_stop: list[Callable[[], None]] = []

    def ready(self) -> None:
        """Tell the service manager that the process does its work now."""
        memory.settle()
        sd_notify.send(self._listener, "READY=1")
        log.info("ready", extra={"service": self.name})

    def alive(self) -> None:
        """Feed the watchdog."""
        sd_notify.send(self._listener, "WATCHDOG=1")

    def end(self) -> None:
        """Ask the process to stop; again does nothing."""
        if not self.stop.is_set():
            sd_notify.send(self._listener, "STOPPING=1")
            self.stop.set()
            for call in self.on_stop:
                call()


def only_one(folder: Path, name: str) -> TextIO:
    """Hold the lock ``<folder>/<name>.lock`` for as long as the returned file is open.

    Two collectors on one data folder would take each reading twice.

    Raises:
        ServiceError: Another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"{name}.lock").open("a+")
    except OSError as error:
        raise ServiceError(
            f"cannot write in the data folder {str(folder)!r}: {error.strerror}",
            hint="choose another by --data, or let this user write there",
        ) from error
    # One that was killed may still be held by what it leaves behind for a moment: the
    # controller's guardian, which makes all safe before another controller may begin.
    for _ in range(round(_HELD_S / 0.05)):
        if _locked(lock):
            return lock
        time.sleep(0.05)
    if not _locked(lock):
        lock.close()
        raise ServiceError(
            f"another dt {name} runs on {str(folder)!r}",
            hint="stop it, or choose another folder by --data",
        )
    return lock


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def end_with(parent: int) -> None:
    """Have the kernel end this process when its supervisor ends, however that may be.

    Without it, processes would live on unseen after ``kill -9`` of ``dt up``.

    Raises:
        ServiceError: The supervisor has ended already.

    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise ServiceError(f"the supervisor, process {parent}, has ended")


def _end(life: Life, name: str) -> None:
    log.info("stop asked", extra={"posix_signal": name})
    life.end()


def run(name: str, config: Config, parent: int | None = None) -> int:
    """Run one organ until it is told to stop; return the exit code.

    Args:
        name: Of the entry point in ``dt.services``.
        config: For the organ.
        parent: Process id of the supervisor that it shall end with.
    """
    logs.set_up(config.log.level)
    memory.give_back()
    life = Life(name)

    def ended(number: int, _frame: FrameType | None) -> None:
        # Not here: a handler that takes a lock may stop the thread that holds it.
        start_new_thread(_end, (life, signal.Signals(number).name))

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ended)
    try:
        if parent is not None:
            end_with(parent)
        organ: Any = plugins.load("dt.services", name)
        with only_one(config.data_dir, name):
            organ(config, life)
    except DtError as error:
        log.error(  # noqa: TRY400 - an expected error needs no traceback
            "service ended",
            extra={"service": name, "code": error.code, "error": str(error)},
        )
        return 2 if error.code == "config.invalid" else 1
    return 0
