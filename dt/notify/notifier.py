"""Keeps who is still to be told, and has a process of its own tell them."""

import logging
import subprocess
from collections.abc import Callable

from dt.clock import Clock
from dt.config import Config
from dt.notify import child
from dt.notify.expansion import send_at, told_of
from dt.notify.facts import zone_of
from dt.store.alerts import AlertStep
from dt.store.appliance import Appliance

log = logging.getLogger(__name__)

CURSOR = "notify.cursor"
HANGS_AFTER_S = 60.0
FIRST_PAUSE_S = 10.0
LAST_PAUSE_S = 600.0
_END_WITHIN_S = 2.0

Start = Callable[[Config, str], "subprocess.Popen[bytes]"]


class Notifier:
    """Notices new steps of alerts and has them told. One thread uses it.

    Without channels it does nothing at all. While nothing happens it reads twice a call
    and writes nothing.

    Args:
        config: Of this appliance.
        appliance: Where alerts and deliveries are.
        clock: Of this machine.
        start: Starts the process that sends, as `dt.notify.child.start` does.
    """

    def __init__(
        self,
        config: Config,
        appliance: Appliance,
        clock: Clock,
        start: Start = child.start,
    ) -> None:
        self._config = config
        self._appliance = appliance
        self._clock = clock
        self._start = start
        self._channels = config.notify.channels
        self._cursor: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = self._not_before = float("-inf")
        self._pause_s = FIRST_PAUSE_S

    def step(self) -> None:
        """Do what is to be done now; call it every second or so.

        Raises:
            StoreError: The store cannot be used.
        """
        if self._cursor is None:
            self._cursor = self._begin()
        if not self._channels:
            return
        self._expand(self._cursor)
        self._look_after()
        ready = self._process is None and self._clock.monotonic() >= self._not_before
        if ready and self._appliance.deliveries.any_due(self._clock.now_ms()):
            self._send()

    def end(self) -> None:
        """Let a process that sends finish for a moment, then end it."""
        if self._process is None:
            return
        try:
            self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _begin(self) -> int:
        """Return after which step news begin; what was before the first channel is none."""
        control, last = self._appliance.control, self._appliance.alerts.last_step()
        kept = control.remembered(CURSOR, int)
        if not self._channels:
            if kept is not None:
                control.remember(CURSOR, None)
            return last
        if kept is None or kept > last:
            control.remember(CURSOR, last)
            return last
        return kept

    def _expand(self, cursor: int) -> None:
        steps = self._appliance.alerts.steps_after(cursor)
        if not steps:
            return
        with self._appliance.database.transaction():
            for step in steps:
                self._add(step)
            self._appliance.control.remember(CURSOR, steps[-1].id)
        self._cursor = steps[-1].id

    def _add(self, step: AlertStep) -> None:
        before = self._appliance.alerts.steps(1, key=step.key, before_id=step.id)
        names = told_of(step, before[0].severity if before else "", self._channels)
        zone = zone_of(self._config, self._appliance)
        now = self._clock.now_ms()
        for name in names:
            at = send_at(self._channels[name], step.severity, now, zone)
            self._appliance.deliveries.add(step.id, name, at)

    def _send(self) -> None:
        self._started_at = self._clock.monotonic()
        try:
            self._process = self._start(self._config, "send")
        except OSError as error:  # no memory, too many processes: control goes on
            self._wait({"error": str(error)})

    def _look_after(self) -> None:
        """Reap the process; end one that hangs, without waiting for that."""
        if self._process is None:
            return
        code = self._process.poll()
        if code is None:
            if self._clock.monotonic() - self._started_at >= HANGS_AFTER_S:
                self._process.kill()
            return
        pid, self._process = self._process.pid, None
        if code:
            self._wait({"pid": pid, "code": code})
        else:
            self._pause_s = FIRST_PAUSE_S

    def _wait(self, facts: dict[str, object]) -> None:
        """Start no process for a while, ever longer."""
        log.warning("sender of messages failed", extra={**facts, "in_s": self._pause_s})
        self._not_before = self._clock.monotonic() + self._pause_s
        self._pause_s = min(self._pause_s * 2, LAST_PAUSE_S)
