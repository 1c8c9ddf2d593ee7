"""This process tells the others that it lives, every five seconds."""

import logging
import os
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path

from dt.errors import StoreError
from dt.store.records import ProcessState
from webapp.context import Context

log = logging.getLogger(__name__)

EVERY_S = 5.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Heartbeat:
    """A thread that beats in the live log and feeds the watchdog.

    Args:
        context: Where to.
        facts: What else the health page shall tell of this process.
        alive: Feeds the watchdog.
    """

    def __init__(
        self,
        context: Context,
        facts: Callable[[], dict[str, str]],
        alive: Callable[[], None],
    ) -> None:
        self._context = context
        self._facts = facts
        self._alive = alive
        self._failing = False

    def start(self) -> None:
        """Beat from now on, until the process ends."""
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def _run(self) -> None:
        while True:
            self.beat()
            time.sleep(EVERY_S)

    def beat(self) -> None:
        """Beat once; a store that cannot take it is told once when lost, once when back."""
        self._alive()
        try:
            self._context.log.beat(self.state())
        except StoreError as error:
            if not self._failing:
                log.warning("heartbeat lost", extra={"error": str(error)})
            self._failing = True
        else:
            if self._failing:
                log.info("heartbeat back")
            self._failing = False

    def state(self) -> ProcessState:
        """Return what this process tells of itself."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return ProcessState(
            name="web",
            pid=os.getpid(),
            started_at=self._context.started_at,
            beat_at=self._context.clock.now_ms(),
            rss_bytes=_resident(),
            cpu_s=used.ru_utime + used.ru_stime,
            detail=self._facts(),
        )


def _resident() -> int:
    """Return resident bytes. Source: proc_pid_statm(5), second field."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
