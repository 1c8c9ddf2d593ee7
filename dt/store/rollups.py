"""Roll-ups: readings gathered into buckets of equal length, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dt.twin.quality import Codes, is_bad
from dt.twin.readings import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Buckets of one signal, by time; all columns of shape (n,).

    Attributes:
        t: Start of each, UTC ms.
        count: Readings that have a value.
        bad: Readings that have none.
        sum, min, max: Of the values; 0, +inf, -inf where there is none.
        last: The last value; NaN where there is none.
        last_t: Its time, UTC ms; the bucket's start where there is none.
    """

    t: Ints
    count: Ints
    bad: Ints
    sum: Floats
    min: Floats
    max: Floats
    last: Floats
    last_t: Ints

    def __len__(self) -> int:
        return len(self.t)


def none() -> Buckets:
    """Return no buckets."""
    ints, floats = np.empty(0, np.int64), np.empty(0, np.float64)
    return Buckets(
        t=ints,
        count=ints,
        bad=ints,
        sum=floats,
        min=floats,
        max=floats,
        last=floats,
        last_t=ints,
    )


def fold(t: Ints, value: Floats, code: Codes, width: int) -> Buckets:
    """Return the buckets of readings in any order.

    Args:
        t: UTC ms, shape (n,).
        value: In the signal's unit, NaN: none; shape (n,).
        code: Quality codes, shape (n,).
        width: Length of a bucket in ms; they begin at multiples of it.
    """
    missing = np.isnan(value) | is_bad(code)
    have = ~missing
    start = t - t % width
    return gather(
        Buckets(
            t=start,
            count=have.astype(np.int64),
            bad=missing.astype(np.int64),
            sum=np.where(have, value, 0.0),
            min=np.where(have, value, np.inf),
            max=np.where(have, value, -np.inf),
            last=np.where(have, value, np.nan),
            last_t=np.where(have, t, start),
        )
    )


def coarser(buckets: Buckets, width: int) -> Buckets:
    """Return the buckets gathered into longer ones, whose width is a multiple."""
    return gather(_at(buckets, buckets.t - buckets.t % width))


def join(parts: Sequence[Buckets], width: int) -> Buckets:
    """Return one set of buckets of this width from several, which may overlap."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return none()
    if len(parts) == 1:
        return coarser(parts[0], width)
    names = Buckets.__dataclass_fields__
    return coarser(
        Buckets(**{k: np.concatenate([getattr(part, k) for part in parts]) for k in names}),
        width,
    )


def cut(rows: Buckets, start: int, stop: int) -> Buckets:
    """Return the buckets of these places."""
    return _take(rows, np.arange(start, min(stop, len(rows))))


def within(rows: Buckets, start: int, end: int) -> Buckets:
    """Return the buckets that begin in [start, end) UTC ms."""
    return _take(rows, np.flatnonzero((rows.t >= start) & (rows.t < end)))


def chosen(rows: Buckets, places: Ints) -> Buckets:
    """Return the buckets of these places, in that order."""
    return _take(rows, places)


def gather(rows: Buckets) -> Buckets:
    """Return rows in any order with those of one `t` made one."""
    if not len(rows):
        return rows
    if np.any(rows.t[1:] < rows.t[:-1]):
        order: Ints = np.lexsort((rows.last_t, rows.t))
        rows = _take(rows, order)
    first = np.flatnonzero(np.concatenate(([True], rows.t[1:] != rows.t[:-1])))
    if len(first) == len(rows):
        return rows
    last = _last(rows, first)
    return Buckets(
        t=rows.t[first],
        count=np.add.reduceat(rows.count, first),
        bad=np.add.reduceat(rows.bad, first),
        sum=np.add.reduceat(rows.sum, first),
        min=np.minimum.reduceat(rows.min, first),
        max=np.maximum.reduceat(rows.max, first),
        last=rows.last[last],
        last_t=np.where(rows.count[last] > 0, rows.last_t[last], rows.t[first]),
    )


def _last(rows: Buckets, first: Ints) -> Ints:
    """Return for each group the row whose last value is the newest, shape (groups,)."""
    at = np.where(rows.count > 0, rows.last_t, np.iinfo(np.int64).min)
    newest = np.maximum.reduceat(at, first)
    group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(rows))))
    hit = np.flatnonzero(at == newest[group])
    chosen: Ints = np.empty(len(first), np.int64)
    chosen[group[hit]] = hit  # of several, the one that comes last stays
    return chosen


def _at(rows: Buckets, t: Ints) -> Buckets:
    return Buckets(
        t=t,
        count=rows.count,
        bad=rows.bad,
        sum=rows.sum,
        min=rows.min,
        max=rows.max,
        last=rows.last,
        last_t=rows.last_t,
    )


def _take(rows: Buckets, chosen: Ints | NDArray[np.bool_]) -> Buckets:
    return Buckets(**{k: getattr(rows, k)[chosen] for k in Buckets.__dataclass_fields__})
