"""How a process lives: ready, watchdog, stop, health.

An organ is an entry point in ``dt.services``: ``run(config, life)``. It calls
`Life.ready` when it works, `Life.alive` at least every few seconds, and returns soon
after `Life.stop` is set. ``dt run NAME`` and systemd start it the same way.
"""

import logging
import signal
import socket
import threading
from _thread import start_new_thread
from collections.abc import Callable
from types import FrameType
from typing import Any

from dt import config as configuration
from dt import logs, plugins
from dt.config import Config
from dt.errors import DtError

log = logging.getLogger(__name__)

Run = Callable[[Config, "Life"], None]


class Life:
    """The life of one process, as its service manager sees it.

    Attributes:
        stop: Set when the process shall end.
        on_stop: Called once, from a thread of their own, when it is set.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.stop = threading.Event()
        self.on_stop: list[Callable[[], None]] = []

    def ready(self) -> None:
        """Tell the service manager that the process does its work now."""
        notify("READY=1")
        log.info("ready", extra={"service": self.name})

    def alive(self) -> None:
        """Feed the watchdog."""
        notify("WATCHDOG=1")

    def end(self) -> None:
        """Ask the process to stop; again does nothing."""
        if not self.stop.is_set():
            notify("STOPPING=1")
            self.stop.set()
            for call in self.on_stop:
                call()


def notify(message: str) -> bool:
    """Send one sd_notify message; return False when nobody listens.

    Source: sd_notify(3), systemd 252.
    """
    address = configuration.notify_socket()
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.connect(address)
            out.sendall(message.encode())
        except OSError as error:
            log.debug("service manager does not listen", extra={"error": str(error)})
            return False
    return True


def _end(life: Life, name: str) -> None:
    log.info("stop asked", extra={"posix_signal": name})
    life.end()


def run(name: str, config: Config) -> int:
    """Run one organ until it is told to stop; return the exit code."""
    logs.set_up(config.log.level)
    life = Life(name)

    def ended(number: int, _frame: FrameType | None) -> None:
        # Not here: a handler that takes a lock may stop the thread that holds it.
        start_new_thread(_end, (life, signal.Signals(number).name))

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ended)
    try:
        organ: Any = plugins.load("dt.services", name)
        organ(config, life)
    except DtError as error:
        log.error(  # noqa: TRY400 - an expected error needs no traceback
            "service ended",
            extra={"service": name, "code": error.code, "error": str(error)},
        )
        return 2 if error.code == "config.invalid" else 1
    return 0
