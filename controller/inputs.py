"""The newest reading of each signal that control depends on, and whether it may be used.

Ages are monotonic: a clock that is set makes nothing stale, and nothing fresh.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from controller.limits import Inputs
from dt.twin.readings import Logged

_QUALITY = 3
_GOOD, _BAD = 0, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The newest reading of a signal.

    Attributes:
        value: NaN: bad.
        quality: 0 good, 1 uncertain, 2 bad.
        at: Monotonic s of its observation.
        cause: Epoch and seq.
    """

    value: float
    quality: int
    at: float
    cause: tuple[int, int]


class Newest:
    """What control depends on.

    Args:
        ages: Full name of each signal to s after which it is stale.
        ids: Full name of a signal to its id in the log.
    """

    def __init__(self, ages: Mapping[str, float], ids: Mapping[str, int]) -> None:
        self._ages = dict(ages)
        self._names = {ids[name]: name for name in ages if name in ids}
        self._seen: dict[str, Seen] = {}

    def keep(self, other: "Newest") -> None:
        """Take over what another saw of the same signals."""
        for name in self._ages:
            seen = other.seen(name)
            if seen is not None:
                self._seen.setdefault(name, seen)

    def take(
        self, logged: Sequence[Logged], monotonic: Callable[[int], float], now: float
    ) -> set[str]:
        """Note readings; return the names of the signals that have a new one.

        Args:
            logged: In the order of the log.
            monotonic: UTC ms of a reading to monotonic s.
            now: Monotonic s: a reading from the future counts as new now.
        """
        fresh: set[str] = set()
        for part in logged:
            rows = part.readings
            for index, signal in enumerate(rows.signal.tolist()):
                name = self._names.get(signal)
                if name is None:
                    continue
                at = min(monotonic(int(rows.observed_at[index])), now)
                before = self._seen.get(name)
                if before is not None and at < before.at:
                    continue
                value, quality = float(rows.value[index]), int(rows.code[index]) & _QUALITY
                self._seen[name] = Seen(
                    value=math.nan if quality == _BAD else value,
                    quality=quality,
                    at=at,
                    cause=(part.epoch, int(part.seq[index])),
                )
                fresh.add(name)
        return fresh

    def seen(self, name: str) -> Seen | None:
        """Return the newest reading of a signal, however old; None: none was seen."""
        return self._seen.get(name)

    def value(self, name: str, now: float) -> float | None:
        """Return the value of a signal, or None: it is bad, stale or was never read."""
        seen = self._seen.get(name)
        if seen is None or now - seen.at > self._ages[name] or math.isnan(seen.value):
            return None
        return seen.value

    def usable(self, now: float, names: Iterable[str] | None = None) -> Inputs:
        """Return the signals that are fresh and good."""
        found = frozenset(
            name
            for name in (self._ages if names is None else names)
            if self.value(name, now) is not None and self._seen[name].quality == _GOOD
        )
        return Inputs(usable=found)
