"""The journal: what arrived since the last write, as one blob; this is what is durable.

One row holds ``n`` readings of one epoch, ``seq0`` and on. There is no index and no other
row to update. A row whose readings are sealed is *spent*: it stays and is overwritten
later, in its place, so that a second of readings costs the flash card one page of the
write-ahead log and not two. Whoever reads the journal passes over what is sealed.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from dt.errors import CorruptError
from dt.store import columns
from dt.store.live import Live
from dt.store.sqlite import transaction
from dt.twin.readings import Logged, Readings

log = logging.getLogger(__name__)

_PIECE = 100_000
_STEP = 64
_LARGEST = 960
_SLACK = 4

UNSEALED = "journal JOIN epoch USING (epoch) WHERE seq0 + n - 1 > sealed"
"""The rows that are not spent, for an SQL query."""


def add(database: sqlite3.Connection, logged: Logged) -> None:
    """Write readings of one epoch that follow each other; within a transaction."""
    _insert(database, logged, _encoded(logged))


def _encoded(logged: Logged) -> bytes:
    r = logged.readings
    level = 6 if len(logged) < 4096 else 1
    return columns.encode([r.observed_at, r.signal, r.code], [r.value], level)


def _insert(database: sqlite3.Connection, logged: Logged, blob: bytes) -> None:
    database.execute(
        "INSERT INTO journal (epoch, seq0, n, blob) VALUES (?, ?, ?, ?)",
        (logged.epoch, int(logged.seq[0]), len(logged), blob),
    )


class _Spent:
    """The rows that may be overwritten, by the size of their blobs."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._ids: dict[int, deque[int]] = {}
        for number, size in database.execute(
            "SELECT journal.id, length(blob) FROM journal JOIN epoch USING (epoch)"
            " WHERE seq0 + n - 1 <= sealed ORDER BY journal.id"
        ):
            self._ids.setdefault(size, deque()).append(number)

    def write(self, database: sqlite3.Connection, logged: Logged) -> None:
        """Write a row over a spent one of about its size, else as a new one."""
        blob = _encoded(logged)
        size = len(blob) + -len(blob) % _STEP
        if size > _LARGEST:
            _insert(database, logged, blob)
            return
        for larger in range(size, size + _SLACK * _STEP, _STEP):
            if self._ids.get(larger):
                number = self._ids[larger].popleft()
                database.execute(
                    "UPDATE journal SET epoch = ?, seq0 = ?, n = ?, blob = ? WHERE id = ?",
                    (
                        logged.epoch,
                        int(logged.seq[0]),
                        len(logged),
                        blob.ljust(larger, b"\0"),
                        number,
                    ),
                )
                return
        _insert(database, logged, blob.ljust(size, b"\0"))


def sealed(database: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Keep the rows that are worth overwriting, delete the others; in a transaction.

    Args:
        database: ``telemetry.db``.
        ids: Of the rows that are sealed now.
    """
    database.executemany(
        f"DELETE FROM journal WHERE id = ? AND (length(blob) > {_LARGEST}"
        f" OR length(blob) % {_STEP} != 0)",
        [(number,) for number in ids],
    )


class Writer:
    """Makes durable what a live log holds. There is one at a time for each log.

    Attributes:
        live: The log.
        end: Last seq that is durable.
        total: Readings written so far.
    """

    def __init__(self, database: sqlite3.Connection, live: Live) -> None:
        self._database = database
        self.live = live
        self._signals = -1
        self._spent: _Spent | None = None
        self.end = end(database, live.epoch)
        self.total = 0

    def catch_up(self) -> None:
        """Write all that is new; each piece is a commit, with the signals it needs."""
        while True:
            found = self.live.after(self.end, _PIECE)
            if found is None:
                self._skip()
                continue
            if not len(found):
                return
            self._write(found)
            self.end = int(found.seq[-1])
            self.total += len(found)

    def sealed(self) -> None:
        """Notice that rows were sealed, and may be overwritten."""
        self._spent = None

    def _write(self, found: Logged) -> None:
        revision = int(self.live.noted("signals") or 0)
        spent, self._spent = self._spent or _Spent(self._database), None
        with transaction(self._database):
            if revision != self._signals:
                save_signals(self._database, self.live)
            spent.write(self._database, found)
        self._signals, self._spent = revision, spent  # not after an error

    def _skip(self) -> None:
        first = self.live.first()
        log.error(
            "readings are missing in the live log",
            extra={"epoch": self.live.epoch, "after": self.end, "before": first},
        )
        self.end = first - 1


def save_signals(database: sqlite3.Connection, live: Live) -> None:
    """Write the signals of a live log that are not in ``telemetry.db`` as they are."""
    held = set(database.execute("SELECT id, name, twin, unit, title FROM signal"))
    rows = live.read("SELECT id, name, twin, unit, title FROM signal")
    database.executemany(
        "INSERT OR REPLACE INTO signal (id, name, twin, unit, title)"
        " VALUES (?, ?, ?, ?, ?)",
        [row for row in rows if row not in held],
    )


def end(database: sqlite3.Connection, epoch: int) -> int:
    """Return the last seq of an epoch that is durable; 0: none."""
    row = database.execute("SELECT sealed FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
    (last,) = database.execute(
        "SELECT coalesce(max(seq0 + n - 1), 0) FROM journal WHERE epoch = ?", (epoch,)
    ).fetchone()
    return max(int(last), int(row[0]) if row else 0)


def parts(
    database: sqlite3.Connection, epoch: int, after: int = 0, limit: int | None = None
) -> Iterator[Logged]:
    """Yield an epoch's journalled readings after a seq, row by row, in order.

    Args:
        database: Inside a read transaction.
        epoch: Whose readings.
        after: Readings up to this seq are left out; it is at least what is sealed.
        limit: End when this many readings were yielded, or a little more.

    Raises:
        CorruptError: A blob is damaged.
    """
    got = 0
    for seq0, n, blob in database.execute(
        "SELECT seq0, n, blob FROM journal WHERE epoch = ? AND seq0 + n > ? ORDER BY seq0",
        (epoch, after + 1),
    ):
        logged = unpack(epoch, seq0, n, blob)
        if seq0 <= after:
            keep = np.arange(after + 1 - seq0, n)
            logged = Logged(
                epoch=epoch, seq=logged.seq[keep], readings=logged.readings.take(keep)
            )
        yield logged
        got += len(logged)
        if limit is not None and got >= limit:
            return


def unpack(epoch: int, seq0: int, n: int, blob: bytes) -> Logged:
    """Return the readings of one row.

    Raises:
        CorruptError: The blob is damaged.
    """
    (t, signal, code), (value,) = columns.decode(blob, 3, 1)
    if len(t) != n:
        raise CorruptError(f"a journal row of {n} readings holds {len(t)}")
    return Logged(
        epoch=epoch,
        seq=np.arange(seq0, seq0 + n, dtype=np.int64),
        readings=Readings(
            signal=signal.astype(np.int32),
            observed_at=t,
            value=value,
            code=code.astype(np.uint16),
        ),
    )
