"""Charts and exports: one signal over a range of time, whichever layers hold it."""

from collections.abc import Iterator

import numpy as np

from dt.store import chunks, rollups
from dt.store.chunks import Chunk, Rows
from dt.store.live import Live
from dt.store.reader import Reader, View, joined
from dt.store.records import SignalRow
from dt.store.resolution import LEVELS, bucket_ms, level_of
from dt.store.rollups import Buckets
from dt.twin.quality import is_bad
from dt.twin.readings import Floats, Ints, Readings, Series

_PIECE = 65_536


def series(view: View, row: SignalRow, start: int, end: int, points: int) -> Series:
    """Return a signal over [start, end) in at most `points` buckets or readings.

    Args:
        view: The layers.
        row: The signal.
        start: UTC ms, included.
        end: UTC ms, not included.
        points: At least 1.

    Raises:
        CorruptError: What is needed is damaged.
    """
    since = view.oldest(row.id)
    rows = _few(view, row.id, start, end, points)
    if rows is not None and not _gone(view, row.id, since, start, end):
        return _single(row, rows)
    width = bucket_ms(start, end, points)
    level = _level(since, level_of(width), start)
    if level > level_of(width):
        width = bucket_ms(start, end, points, LEVELS[level])
    first, last = start - start % width, end + -end % width
    parts = _parts(view, row.id, level, width, (first, last))
    return _gathered(row, joined(parts, width, first, last), width)


def pieces(
    reader: Reader, live: Live, signal: int, start: int, end: int
) -> Iterator[tuple[Readings, Ints]]:
    """Yield the (readings, seq) of a signal in [start, end), by time.

    Each piece is one moment's view of a window that holds about 65,000 readings or few
    more; the store may be written and compacted between two of them.

    Raises:
        CorruptError: A chunk is damaged.
    """
    while start < end:
        with reader.view(live) as view:
            found = sorted(view.chunks(signal, start, end), key=lambda chunk: chunk.t_min)
            stop, total = end, 0
            for chunk in found:
                if total > _PIECE and chunk.t_min > start:
                    stop = chunk.t_min
                    break
                total += chunk.n
            head, head_epoch = view.head(signal, start, stop)
            parts, epochs = [head], [head_epoch]
            for chunk in found:
                if chunk.t_min < stop:
                    parts.append(_inside(view.rows(chunk), start, stop))
                    epochs.append(np.full(len(parts[-1]), chunk.epoch, np.int64))
        rows, epoch = chunks.joined(parts), np.concatenate(epochs)
        order: Ints = np.lexsort((rows.seq, epoch, rows.t))
        if len(order):
            rows = rows.take(order)
            yield rows.readings(signal), rows.seq
        start = stop


def _gone(view: View, signal: int, since: list[int], start: int, end: int) -> bool:
    """Tell whether some of the range is there in roll-ups but no more as readings."""
    for level, length in enumerate(LEVELS):
        if start < since[0] and since[1 + level] + length <= since[0]:
            until = min(end, since[0])
            first, last = start - start % length, until + -until % length
            held = joined(
                _parts(view, signal, level, length, (first, last)), length, first, last
            )
            raw = joined(
                _parts(view, signal, -1, length, (first, last)), length, first, last
            )
            if held.count.sum() + held.bad.sum() > raw.count.sum() + raw.bad.sum():
                return True
    return False


def _level(since: list[int], level: int, start: int) -> int:
    """Return the shortest roll-up, from `level` on, that reaches back far enough."""
    for candidate in range(level, len(LEVELS)):
        own = since[1 + candidate]
        if all(
            own <= max(start, since[1 + longer] + LEVELS[longer])
            for longer in range(candidate + 1, len(LEVELS))
        ):
            return candidate
    return len(LEVELS) - 1


def _few(view: View, signal: int, start: int, end: int, points: int) -> Rows | None:
    """Return the readings by time if they are at most `points`, else None."""
    head, epoch = view.head(signal, start, end)
    touched: list[Chunk] = []
    total, partial = len(head), 0
    for chunk in view.chunks(signal, start, end):
        if chunk.t_min >= start and chunk.t_max < end:
            total += chunk.n
        else:
            partial += chunk.n
        touched.append(chunk)
        if total > points or partial > 4 * _PIECE:
            return None
    parts, epochs = [head], [epoch]
    for chunk in touched:
        parts.append(_inside(view.rows(chunk), start, end))
        epochs.append(np.full(len(parts[-1]), chunk.epoch, np.int64))
    rows = chunks.joined(parts)
    if len(rows) > points:
        return None
    return rows.take(np.lexsort((rows.seq, np.concatenate(epochs), rows.t)))


def _parts(
    view: View, signal: int, level: int, width: int, reach: tuple[int, int]
) -> list[Buckets]:
    head, _ = view.head(signal, *reach)
    found = view.chunks(signal, *reach, level)
    rows = chunks.joined([head, *(_inside(view.rows(chunk), *reach) for chunk in found)])
    parts = view.buckets(signal, level, *reach) if level >= 0 else []
    return [*parts, rollups.fold(rows.t, rows.value, rows.code, width)]


def _inside(rows: Rows, start: int, end: int) -> Rows:
    if rows.t.min() >= start and rows.t.max() < end:
        return rows
    return rows.take(np.flatnonzero((rows.t >= start) & (rows.t < end)))


def _single(row: SignalRow, rows: Rows) -> Series:
    value: Floats = np.where(is_bad(rows.code), np.nan, rows.value)
    return Series(
        signal=row.name,
        unit=row.unit,
        bucket_ms=0,
        t=rows.t,
        mean=value,
        min=value,
        max=value,
        n=(~np.isnan(value)).astype(np.int64),
    )


def _gathered(row: SignalRow, buckets: Buckets, width: int) -> Series:
    some = buckets.count > 0
    return Series(
        signal=row.name,
        unit=row.unit,
        bucket_ms=width,
        t=buckets.t,
        mean=np.where(some, buckets.sum / np.maximum(buckets.count, 1), np.nan),
        min=np.where(some, buckets.min, np.nan),
        max=np.where(some, buckets.max, np.nan),
        n=buckets.count,
    )
