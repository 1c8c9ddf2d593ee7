"""Roll-ups that were lost, written anew from what is left: readings, or finer roll-ups.

What a level lacks is found bucket by bucket: the readings (or a finer level) say how many
there must be, and what is missing is written as a block of that level alone. So it does
no harm where nothing is missing, and blocks that overlap may stay as they are. What is
damaged counts as lost.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from dt.errors import CorruptError
from dt.store import blocks, chunks, rollups
from dt.store.blocks import PLACES, Block
from dt.store.resolution import DAY_MS, LEVELS
from dt.store.rollups import Buckets
from dt.store.sqlite import transaction

_TIER = (1, 2, 2, 2)
"""For each level the tier whose blocks represent no other one."""
_BLOCK = 1440
_SHOWN = "epoch NOT IN (SELECT epoch FROM epoch WHERE kind = 'importing')"


def everything(database: sqlite3.Connection) -> int:
    """Write what the roll-ups of all signals lack; return how many buckets that were."""
    spans = database.execute(
        "SELECT signal, min(t_min), max(t_max) FROM"
        " (SELECT signal, t_min, t_max FROM chunk"
        " UNION ALL SELECT signal, t_min, t_max FROM rollup) GROUP BY signal"
    ).fetchall()
    return sum(signal(database, *span) for span in spans)


def signal(database: sqlite3.Connection, number: int, start: int, end: int) -> int:
    """Write what a signal's roll-ups lack of [start, end] UTC ms, in whole days.

    Args:
        database: ``telemetry.db``; each level is a transaction if it is in none.
        number: Id of the signal.
        start: UTC ms.
        end: UTC ms, included.

    Returns:
        How many buckets were written.
    """
    span = start - start % DAY_MS, end - end % DAY_MS + DAY_MS
    raw = _raw(database, number, *span)
    written = 0
    for level, width in enumerate(LEVELS):
        for finer in range(-1, level):
            truth = rollups.coarser(_held(database, number, finer, raw, span), width)
            lacks = _missing(truth, _held(database, number, level, raw, span))
            with transaction(database):
                for part in _parts(lacks, _BLOCK * width):
                    blocks.add(database, Block(number, level, _TIER[level]), part)
            written += len(lacks)
    return written


def is_whole(
    database: sqlite3.Connection, number: int, level: int, span: tuple[int, int], n: int
) -> bool:
    """Tell whether others tell the buckets of a block that is gone.

    Args:
        database: ``telemetry.db``.
        number: Id of the signal.
        level: Of the block.
        span: UTC ms of its first bucket, and of the end of its last.
        n: How many it had.
    """
    held = _held(database, number, level, _raw(database, number, *span), span)
    return len(held) >= n


def _raw(
    database: sqlite3.Connection, number: int, start: int, end: int
) -> dict[int, Buckets]:
    """Return the readings with right times by minutes, of the chunks of each `rolled`."""
    parts: dict[int, list[Buckets]] = {}
    found = database.execute(
        "SELECT rolled, n, blob FROM chunk WHERE signal = ? AND unsynced = 0 AND t_min < ?"
        f" AND t_max >= ? AND {_SHOWN} ORDER BY epoch, seq_min",
        (number, end, start),
    )
    for rolled, n, blob in found:
        with suppress(CorruptError):  # as if it were gone, which it soon is
            rows = chunks.unpack(blob, n)
            rows = rows.take(np.flatnonzero((rows.t >= start) & (rows.t < end)))
            buckets = rollups.fold(rows.t, rows.value, rows.code, LEVELS[0])
            parts.setdefault(rolled, []).append(buckets)
    return {rolled: rollups.join(some, LEVELS[0]) for rolled, some in parts.items()}


def _held(
    database: sqlite3.Connection,
    number: int,
    level: int,
    raw: dict[int, Buckets],
    span: tuple[int, int],
) -> Buckets:
    """Return what a level tells: its blocks, and the chunks that they do not have."""
    width = LEVELS[max(level, 0)]
    parts = [rollups.coarser(some, width) for at, some in raw.items() if at > level]
    for of, tier in PLACES[level] if level >= 0 else ():
        for (blob,) in database.execute(
            "SELECT blob FROM rollup WHERE signal = ? AND level = ? AND tier = ?"
            f" AND t_min < ? AND t_max >= ? AND {_SHOWN}",
            (number, of, tier, span[1], span[0]),
        ):
            with suppress(CorruptError):
                block = blocks.unrecord([blob]) if tier == 0 else blocks.unpack(blob, of)
                parts.append(rollups.coarser(rollups.within(block, *span), width))
    return rollups.join(parts, width)


def _parts(buckets: Buckets, reach: int) -> Iterator[Buckets]:
    """Yield the buckets in pieces that each reach over so many ms at most."""
    of = buckets.t // reach
    for which in np.unique(of):
        yield rollups.chosen(buckets, np.flatnonzero(of == which))


def _missing(truth: Buckets, have: Buckets) -> Buckets:
    """Return what must be added to some buckets for them to become the true ones."""
    if not len(truth):
        return truth
    at = np.searchsorted(have.t, truth.t)
    hit = np.append(have.t, -1)[at] == truth.t

    def of(column: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        padded = np.append(getattr(have, column), 0)
        return np.where(hit, padded[at], 0)

    count = np.maximum(truth.count - of("count").astype(np.int64), 0)
    bad = np.maximum(truth.bad - of("bad").astype(np.int64), 0)
    some = count > 0
    lacks = Buckets(
        t=truth.t,
        count=count,
        bad=bad,
        sum=np.where(some, truth.sum - of("sum"), 0.0),
        min=np.where(some, truth.min, np.inf),
        max=np.where(some, truth.max, -np.inf),
        last=np.where(some, truth.last, np.nan),
        last_t=np.where(some, truth.last_t, truth.t),
    )
    return rollups.chosen(lacks, np.flatnonzero(some | (bad > 0)))
