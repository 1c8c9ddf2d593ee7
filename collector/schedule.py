"""When each sensor of one bus is due: on a grid of the monotonic clock, without drift.

Pure: the time is an argument. Not thread-safe: one agenda belongs to one thread.
"""

import heapq
import math
from dataclasses import dataclass

SLOTS = 4
"""Parts of an interval over which the sensors of a bus are spread. Few, because each
slot is a wake-up, and a wake-up costs more than a read."""


@dataclass(slots=True)
class _Entry:
    """One sensor: its interval, its place on the grid and when it is due next, in s."""

    every_s: float
    min_interval_s: float
    phase_s: float
    due: float
    first: bool = True


class Agenda:
    """The due times of the sensors of one bus.

    A due time is ``phase + k * every``, so a slow read, a suspended machine or a busy
    bus delays a sensor but never shifts its grid, and what was missed is not made up.
    The sensor that waits longest comes first.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._heap: list[tuple[float, str]] = []
        self._added = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self, name: str, *, every_s: float, min_interval_s: float = 0.0, now: float
    ) -> None:
        """Take a sensor in; it is due at once, then on its grid.

        Args:
            name: Unique on this bus; a sensor of that name is replaced.
            every_s: Wanted interval in s; never below `min_interval_s`.
            min_interval_s: Shortest interval that the chip allows, in s.
            now: Monotonic time in s.
        """
        every_s = max(every_s, min_interval_s, 1e-3)
        slot = self._added % SLOTS
        self._added += 1
        self._entries[name] = _Entry(
            every_s=every_s,
            min_interval_s=min_interval_s,
            phase_s=slot * every_s / SLOTS,
            due=now,
        )
        heapq.heappush(self._heap, (now, name))

    def remove(self, name: str) -> None:
        """Forget a sensor; again does nothing."""
        self._entries.pop(name, None)

    def take(self, now: float) -> list[str]:
        """Return the sensors that are due, the longest waiting first.

        Each of them is due again at the next point of its grid after `now`.
        """
        taken = []
        while (at := self.next_at()) is not None and at <= now:
            _, name = heapq.heappop(self._heap)
            entry = self._entries[name]
            rest = entry.min_interval_s
            if entry.first:
                entry.first = False
                rest = max(rest, entry.every_s / 2)
            self._set(name, entry, _next_on_grid(entry, now + rest, now))
            taken.append(name)
        return taken

    def began(self, name: str, at: float) -> None:
        """Note when the read really began, so that the chip gets its rest."""
        self.postpone(name, at + self._entries[name].min_interval_s)

    def postpone(self, name: str, until: float) -> None:
        """Let a sensor wait at least until `until`, then go on with its grid."""
        entry = self._entries[name]
        if entry.due < until:
            self._set(name, entry, until)

    def hasten(self, name: str, at: float) -> None:
        """Make a sensor due at `at`, whatever its grid says."""
        self._set(name, self._entries[name], at)

    def next_at(self) -> float | None:
        """Return when the next sensor is due, or None if there is none."""
        while self._heap:
            due, name = self._heap[0]
            entry = self._entries.get(name)
            if entry is not None and entry.due == due:
                return due
            heapq.heappop(self._heap)
        return None

    def _set(self, name: str, entry: _Entry, due: float) -> None:
        if due != entry.due:
            entry.due = due
            heapq.heappush(self._heap, (due, name))


def _next_on_grid(entry: _Entry, not_before: float, now: float) -> float:
    """Return the first grid point after `now` and not before `not_before`."""
    k = math.floor((now - entry.phase_s) / entry.every_s) + 1
    due = entry.phase_s + k * entry.every_s
    while due <= now or due < not_before - 1e-9:
        k += 1
        due = entry.phase_s + k * entry.every_s
    return due
