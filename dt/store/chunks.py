"""Chunks: sealed readings of one signal, the layer that keeps for years.

A chunk is a row of ``telemetry.db``; its blob holds time, seq, code and value in order
of arrival. It is never edited; compaction replaces small chunks by a larger one of the
same readings.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dt.errors import CorruptError
from dt.store import columns
from dt.twin.quality import UNSYNCED, Codes, is_unsynced
from dt.twin.readings import Floats, Ints, Readings

UNROLLED = 4
"""`rolled` of a chunk that no roll-up represents: it is read itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Readings of one signal in one epoch; all columns of shape (n,).

    Attributes:
        seq: Number in the epoch.
        t: UTC ms.
        value: In the signal's unit, NaN: none.
        code: Quality codes.
    """

    seq: Ints
    t: Ints
    value: Floats
    code: Codes

    def __len__(self) -> int:
        return len(self.seq)

    def take(self, chosen: Ints) -> "Rows":
        """Return the rows with these indices, in that order."""
        return Rows(
            seq=self.seq[chosen],
            t=self.t[chosen],
            value=self.value[chosen],
            code=self.code[chosen],
        )

    def readings(self, signal: int) -> Readings:
        """Return them as readings of a signal."""
        return Readings(
            signal=np.full(len(self), signal, np.int32),
            observed_at=self.t,
            value=self.value,
            code=self.code,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What the row of a chunk says.

    Attributes:
        id: Its number; never given twice.
        signal: Id of its signal.
        epoch: Whose seqs it has.
        unsynced: Its clock was not trusted, and its times are provisional.
        rolled: Shortest roll-up (index of `resolution.LEVELS`) that represents it.
        t_min, t_max: Of its times, UTC ms, both included.
        n: How many readings.
    """

    id: int
    signal: int
    epoch: int
    unsynced: bool
    rolled: int
    t_min: int
    t_max: int
    n: int


COLUMNS = "id, signal, epoch, unsynced, rolled, t_min, t_max, n"


def of(row: tuple[int, ...]) -> Chunk:
    """Return the chunk that a row of `COLUMNS` says."""
    number, signal, epoch, unsynced, rolled, t_min, t_max, n = row
    return Chunk(
        id=number,
        signal=signal,
        epoch=epoch,
        unsynced=bool(unsynced),
        rolled=rolled,
        t_min=t_min,
        t_max=t_max,
        n=n,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A chunk to be written.

    Attributes:
        signal: Id of its signal.
        epoch: Whose seqs it has.
        unsynced: Its times are provisional.
        rolled: Shortest roll-up that represents it.
        span: seq_min, seq_max, t_min, t_max.
        n: How many readings.
        blob: The columns.
    """

    signal: int
    epoch: int
    unsynced: bool
    rolled: int
    span: tuple[int, int, int, int]
    n: int
    blob: bytes


def pack(rows: Rows, *, signal: int, epoch: int, unsynced: bool, rolled: int) -> Packed:
    """Return readings of one signal as a chunk."""
    level = 6 if len(rows) < 20_000 else 1
    seq, t = rows.seq, rows.t
    return Packed(
        signal=signal,
        epoch=epoch,
        unsynced=unsynced,
        rolled=rolled,
        span=(int(seq.min()), int(seq.max()), int(t.min()), int(t.max())),
        n=len(rows),
        blob=columns.encode([rows.t, rows.seq, rows.code], [rows.value], level),
    )


def add(database: sqlite3.Connection, packed: Packed) -> None:
    """Write a chunk; within a transaction."""
    database.execute(
        "INSERT INTO chunk (signal, epoch, unsynced, rolled, seq_min, seq_max, t_min,"
        " t_max, n, blob) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            packed.signal,
            packed.epoch,
            int(packed.unsynced),
            packed.rolled,
            *packed.span,
            packed.n,
            packed.blob,
        ),
    )


def unpack(blob: bytes, n: int) -> Rows:
    """Return the readings in a chunk's blob, in order of arrival.

    Raises:
        CorruptError: The blob is damaged.
    """
    (t, seq, code), (value,) = columns.decode(blob, 3, 1)
    if len(t) != n:
        raise CorruptError(f"a chunk of {n} readings holds {len(t)}")
    return Rows(seq=seq, t=t, value=value, code=code.astype(np.uint16))


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the parts one after the other; at least one."""
    if len(parts) == 1:
        return parts[0]
    return Rows(
        seq=np.concatenate([part.seq for part in parts]),
        t=np.concatenate([part.t for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        code=np.concatenate([part.code for part in parts]),
    )


def right(rows: Rows, shift_ms: int) -> Rows:
    """Return provisional readings with right times."""
    wrong = is_unsynced(rows.code)
    return Rows(
        seq=rows.seq,
        t=rows.t + wrong * np.int64(shift_ms),
        value=rows.value,
        code=rows.code & np.uint16(0xFFFF ^ UNSYNCED),
    )
