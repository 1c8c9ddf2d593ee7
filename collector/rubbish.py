"""Counts what a source sent that cannot be read, and says so without filling the log."""

import logging

from dt.clock import Clock

log = logging.getLogger(__name__)

EVERY_S = 60.0


class Rubbish:
    """What one source sent in vain; the first is logged, then at most one a minute.

    Args:
        clock: For the minute.
        twin: Id of the twin, for the log.
        sensor: Name of the source in its twin, for the log.

    Attributes:
        count: How much there was.
    """

    def __init__(self, clock: Clock, twin: str, sensor: str) -> None:
        self._clock = clock
        self._fields = {"twin": twin, "sensor": sensor}
        self._told_at = -EVERY_S
        self.count = 0

    def add(self, what: str, where: str = "") -> None:
        """Count one; `what` and `where` (foreign text) are logged now and then."""
        self.count += 1
        now = self._clock.monotonic()
        if self.count > 1 and now - self._told_at < EVERY_S:
            return
        self._told_at = now
        facts = {"where": where[:200], "seen": what[:200], "count": self.count}
        log.warning("source sent rubbish", extra={**facts, **self._fields})
