"""Charts: a signal over a range of time in as few numbers as the chart can show."""

from collections.abc import Sequence

import numpy as np

from dt.store import rollups
from dt.store.records import SignalRow
from dt.store.resolution import bucket_ms
from dt.store.rollups import Buckets
from dt.twin.quality import is_bad
from dt.twin.readings import Logged, Readings, Series


def series_of(
    row: SignalRow, parts: Sequence[Logged], start: int, end: int, points: int
) -> Series:
    """Return one signal from its readings."""
    readings = Readings.join([part.readings for part in parts])
    t = readings.observed_at
    inside = readings.take((t >= start) & (t < end))
    if len(inside) <= points:
        return single(row, inside)
    width = bucket_ms(start, end, points)
    first, last = start - start % width, end + -end % width
    readings = readings.take((t >= first) & (t < last))
    return gathered(
        row,
        rollups.fold(readings.observed_at, readings.value, readings.code, width),
        width,
    )


def single(row: SignalRow, readings: Readings) -> Series:
    """Return readings as they are, by time."""
    order = np.argsort(readings.observed_at, kind="stable")
    bad = is_bad(readings.code)
    value = np.where(bad, np.nan, readings.value)[order]
    return Series(
        signal=row.name,
        unit=row.unit,
        bucket_ms=0,
        t=readings.observed_at[order],
        mean=value,
        min=value,
        max=value,
        n=(~np.isnan(value)).astype(np.int64),
    )


def gathered(row: SignalRow, buckets: Buckets, width: int) -> Series:
    """Return buckets as a series."""
    some = buckets.count > 0
    count = np.maximum(buckets.count, 1)
    return Series(
        signal=row.name,
        unit=row.unit,
        bucket_ms=width,
        t=buckets.t,
        mean=np.where(some, buckets.sum / count, np.nan),
        min=np.where(some, buckets.min, np.nan),
        max=np.where(some, buckets.max, np.nan),
        n=buckets.count,
    )
