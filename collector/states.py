"""How each sensor fares: ok, lost, quarantined or hung; logged once when lost, once back.

Pure but for the log: times are arguments. Not thread-safe: the crew owns all of them.
"""

import logging
from enum import StrEnum

from dt.config import Collector
from dt.errors import (
    ChecksumError,
    DriverTimeoutError,
    DtError,
    HardwareAbsentError,
    SourceError,
)
from dt.twin.quality import Reason

log = logging.getLogger(__name__)

HUSH_S = 60.0
"""A sensor that is lost again so soon is not logged again: a loose wire would fill the
journal. Its next line tells how often it failed."""


class Condition(StrEnum):
    """What can be expected of a sensor."""

    STARTING = "starting"
    OK = "ok"
    LOST = "lost"
    QUARANTINED = "quarantined"
    HUNG = "hung"


def reason_of_error(error: DtError) -> Reason:
    """Return why a reading is bad, as it is stored, from the error of its driver."""
    for kind, reason in (
        (HardwareAbsentError, Reason.HARDWARE_ABSENT),
        (ChecksumError, Reason.CHECKSUM),
        (DriverTimeoutError, Reason.TIMEOUT),
        (SourceError, Reason.SOURCE_FAILED),
    ):
        if isinstance(error, kind):
            return reason
    return Reason.HARDWARE_FAILED


class Standing:
    """The record of one sensor and what follows from it.

    Args:
        rules: After how many failures in a row it is quarantined, and for how long.
        twin: Id of its twin, for the log.
        sensor: Its name in the twin, for the log.
        now_ms: UTC when it began.

    Attributes:
        condition: What can be expected of it.
        since: UTC ms of the last change of `condition`.
        code: Error code while it is not ok, else empty.
        message: The error in words while it is not ok, else empty.
        retry_at: Monotonic time before which it is left alone, or None.
        reads: How often it answered.
        failures: How often it did not.
        last_ms: How long its last read took, in ms.
    """

    def __init__(self, rules: Collector, twin: str, sensor: str, now_ms: int) -> None:
        self._rules = rules
        self._fields = {"twin": twin, "sensor": sensor}
        self._in_row = 0
        self._good_in_row = 0
        self._pause_s = float(rules.retry_first)
        self._told_at: float | None = None
        self._told_lost = False
        self.condition = Condition.STARTING
        self.since = now_ms
        self.code = ""
        self.message = ""
        self.retry_at: float | None = None
        self.reads = 0
        self.failures = 0
        self.last_ms = 0.0

    def succeeded(self, took_s: float, now_ms: int) -> bool:
        """Note an answer; return whether the condition changed."""
        self.reads += 1
        self.last_ms = took_s * 1000
        self._in_row = 0
        self._good_in_row += 1
        if self._good_in_row >= self._rules.quarantine_after:
            self._pause_s = float(self._rules.retry_first)
        self.retry_at = None
        if self.condition is Condition.OK:
            return False
        self.code = self.message = ""
        self._change(Condition.OK, now_ms)
        if self._told_lost:
            self._told_lost = False
            log.info("sensor back", extra={**self._fields, "failures": self.failures})
        return True

    def failed(self, error: DtError, now: float, now_ms: int) -> bool:
        """Note a failure; return whether it is the first one since the sensor was well.

        After `quarantine_after` failures in a row, and at once when the driver hangs,
        `retry_at` is set; the pause doubles from `retry_first` to `retry_last`.
        """
        first = self.condition in (Condition.OK, Condition.STARTING)
        self.failures += 1
        self._in_row += 1
        self._good_in_row = 0
        self.code, self.message = error.code, error.message
        hung = isinstance(error, DriverTimeoutError)
        if hung or self._in_row >= self._rules.quarantine_after:
            self.wait(now)
            self._change(Condition.HUNG if hung else Condition.QUARANTINED, now_ms)
        else:
            self._change(Condition.LOST, now_ms)
        if first:
            self._tell(error, now)
        return first

    def wait(self, now: float) -> float:
        """Put the next try off, as a further failure would; return its time."""
        self.retry_at = now + self._pause_s
        self._pause_s = min(self._pause_s * 2, float(self._rules.retry_last))
        return self.retry_at

    def _change(self, condition: Condition, now_ms: int) -> None:
        if condition is not self.condition:
            self.condition = condition
            self.since = now_ms

    def _tell(self, error: DtError, now: float) -> None:
        if self._told_at is not None and now - self._told_at < HUSH_S:
            return
        self._told_at, self._told_lost = now, True
        facts = {"code": error.code, "failures": self.failures, "error": str(error)}
        log.warning("sensor lost", extra={**self._fields, **facts})
