"""Readings that a damaged file lost and the live log still has, put into the new file.

What was sealed is not journalled again, so without this the loss of a chunk would be the
loss of its readings although they are in memory.
"""

import sqlite3
from dataclasses import replace

import numpy as np

from dt.store import chunks, seal
from dt.store.chunks import UNROLLED
from dt.store.live import Live
from dt.store.sqlite import transaction
from dt.twin.readings import Ints, Logged

_PIECE = 100_000


def lost_chunks(target: sqlite3.Connection, live: Live) -> int:
    """Write the sealed readings of a live log that no chunk has; return how many.

    A roll-up that holds them may have been saved, or not: what roll-ups then lack has to
    be written by `dt.store.reroll`.

    Args:
        target: The new ``telemetry.db``, in no transaction, its `epoch` filled.
        live: The live log that was in use with the damaged file.
    """
    sealed, shift = target.execute(
        "SELECT sealed, shift_ms FROM epoch WHERE epoch = ?", (live.epoch,)
    ).fetchone()
    held = _held(target, live)
    rescued, after = 0, live.first() - 1
    while after < sealed:
        found = live.after(after, _PIECE)
        if found is None or not len(found):
            break
        after = int(found.seq[-1])
        missing = (found.seq <= sealed) & ~np.isin(found.seq, held)
        if missing.any():
            _write(target, _chosen(found, np.flatnonzero(missing)), shift)
            rescued += int(missing.sum())
    return rescued


def _held(target: sqlite3.Connection, live: Live) -> Ints:
    rows = target.execute(
        "SELECT n, blob FROM chunk WHERE epoch = ? AND seq_max >= ?",
        (live.epoch, live.first()),
    )
    parts = [chunks.unpack(blob, n).seq for n, blob in rows]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _chosen(logged: Logged, rows: Ints) -> Logged:
    return Logged(
        epoch=logged.epoch, seq=logged.seq[rows], readings=logged.readings.take(rows)
    )


def _write(target: sqlite3.Connection, logged: Logged, shift_ms: int | None) -> None:
    with transaction(target):
        for packed, _ in seal.of(logged, shift_ms):
            for chunk in packed:
                rolled = UNROLLED if chunk.unsynced else 0
                chunks.add(target, replace(chunk, rolled=rolled))
