"""Sets of whole numbers that are mostly long runs: what is held, owed, missing.

A set is kept as half-open ranges ``[start, end)`` that neither touch nor overlap, in
order. All sets are frozen; every operation returns a new one. Single ranges are found
by bisection, whole sets are combined by numpy, so thousands of holes cost nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Range = tuple[int, int]
_Inside = NDArray[np.bool_]

LARGEST = (1 << 63) - 1
"""No bound is larger."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """A set of whole numbers from 0 up.

    Attributes:
        bounds: Start and end of each range in turn, strictly increasing.
    """

    bounds: tuple[int, ...] = ()

    @classmethod
    def of(cls, *ranges: Range) -> "Ranges":
        """Return the union of ranges in any order; empty ones count for nothing.

        Raises:
            ValueError: A range ends before it starts, or is out of 0 … 2^63 - 1.
        """
        for start, end in ranges:
            _checked(start, end)
        found: list[int] = []
        for start, end in sorted(ranges):
            if found and start <= found[-1]:
                found[-1] = max(found[-1], end)
            elif start < end:
                found += (start, end)
        return cls(tuple(found))

    @classmethod
    def of_numbers(cls, numbers: Iterable[int]) -> "Ranges":
        """Return the set of single numbers, in any order."""
        return cls.of(*((number, number + 1) for number in numbers))

    def __iter__(self) -> Iterator[Range]:
        """Yield the ranges, lowest first."""
        return zip(self.bounds[::2], self.bounds[1::2], strict=True)

    def __reversed__(self) -> Iterator[Range]:
        """Yield the ranges, highest (newest) first."""
        return zip(self.bounds[-2::-2], self.bounds[::-2], strict=True)

    def __len__(self) -> int:
        """Return how many ranges there are; `count` tells how many numbers."""
        return len(self.bounds) // 2

    def __contains__(self, number: int) -> bool:
        return bisect_right(self.bounds, number) % 2 == 1

    def __or__(self, other: "Ranges") -> "Ranges":
        return self._with(other, np.logical_or)

    def __and__(self, other: "Ranges") -> "Ranges":
        return self._with(other, np.logical_and)

    def __sub__(self, other: "Ranges") -> "Ranges":
        return self._with(other, _only_first)

    @property
    def count(self) -> int:
        """How many numbers the set has."""
        return sum(self.bounds[1::2]) - sum(self.bounds[::2])

    @property
    def end(self) -> int:
        """One more than the largest number; 0: the set is empty."""
        return self.bounds[-1] if self.bounds else 0

    def add(self, start: int, end: int) -> "Ranges":
        """Return the set with [start, end)."""
        return self._put(start, end, inside=True)

    def remove(self, start: int, end: int) -> "Ranges":
        """Return the set without [start, end)."""
        return self._put(start, end, inside=False)

    def within(self, start: int, end: int) -> "Ranges":
        """Return what of the set lies in [start, end)."""
        return self.remove(0, start).remove(end, LARGEST) if start < end else Ranges()

    def covers(self, start: int, end: int) -> bool:
        """Tell whether every number of [start, end) is in the set."""
        at = bisect_right(self.bounds, start)
        return start >= end or (at % 2 == 1 and self.bounds[at] >= end)

    def gaps(self, start: int, end: int) -> "Ranges":
        """Return what of [start, end) is missing."""
        return Ranges.of((start, end)) - self.within(start, end)

    def pieces(self, most: int) -> Iterator[Range]:
        """Yield the ranges in pieces of at most `most` numbers, newest first.

        Raises:
            ValueError: `most` is not above 0.
        """
        if most <= 0:
            raise ValueError(f"most is {most}: expected above 0")
        for start, end in reversed(self):
            for stop in range(end, start, -most):
                yield max(stop - most, start), stop

    def newest(self, budget: int) -> "Ranges":
        """Return the `budget` largest numbers; all, if there are not so many."""
        taken: list[Range] = []
        for start, end in reversed(self):
            if budget <= 0:
                break
            first = max(start, end - budget)
            taken.append((first, end))
            budget -= end - first
        return Ranges.of(*taken)

    def _put(self, start: int, end: int, *, inside: bool) -> "Ranges":
        _checked(start, end)
        if start == end:
            return self
        low, high = bisect_left(self.bounds, start), bisect_right(self.bounds, end)
        first = (start,) if low % 2 != inside else ()
        last = (end,) if high % 2 != inside else ()
        return Ranges((*self.bounds[:low], *first, *last, *self.bounds[high:]))

    def _with(
        self, other: "Ranges", chosen: Callable[[_Inside, _Inside], _Inside]
    ) -> "Ranges":
        mine, others = _column(self), _column(other)
        bounds = np.union1d(mine, others)
        inside = chosen(_inside(mine, bounds), _inside(others, bounds))
        changes = np.diff(inside, prepend=False)
        return Ranges(tuple(bounds[changes].tolist()))


def _checked(start: int, end: int) -> None:
    if not 0 <= start <= end <= LARGEST:
        raise ValueError(f"range is [{start}, {end}): expected 0 <= start <= end < 2^63")


def _column(ranges: Ranges) -> NDArray[np.int64]:
    return np.array(ranges.bounds, np.int64)


def _inside(column: NDArray[np.int64], bounds: NDArray[np.int64]) -> _Inside:
    inside: _Inside = np.searchsorted(column, bounds, side="right") % 2 == 1
    return inside


def _only_first(first: _Inside, second: _Inside) -> _Inside:
    only: _Inside = first & ~second
    return only
