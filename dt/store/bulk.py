"""Bulk import: history goes straight to chunks and roll-ups, in an epoch of its own.

The import is hidden from all queries until `BulkWriter.finish`, which is one small
commit; what a killed import left behind is thrown away by the keeper or the next one.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

from dt.clock import Clock
from dt.errors import StoreBusyError
from dt.store import blocks, chunks, epochs, journal, rollups, seal
from dt.store.chunks import UNROLLED, Packed, Rows
from dt.store.log import Log
from dt.store.resolution import LEVELS
from dt.store.rollups import Buckets
from dt.store.sqlite import transaction, translated
from dt.twin.readings import Ints, Readings

CHUNK = 65_536
_HELD_MAX = 4_000_000
_COMMIT_BYTES = 4_000_000
_DISCARD = 200
_TIER = (1, 2, 3, 3)
_BLOCK = (5760, 5952, 8784, 3660)
"""For each level, the tier its blocks belong to, and how many buckets they have."""


class BulkWriter:
    """Writes one import; used by one thread.

    As a context manager it finishes at the end, or discards the import on an error.

    Args:
        log: The open log; signals must be registered there.
        clock: Tells when the import was made; None: the log's.

    Attributes:
        epoch: Number of the import.

    Raises:
        StoreBusyError: Another import runs.
    """

    def __init__(self, log: Log, clock: Clock | None = None) -> None:
        self._path = log.paths.telemetry
        self._live = log.live
        self._lock = _lock_file(self._path).open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise StoreBusyError(
                "another import runs", hint="try again when it is done"
            ) from error
        self._database = epochs.open_telemetry(self._path)
        with translated(self._path):
            _discard(self._database)
            self.epoch, _, _ = epochs.begin(self._database, clock or log.clock, "importing")
        self._held: dict[int, list[Rows]] = {}
        self._count: dict[int, int] = {}
        self._buckets: dict[tuple[int, int], list[Buckets]] = {}
        self._ready: list[Packed] = []
        self._blocks: list[tuple[int, int, Buckets]] = []
        self._bytes = 0
        self._seq = 0

    def __enter__(self) -> "BulkWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.discard()

    def write(self, readings: Readings) -> None:
        """Take readings of any signals, best by time within each signal.

        Raises:
            StoreFullError: The disk is full.
            StoreBusyError: The file was locked for more than 5 s.
        """
        seq = np.arange(self._seq + 1, self._seq + len(readings) + 1, dtype=np.int64)
        self._seq += len(readings)
        for signal, rows in _by_signal(readings, seq):
            self._held.setdefault(signal, []).append(rows)
            self._count[signal] = self._count.get(signal, 0) + len(rows)
            if self._count[signal] >= CHUNK:
                self._pack(signal, CHUNK)
        if sum(self._count.values()) > _HELD_MAX:
            self._pack(max(self._count, key=self._count.__getitem__), 0)
        if self._bytes > _COMMIT_BYTES:
            self._commit()

    def finish(self) -> int:
        """Make the whole import durable and visible; return how many readings it has.

        Raises:
            StoreFullError: The disk is full; nothing of the import is visible.
            StoreBusyError: The file was locked for more than 5 s.
        """
        self.flush()
        with translated(self._path):
            with transaction(self._database):
                journal.save_signals(self._database, self._live)
                self._database.execute(
                    "UPDATE epoch SET kind = 'import', sealed = ? WHERE epoch = ?",
                    (self._seq, self.epoch),
                )
            self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self.close()
        return self._seq

    def flush(self) -> None:
        """Write what is held to the disk; it stays hidden."""
        for signal in list(self._held):
            self._pack(signal, 0)
        for signal, level in list(self._buckets):
            self._write_blocks(signal, level, 0)
        self._commit()

    def discard(self) -> None:
        """Throw the import away."""
        with translated(self._path):
            _discard(self._database)
        self.close()

    def close(self) -> None:
        """Leave it; if it is not finished, the next import throws it away."""
        self._database.close()
        self._lock.close()

    def _pack(self, signal: int, leave: int) -> None:
        """Make chunks of what is held of a signal; less than `leave` may stay."""
        rows = chunks.joined(self._held[signal])
        done = 0
        while len(rows) - done >= max(leave, 1):
            part = rows.take(np.arange(done, min(done + CHUNK, len(rows))))
            done += len(part)
            level = seal.dense_level(part)
            packed = chunks.pack(
                part, signal=signal, epoch=self.epoch, unsynced=False, rolled=level
            )
            self._ready.append(packed)
            self._bytes += len(packed.blob)
            if level != UNROLLED:
                self._roll(signal, level, part)
        rest = rows.take(np.arange(done, len(rows)))
        self._held[signal], self._count[signal] = [rest], len(rest)
        if not len(rest):
            del self._held[signal], self._count[signal]

    def _roll(self, signal: int, level: int, rows: Rows) -> None:
        buckets = rollups.fold(rows.t, rows.value, rows.code, LEVELS[level])
        for longer in range(level, len(LEVELS)):
            buckets = rollups.coarser(buckets, LEVELS[longer])
            self._buckets.setdefault((signal, longer), []).append(buckets)
            self._write_blocks(signal, longer, _BLOCK[longer])

    def _write_blocks(self, signal: int, level: int, least: int) -> None:
        """Make blocks of the buckets that are held, if they are at least so many."""
        parts = self._buckets[signal, level]
        if sum(map(len, parts)) < max(least, 1):
            return
        buckets = rollups.join(parts, LEVELS[level])
        for start in range(0, len(buckets), _BLOCK[level]):
            part = rollups.cut(buckets, start, start + _BLOCK[level])
            self._blocks.append((signal, level, part))
        self._buckets[signal, level] = []

    def _commit(self) -> None:
        with translated(self._path):
            with transaction(self._database):
                for packed in self._ready:
                    chunks.add(self._database, packed)
                for signal, level, buckets in self._blocks:
                    block = blocks.Block(signal, level, _TIER[level], self.epoch)
                    blocks.add(self._database, block, buckets)
            self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._ready, self._blocks, self._bytes = [], [], 0


def discard_unfinished(path: Path, database: sqlite3.Connection) -> None:
    """Throw away what killed imports left behind, unless an import runs now.

    Args:
        path: Of ``telemetry.db``.
        database: That file, open.
    """
    with _lock_file(path).open("wb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        with translated(path):
            _discard(database)


def _discard(database: sqlite3.Connection) -> None:
    for (epoch,) in database.execute(
        "SELECT epoch FROM epoch WHERE kind = 'importing'"
    ).fetchall():
        for table in ("chunk", "rollup"):
            gone = _DISCARD
            while gone == _DISCARD:
                gone = database.execute(
                    f"DELETE FROM {table} WHERE id IN"
                    f" (SELECT id FROM {table} WHERE epoch = ? LIMIT {_DISCARD})",
                    (epoch,),
                ).rowcount
        database.execute("DELETE FROM epoch WHERE epoch = ?", (epoch,))


def _lock_file(path: Path) -> Path:
    return path.with_name("import.lock")


def _by_signal(readings: Readings, seq: Ints) -> Iterator[tuple[int, Rows]]:
    rows = Rows(seq=seq, t=readings.observed_at, value=readings.value, code=readings.code)
    signal = readings.signal
    if not len(signal):
        return
    if (signal == signal[0]).all():
        yield int(signal[0]), rows
        return
    order = np.argsort(signal, kind="stable")
    cuts = (np.flatnonzero(np.diff(signal[order])) + 1).tolist()
    for start, stop in zip([0, *cuts], [*cuts, len(order)], strict=True):
        chosen = order[start:stop]
        yield int(signal[chosen[0]]), rows.take(chosen)
