"""When a recorded moment happens again: at its pace, faster, or at once."""

import math
from typing import Literal

from dt.clock import Clock
from dt.errors import SourceError

Pace = Literal["recorded", "as_fast_as_possible"] | float
Start = Literal["auto", "now", "recorded"]


class Timeline:
    """Places recorded times on the clock of today.

    Args:
        pace: ``recorded``, ``as_fast_as_possible``, or so many times as fast.
        start_at: ``now``: the first moment is now, the others follow at the pace;
            ``recorded``: times stay as they are; ``auto``: by the pace.
        clock: Of today.

    Raises:
        SourceError: Nothing can be as fast as possible and start now: times would lie
            in the future. Or the pace is not above 0.
    """

    def __init__(self, pace: Pace, start_at: Start, clock: Clock) -> None:
        if isinstance(pace, str):
            self._speed = 1.0 if pace == "recorded" else math.inf
        else:
            self._speed = pace
        if not self._speed > 0:
            raise SourceError(f"pace is {pace}: expected a number above 0")
        self._keeps = start_at == "recorded"
        if math.isinf(self._speed):
            if start_at == "now":
                raise SourceError(
                    "start_at is now with pace as_fast_as_possible: times would lie in"
                    " the future",
                    hint="give a pace like 60, or start_at: recorded",
                )
            self._keeps = True
        self._clock = clock
        self._first: int | None = None
        self._begin_s = 0.0
        self._begin_ms = 0
        self._pass_first: int | None = None
        self._last = 0
        self._step = 1000
        self._offset = 0

    def place(self, recorded: int) -> tuple[float, int]:
        """Return when a moment is due (monotonic s) and its time, from UTC ms."""
        if self._pass_first is None:
            self._pass_first = self._last = recorded
        if recorded > self._last:
            self._step = recorded - self._last
            self._last = recorded
        moment = recorded + self._offset
        if self._first is None:
            self._first = moment
            self._begin_s = self._clock.monotonic()
            self._begin_ms = self._clock.now_ms()
        since_ms = (moment - self._first) / self._speed
        observed_at = moment if self._keeps else self._begin_ms + round(since_ms)
        return self._begin_s + since_ms / 1000, observed_at

    def again(self) -> bool:
        """Begin a new pass that follows the last; return False if that one was empty."""
        if self._pass_first is None:
            return False
        self._offset += self._last - self._pass_first + self._step
        self._pass_first = None
        return True
