"""Monotonic time and UTC beside each other, and what a step of the clock means.

All decisions are made in monotonic time. UTC is only told, so it must not tremble: the
two are tied by one offset that changes when the clock was set, not with each reading.
"""

from collections.abc import Callable

from dt.clock import Clock

STEP_MS = 500
"""A change that is larger was a step of the clock."""


class Scale:
    """The two times of this process.

    Args:
        clock: Of this machine.
        stamp: UTC ms of a monotonic moment as readings are stamped, and whether that is
            provisional: `dt.store.log.Log.stamp`.
    """

    def __init__(self, clock: Clock, stamp: Callable[[float], tuple[int, bool]]) -> None:
        self._clock = clock
        self._stamp = stamp
        self._offset_ms = self._seen()

    @property
    def boot_id(self) -> str:
        """Return the id of this boot."""
        return self._clock.boot_id()

    def now(self) -> float:
        """Return monotonic s."""
        return self._clock.monotonic()

    def utc(self, monotonic: float) -> int:
        """Return UTC ms of a monotonic moment of this boot."""
        return round(monotonic * 1000) + self._offset_ms

    def monotonic(self, utc_ms: int) -> float:
        """Return the monotonic moment of UTC ms."""
        return (utc_ms - self._offset_ms) / 1000

    def trusted(self) -> bool:
        """Tell whether UTC may be believed."""
        return self._clock.trusted()

    def moved(self) -> int:
        """Return by how many ms the clock was set since the last call; 0: it was not."""
        step = self._seen() - self._offset_ms
        if abs(step) <= STEP_MS:
            return 0
        self._offset_ms += step
        return step

    def _seen(self) -> int:
        now = self._clock.monotonic()
        return self._stamp(now)[0] - round(now * 1000)
