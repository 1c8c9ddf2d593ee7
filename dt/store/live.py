"""The live log: what arrived in the last minutes, in memory, shared by all processes.

``live.db`` lies on tmpfs and outlives a killed process, not a power cut. One row is
one batch as it was appended; its key is the ``seq`` of its last reading. The body holds
raw little-endian columns: time (8 bytes each), value (8), signal (4), code (2).
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from dt.errors import CorruptError
from dt.store import sqlite
from dt.store.sqlite import transaction, translated
from dt.twin.readings import Logged, Readings

BYTES_EACH = 22


class Live:
    """An attached live log. All methods may be called from any thread.

    Attributes:
        path: The file.
        epoch: Its number.
        incarnation: Random 64 bits in hex.
        offset_ms: UTC minus monotonic time as believed when the epoch began.
        inode: Of the file, to notice that it was replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection = sqlite.connect(path, sqlite.LIVE)
        self._watcher: sqlite3.Connection | None = None
        try:
            with translated(path):
                rows = self._connection.execute("SELECT name, value FROM meta").fetchall()
        except BaseException:
            self._connection.close()
            raise
        meta = dict(rows)
        self.epoch = int(meta["epoch"])
        self.incarnation = str(meta["incarnation"])
        self.boot = str(meta["boot"])
        self.offset_ms = int(meta["offset_ms"])
        self.inode = path.stat().st_ino
        self._seen = -1

    def close(self) -> None:
        """Close the file; again does nothing."""
        with self._lock:
            self._connection.close()
            if self._watcher is not None:
                self._watcher.close()

    def replaced(self) -> bool:
        """Tell whether another file stands in the place of this one, or none."""
        try:
            return self.path.stat().st_ino != self.inode
        except FileNotFoundError:
            return True

    def changed(self) -> bool:
        """Tell whether anybody committed since the last call; the first call: True."""
        with self._lock:
            watcher = self._watcher
            if watcher is None:
                watcher = self._watcher = sqlite.connect(self.path, ())
            try:
                (version,) = watcher.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error:
                with translated(self.path):  # only now: it is asked many times a second
                    raise
            moved: bool = version != self._seen
            self._seen = version
            return moved

    def append(self, readings: Readings, at: int) -> Logged:
        """Store a batch in one commit and number its readings.

        Args:
            readings: At least one.
            at: Monotonic ms of arrival.

        Raises:
            StoreBusyError: The log was locked for more than 5 s.
        """
        body = pack(readings)
        n = len(readings)
        with self.transaction() as database:
            last = _end(database)
            database.execute(
                "INSERT INTO log (seq, n, at, body) VALUES (?, ?, ?, ?)",
                (last + n, n, at, body),
            )
        seq = np.arange(last + 1, last + n + 1, dtype=np.int64)
        return Logged(epoch=self.epoch, seq=seq, readings=readings)

    def end(self) -> int:
        """Return the last seq that was ever given; 0: none."""
        with self._lock, translated(self.path):
            return _end(self._connection)

    def first(self) -> int:
        """Return the first seq that is held; one more than the end: none is."""
        with self._lock, translated(self.path):
            row = self._connection.execute("SELECT min(seq), n FROM log").fetchone()
            return row[0] - row[1] + 1 if row[0] is not None else _end(self._connection) + 1

    def count(self) -> tuple[int, int, int]:
        """Return (readings held, bytes of the file, monotonic ms of the oldest)."""
        with self._lock, translated(self.path):
            run = self._connection.execute
            n, at = run(
                "SELECT coalesce(sum(n), 0), coalesce(min(at), 0) FROM log"
            ).fetchone()
            (pages,) = run("PRAGMA page_count").fetchone()
            (size,) = run("PRAGMA page_size").fetchone()
        return n, pages * size, at

    def waiting_since(self, seq: int) -> int | None:
        """Return the monotonic ms of arrival of the first reading after `seq`."""
        with self._lock, translated(self.path):
            row = self._connection.execute(
                "SELECT at FROM log WHERE seq > ? ORDER BY seq LIMIT 1", (seq,)
            ).fetchone()
        return row[0] if row else None

    def after(self, seq: int, limit: int) -> Logged | None:
        """Return up to `limit` readings after `seq`, or None if some were pruned."""
        with self._lock, translated(self.path):
            rows = self._rows(seq, limit)
            if not rows:
                # None new, or pruned? Only one snapshot of both can tell.
                with transaction(self._connection, "DEFERRED"):
                    rows = self._rows(seq, limit)
                    if not rows and _end(self._connection) <= seq:
                        nothing = np.empty(0, np.int64)
                        return Logged(epoch=self.epoch, seq=nothing, readings=Readings())
        if not rows or rows[0][0] - rows[0][1] > seq:
            return None
        readings = Readings.join([unpack(body, n) for _, n, body in rows])
        first = rows[0][0] - rows[0][1] + 1
        skip, stop = seq + 1 - first, seq + limit + 1 - first
        if skip or stop < len(readings):
            readings = readings.take(np.arange(skip, min(stop, len(readings))))
        found = np.arange(seq + 1, seq + 1 + len(readings), dtype=np.int64)
        return Logged(epoch=self.epoch, seq=found, readings=readings)

    def _rows(self, seq: int, limit: int) -> list[tuple[int, int, bytes]]:
        """Return (seq, n, body) of the batches after `seq` that hold `limit` readings."""
        rows = []
        for row in self._connection.execute(
            "SELECT seq, n, body FROM log WHERE seq > ? ORDER BY seq", (seq,)
        ):
            rows.append(row)
            if row[0] >= seq + limit:
                break
        return rows

    def prune(self, upto: int, before: int, keep: int) -> None:
        """Forget batches that nobody needs here any more.

        Args:
            upto: Last seq that is in the journal; nothing after it goes.
            before: Batches that arrived before this monotonic ms may go.
            keep: Of the others this many readings stay.
        """
        with self.transaction() as database:
            database.execute(
                "DELETE FROM log WHERE seq <= ? AND (at < ? OR seq <= ?)",
                (upto, before, _end(database) - keep),
            )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run what is inside as one commit."""
        with self._lock, translated(self.path), transaction(self._connection) as database:
            yield database

    def write(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run one statement for each row, in one commit."""
        with self.transaction() as database:
            database.executemany(sql, rows)

    def read(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with self._lock, translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    def note(self, name: str, value: str | int) -> None:
        """Remember one fact as long as this log lives."""
        self.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", [(name, value)])

    def noted(self, name: str) -> str | int | None:
        """Return a fact that was noted."""
        rows = self.read("SELECT value FROM meta WHERE name = ?", name)
        return rows[0][0] if rows else None  # type: ignore[return-value]


def _end(database: sqlite3.Connection) -> int:
    row = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    return int(row[0])


def pack(readings: Readings) -> bytes:
    """Return the body of a batch: 22 bytes for each reading."""
    return b"".join(
        (
            readings.observed_at.astype("<i8").tobytes(),
            readings.value.astype("<f8").tobytes(),
            readings.signal.astype("<i4").tobytes(),
            readings.code.astype("<u2").tobytes(),
        )
    )


def unpack(body: bytes, n: int) -> Readings:
    """Return the readings of a body.

    Raises:
        CorruptError: The body is shorter or longer than n readings are.
    """
    if len(body) != BYTES_EACH * n:
        raise CorruptError(f"a batch of {n} readings has {len(body)} bytes")
    return Readings(
        observed_at=np.frombuffer(body, "<i8", n),
        value=np.frombuffer(body, "<f8", n, 8 * n),
        signal=np.frombuffer(body, "<i4", n, 16 * n),
        code=np.frombuffer(body, "<u2", n, 20 * n),
    )
