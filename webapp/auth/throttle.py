"""Guessing is slow: so many attempts per account and per address, then a wait.

Counts live in memory, bounded: a flood of made-up names cannot fill it, because the
address is counted first and the oldest entry goes.
"""

import threading
from collections import OrderedDict

from dt.clock import Clock
from dt.errors import ThrottledError

_KEPT = 4096


class Throttle:
    """Counts attempts in windows that slide, by leaky bucket.

    Args:
        clock: Monotonic time.
        attempts: How many at once.
        per_s: After which one attempt is forgiven, in s.
    """

    def __init__(self, clock: Clock, attempts: int, per_s: float) -> None:
        self._clock = clock
        self._attempts = attempts
        self._per_s = per_s
        self._lock = threading.Lock()
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one attempt.

        Raises:
            ThrottledError: There were too many; says when to come back.
        """
        now = self._clock.monotonic()
        with self._lock:
            level = max(self._full_at.get(key, now), now) + self._per_s
            wait = level - now - self._attempts * self._per_s
            if wait > 0:
                raise ThrottledError(
                    "too many attempts", hint=f"try again in {max(1, round(wait))} s"
                )
            self._full_at[key] = level
            self._full_at.move_to_end(key)
            while len(self._full_at) > _KEPT:
                self._full_at.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget the attempts of a key: it was right."""
        with self._lock:
            self._full_at.pop(key, None)
