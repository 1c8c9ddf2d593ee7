"""Sealing: journalled readings become one chunk per signal, with their roll-ups."""

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dt.errors import CorruptError
from dt.store import blocks, chunks, clocks, journal, rollups
from dt.store.blocks import Block
from dt.store.chunks import UNROLLED, Packed, Rows
from dt.store.resolution import LEVELS
from dt.store.rollups import Buckets
from dt.store.sqlite import transaction
from dt.twin.quality import is_unsynced
from dt.twin.readings import Logged, Readings

log = logging.getLogger(__name__)

CHUNK_MAX = 16_384
DENSE = 3
"""Readings that a bucket must hold on average; else the roll-up is not worth its room."""

_HOUR = 60
_DAY = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Journal rows that are to be sealed together.

    Attributes:
        ids: Of the rows.
        logged: Their readings, one part for each epoch.
        damaged: (id, error) of rows that cannot be read.
    """

    ids: list[int]
    logged: list[Logged]
    damaged: list[tuple[int, str]]


def seal(database: sqlite3.Connection, now_ms: int, most: int = 300_000) -> int:
    """Seal the oldest part of the journal; return how many readings it had.

    Args:
        database: ``telemetry.db``, in no transaction.
        now_ms: UTC ms, noted with rows that are damaged.
        most: About how many readings to seal at once; call again for the rest.
    """
    batch = _take(database, most)
    if batch is None:
        return 0
    shifts = _shifts(database)
    ready = [part for one in batch.logged for part in of(one, shifts.get(one.epoch))]
    with transaction(database):
        for packed, buckets in ready:
            for chunk in packed:
                chunks.add(database, chunk)
            if buckets is not None:
                _roll(database, packed[0].signal, buckets)
        for logged in batch.logged:
            database.execute(
                "UPDATE epoch SET sealed = max(sealed, ?) WHERE epoch = ?",
                (int(logged.seq[-1]), logged.epoch),
            )
        _set_aside(database, batch, now_ms)
        journal.sealed(database, batch.ids)
    return sum(len(logged) for logged in batch.logged)


def of(
    logged: Logged, shift_ms: int | None
) -> Iterator[tuple[list[Packed], Buckets | None]]:
    """Yield for each signal its chunks and their buckets of 1 min, if those pay.

    Args:
        logged: Of one epoch, in order of seq.
        shift_ms: What to add to provisional times; None: not known yet.
    """
    readings = clocks.repaired(logged.readings, shift_ms)
    unsynced = is_unsynced(readings.code)
    key = readings.signal.astype(np.int64) * 2 + unsynced
    order = np.argsort(key, kind="stable")
    key = key[order]
    sorted_rows = Rows(
        seq=logged.seq[order],
        t=readings.observed_at[order],
        value=readings.value[order],
        code=readings.code[order],
    )
    cuts = np.flatnonzero(key[1:] != key[:-1]) + 1
    for start, stop in zip([0, *cuts.tolist()], [*cuts.tolist(), len(key)], strict=True):
        rows = sorted_rows.take(np.arange(start, stop))
        provisional = bool(key[start] & 1) and shift_ms is None
        buckets = None if provisional else _dense(rows, 0)
        packed = [
            chunks.pack(
                rows.take(part),
                signal=int(key[start] >> 1),
                epoch=logged.epoch,
                unsynced=provisional,
                rolled=UNROLLED if buckets is None else 0,
            )
            for part in np.array_split(np.arange(len(rows)), -(-len(rows) // CHUNK_MAX))
        ]
        yield packed, buckets


def _dense(rows: Rows, level: int) -> Buckets | None:
    """Return buckets of a level, or None if the readings are nearly as few."""
    buckets = rollups.fold(rows.t, rows.value, rows.code, LEVELS[level])
    return buckets if len(buckets) * DENSE <= len(rows) else None


def dense_level(rows: Rows) -> int:
    """Return the shortest roll-up that pays for these readings; `UNROLLED`: none."""
    for level in range(len(LEVELS)):
        if _dense(rows, level) is not None:
            return level
    return UNROLLED


def promote(
    database: sqlite3.Connection, signal: int, buckets: Buckets, level: int
) -> None:
    """Write what represents readings from a level on; within a transaction.

    Args:
        database: ``telemetry.db``.
        signal: Id of the signal.
        buckets: Of the length of that level.
        level: 0, 1, 2 or 3; for 0, 1 min, the levels 1 and 2 are written too, and so on
            (see `dt.store.blocks`).
    """
    if level == len(LEVELS) - 1:
        blocks.add(database, Block(signal, level, 2), buckets)
        return
    for at in range(level, 3):
        coarse = rollups.coarser(buckets, LEVELS[at])
        for start in range(0, len(coarse), _DAY):
            part = rollups.cut(coarse, start, start + _DAY)
            blocks.add(database, Block(signal, at, 1), part)


def _roll(database: sqlite3.Connection, signal: int, buckets: Buckets) -> None:
    """Write new buckets of 1 min; together with the last block if that is short."""
    if len(buckets) >= _DAY // 2:
        promote(database, signal, buckets, 0)
        return
    row = database.execute(
        "SELECT id, n, t_min, blob FROM rollup WHERE tier = 0 AND level = 0 AND signal = ?"
        " ORDER BY t_max DESC LIMIT 1",
        (signal,),
    ).fetchone()
    if row is not None and row[1] < _HOUR and row[2] <= buckets.t[0]:
        try:
            buckets = rollups.join([blocks.unrecord([row[3]]), buckets], LEVELS[0])
        except CorruptError as error:
            log.error(  # noqa: TRY400 - a damaged block stays as it is, for the reader
                "roll-up is damaged", extra={"row": row[0], "error": str(error)}
            )
        else:
            database.execute("DELETE FROM rollup WHERE id = ?", (row[0],))
    blocks.add(database, Block(signal, 0, 0), buckets)


def _set_aside(database: sqlite3.Connection, batch: Batch, now_ms: int) -> None:
    for number, error in batch.damaged:
        database.execute(
            "INSERT INTO damaged (at, what, blob)"
            " SELECT ?, 'journal of epoch ' || epoch || ' from ' || seq0, blob"
            " FROM journal WHERE id = ?",
            (now_ms, number),
        )
        database.execute("DELETE FROM journal WHERE id = ?", (number,))
        log.error("journal row is damaged", extra={"row": number, "error": error})


def _take(database: sqlite3.Connection, most: int) -> Batch | None:
    total = 0
    ids: list[int] = []
    parts: dict[int, list[Logged]] = {}
    damaged: list[tuple[int, str]] = []
    for number, epoch, seq0, n, blob in database.execute(
        "SELECT journal.id, journal.epoch, seq0, n, blob"
        f" FROM {journal.UNSEALED} ORDER BY epoch, seq0"
    ):
        if total and total + n > most:
            break
        try:
            parts.setdefault(epoch, []).append(journal.unpack(epoch, seq0, n, blob))
            total += n
        except CorruptError as error:
            damaged.append((number, str(error)))
        ids.append(number)
    if not ids:
        return None
    logged = [
        Logged(
            epoch=epoch,
            seq=np.concatenate([part.seq for part in of_epoch]),
            readings=Readings.join([part.readings for part in of_epoch]),
        )
        for epoch, of_epoch in parts.items()
    ]
    return Batch(ids=ids, logged=logged, damaged=damaged)


def _shifts(database: sqlite3.Connection) -> dict[int, int]:
    rows = database.execute("SELECT epoch, shift_ms FROM epoch WHERE shift_ms IS NOT NULL")
    return dict(rows.fetchall())
