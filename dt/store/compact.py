"""Compaction: many small chunks and blocks become few large ones, each a few times only.

Everything goes by number, not by the clock: eight chunks of about one size are merged
into one, 24 blocks of roll-ups into one of the next tier, and so on. Readings and
buckets stay what they are. All functions do one bounded piece of work in a transaction
of their own and tell whether there was any.
"""

import sqlite3

import numpy as np

from dt.store import blocks, chunks, rollups, seal
from dt.store.blocks import Block
from dt.store.chunks import UNROLLED
from dt.store.resolution import LEVELS
from dt.store.rollups import Buckets
from dt.store.sqlite import transaction
from dt.twin.readings import Ints

_FAN = 8
_ROLL_FROM = 64
_EPOCHS = 8  # of older ones nothing new comes, so they are not looked through
_CLASS = "CASE WHEN n < 8 THEN 0 WHEN n < 64 THEN 1 WHEN n < 512 THEN 2 ELSE 3 END"
_TIERS = ((0, 24, (0,)), (1, 30, (1, 2)), (2, 12, (2, 3)))
"""Of each tier: how many blocks are gathered, and of which levels."""


def merge_chunks(database: sqlite3.Connection) -> bool:
    """Merge the small chunks of one signal."""
    found = database.execute(
        f"SELECT epoch, rolled, signal, {_CLASS} AS class FROM chunk INDEXED BY chunk_small"
        " WHERE n < 4096 AND unsynced = 0"
        f" AND epoch > (SELECT coalesce(max(epoch), 0) - {_EPOCHS} FROM epoch)"
        " AND epoch NOT IN (SELECT epoch FROM epoch WHERE kind = 'importing')"
        f" GROUP BY epoch, rolled, signal, class HAVING count(*) >= {_FAN} LIMIT 1"
    ).fetchone()
    if found is None:
        return False
    epoch, rolled, signal, _ = found
    rows = database.execute(
        "SELECT id, n, blob FROM chunk INDEXED BY chunk_small WHERE n < 4096"
        " AND unsynced = 0 AND epoch = ? AND rolled = ? AND signal = ?"
        f" AND {_CLASS} = ? ORDER BY seq_min LIMIT {2 * _FAN}",
        found,
    ).fetchall()
    merged = _by_seq([chunks.unpack(blob, n) for _, n, blob in rows])
    level = rolled
    if rolled == UNROLLED and len(merged) >= _ROLL_FROM:
        level = seal.dense_level(merged)
    packed = chunks.pack(merged, signal=signal, epoch=epoch, unsynced=False, rolled=level)
    with transaction(database):
        chunks.add(database, packed)
        if level != rolled:
            seal.promote(database, signal, _fold(merged, level), level)
        _delete(database, "chunk", [row[0] for row in rows])
    return True


def merge_blocks(database: sqlite3.Connection) -> bool:
    """Gather the blocks of one signal and level into the next tier."""
    for tier, fan, levels in _TIERS:
        found = database.execute(
            "SELECT level, signal FROM rollup WHERE tier = ?"
            f" AND level IN ({', '.join(map(str, levels))})"
            " GROUP BY level, signal HAVING count(*) >= ? LIMIT 1",
            (tier, fan),
        ).fetchone()
        if found is not None:
            _lift(database, tier, *found)
            return True
    return False


def repair(database: sqlite3.Connection) -> bool:
    """Write one provisional chunk anew, with right times, once they are known."""
    row = database.execute(
        "SELECT chunk.id, chunk.signal, chunk.epoch, n, blob, shift_ms"
        " FROM epoch JOIN chunk INDEXED BY chunk_unsynced USING (epoch)"
        " WHERE shift_ms IS NOT NULL AND unsynced = 1 LIMIT 1"
    ).fetchone()
    if row is None:
        return False
    number, signal, epoch, n, blob, shift = row
    rows = chunks.right(chunks.unpack(blob, n), shift)
    level = seal.dense_level(rows) if n >= _ROLL_FROM else UNROLLED
    packed = chunks.pack(rows, signal=signal, epoch=epoch, unsynced=False, rolled=level)
    with transaction(database):
        chunks.add(database, packed)
        if level != UNROLLED:
            seal.promote(database, signal, _fold(rows, level), level)
        _delete(database, "chunk", [number])
    return True


def _lift(database: sqlite3.Connection, tier: int, level: int, signal: int) -> None:
    rows = database.execute(
        "SELECT id, blob FROM rollup WHERE tier = ? AND level = ? AND signal = ?",
        (tier, level, signal),
    ).fetchall()
    if tier == 0:
        parts = [blocks.unrecord([row[1] for row in rows])]
    else:
        parts = [blocks.unpack(row[1], level) for row in rows]
    buckets = rollups.join(parts, LEVELS[level])
    with transaction(database):
        if tier == 0:
            seal.promote(database, signal, buckets, 0)
        else:
            blocks.add(database, Block(signal, level, tier + 1), buckets)
        if (tier, level) == (1, 2):
            days = rollups.coarser(buckets, LEVELS[3])
            blocks.add(database, Block(signal, 3, 2), days)
        _delete(database, "rollup", [row[0] for row in rows])


def _fold(rows: chunks.Rows, level: int) -> Buckets:
    return rollups.fold(rows.t, rows.value, rows.code, LEVELS[level])


def _by_seq(parts: list[chunks.Rows]) -> chunks.Rows:
    rows = chunks.joined(parts)
    order: Ints = np.argsort(rows.seq, kind="stable")
    return rows.take(order)


def _delete(database: sqlite3.Connection, table: str, ids: list[int]) -> None:
    database.executemany(f"DELETE FROM {table} WHERE id = ?", [(i,) for i in ids])
