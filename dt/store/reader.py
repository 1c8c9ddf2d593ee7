"""A consistent view of all layers at one moment: sealed, journalled and live."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dt.errors import StoreBusyError
from dt.store import blocks, chunks, epochs, rollups
from dt.store.blocks import PLACES
from dt.store.cache import Cache
from dt.store.chunks import Chunk, Rows
from dt.store.head import Head
from dt.store.live import Live
from dt.store.newest import Newest
from dt.store.resolution import LEVELS
from dt.store.rollups import Buckets
from dt.store.sqlite import translated
from dt.twin.readings import Ints

_CACHE_BYTES = 8_000_000
_TRIES = 5
_SOME = 64
_FAR = 2**63 - 1


class Reader:
    """Reads the layers of one log; one thread at a time, the others wait.

    Args:
        path: Of ``telemetry.db``, for errors.
        database: The open file.
    """

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self._path = path
        self._database = database
        self._inode = path.stat().st_ino
        self._lock = threading.RLock()
        self.head = Head()
        self.newest = Newest()
        self.cache = Cache(_CACHE_BYTES)
        self.totals: list[Any] = [None, None]

    def close(self) -> None:
        """Close the file; again does nothing."""
        with self._lock:
            self._database.close()

    @contextmanager
    def idle(self) -> Iterator[sqlite3.Connection]:
        """Give ``telemetry.db`` outside of any transaction."""
        with self._lock, translated(self._path):
            self._follow()
            yield self._database

    @contextmanager
    def stored(self) -> Iterator[sqlite3.Connection]:
        """Give ``telemetry.db`` as it is now, for reading."""
        with self._lock, translated(self._path):
            self._follow()
            self._database.execute("BEGIN")
            try:
                yield self._database
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    def _follow(self) -> None:
        """Open what stands in the place of the file, if that was set aside."""
        if not self._path.exists():
            return
        inode = self._path.stat().st_ino
        if inode != self._inode:
            database = epochs.open_telemetry(self._path)
            self._database.close()
            self._database, self._inode = database, inode
            self.head, self.newest = Head(), Newest()
            self.cache = Cache(_CACHE_BYTES)
            self.totals[0] = None

    @contextmanager
    def view(self, live: Live) -> Iterator["View"]:
        """Give all layers as they are now.

        Raises:
            StoreBusyError: The live log moved on too fast, several times.
        """
        for attempt in range(_TRIES):
            with self.stored() as database:
                try:
                    unseen = self.head.refresh(database, live)
                except StoreBusyError:
                    if attempt == _TRIES - 1:
                        raise
                    continue
                if unseen:
                    self.newest.clear()
                    self.newest.notice(self.head.parts())
                self.newest.notice(self.head.new())
                yield View(database, self)
                return


class View:
    """One moment of the log. Valid inside `Reader.view` only."""

    def __init__(self, database: sqlite3.Connection, reader: Reader) -> None:
        self.database = database
        self.newest = reader.newest
        self._cache = reader.cache
        self._totals = reader.totals
        self._epoch, self._seq, self._readings = reader.head.rows()
        self.shown = shown(database)

    def totals(self) -> tuple[int, int, int | None, int | None, int, int]:
        """Return chunks, readings in them, first and last time; blocks, buckets in them.

        Counted anew when rows came or the first or last ones went.
        """
        run = self.database.execute
        key = run(
            "SELECT max(seq) FROM sqlite_sequence UNION ALL SELECT max(id) FROM rollup"
            " UNION ALL SELECT min(id) FROM chunk UNION ALL SELECT max(id) FROM chunk"
        ).fetchall()
        if self._totals[0] != key:
            of_chunks = (
                "SELECT count(*), coalesce(sum(n), 0), min(t_min), max(t_max) FROM chunk"
            )
            of_blocks = "SELECT count(*), coalesce(sum(n), 0) FROM rollup"
            counted = (*run(of_chunks).fetchone(), *run(of_blocks).fetchone())
            self._totals[:] = [key, counted]
        found: tuple[int, int, int | None, int | None, int, int] = self._totals[1]
        return found

    def times(self) -> tuple[int, ...]:
        """Return the first and the last time of the unsealed readings, if any, UTC ms."""
        t = self._readings.observed_at
        return (int(t.min()), int(t.max())) if len(t) else ()

    def head(self, signal: int, start: int, end: int) -> tuple[Rows, Ints]:
        """Return a signal's unsealed readings in [start, end), and their epochs."""
        r = self._readings
        rows = np.flatnonzero(
            (r.signal == signal) & (r.observed_at >= start) & (r.observed_at < end)
        )
        found = Rows(
            seq=self._seq[rows],
            t=r.observed_at[rows],
            value=r.value[rows],
            code=r.code[rows],
        )
        return found, self._epoch[rows]

    def chunks(self, signal: int, start: int, end: int, above: int = -1) -> Iterator[Chunk]:
        """Yield the chunks of a signal that touch [start, end), with right times.

        Args:
            signal: Its id.
            start: UTC ms, included.
            end: UTC ms, not included.
            above: Leave out what roll-ups up to this level represent.
        """
        for rolled in range(above + 1, chunks.UNROLLED + 1):
            for row in self.database.execute(
                f"SELECT {chunks.COLUMNS} FROM chunk WHERE signal = ? AND unsynced = 0"
                f" AND rolled = ? AND t_max >= ? AND t_min < ?{self.shown}",
                (signal, rolled, start, end),
            ):
                yield chunks.of(row)
        for *row, shift in self.database.execute(
            f"SELECT {chunks.COLUMNS}, shift_ms FROM chunk JOIN epoch USING (epoch)"
            f" WHERE signal = ? AND unsynced = 1{self.shown}",
            (signal,),
        ).fetchall():
            found = chunks.of(
                (*row[:5], row[5] + (shift or 0), row[6] + (shift or 0), row[7])
            )
            if found.t_max >= start and found.t_min < end:
                yield found

    def rows(self, chunk: Chunk) -> Rows:
        """Return the readings of a chunk, in order of arrival, with right times.

        Raises:
            CorruptError: It is damaged.
        """
        rows = self._cache.get(
            Rows, ("chunk", chunk.id), lambda: self._load(chunk), 26 * chunk.n
        )
        if chunk.unsynced:
            shift = self.database.execute(
                "SELECT shift_ms FROM epoch WHERE epoch = ?", (chunk.epoch,)
            ).fetchone()[0]
            if shift is not None:
                return chunks.right(rows, shift)
        return rows

    def buckets(self, signal: int, level: int, start: int, end: int) -> list[Buckets]:
        """Return the roll-ups that represent a level, touching [start, end).

        They may be finer than the level, may overlap and may reach beyond the range.

        Raises:
            CorruptError: A block is damaged.
        """
        found = []
        for of_level, tier in PLACES[level]:
            rows = self.database.execute(
                "SELECT id, n, blob FROM rollup WHERE tier = ? AND level = ? AND signal = ?"
                f" AND t_max > ? AND t_min < ?{self.shown}",
                (tier, of_level, signal, start - LEVELS[of_level], end),
            ).fetchall()
            if tier == 0:
                found.append(blocks.unrecord([row[2] for row in rows]))
                continue
            for number, n, blob in rows:
                found.append(
                    self._cache.get(
                        Buckets,
                        ("rollup", number),
                        lambda blob=blob, level=of_level: blocks.unpack(blob, level),  # type: ignore[misc]
                        64 * n,
                    )
                )
        return found

    def oldest(self, signal: int) -> list[int]:
        """Return since when a signal is there: as readings, and in each roll-up, UTC ms.

        Where nothing is there it is the far future. Shape: 1 + number of levels.
        """
        run = self.database.execute
        since = [_FAR] * (1 + len(LEVELS))
        for rolled in range(chunks.UNROLLED + 1):
            row = run(
                "SELECT t_min FROM chunk WHERE signal = ? AND unsynced = 0 AND rolled = ?"
                f"{self.shown} ORDER BY t_max LIMIT 1",
                (signal, rolled),
            ).fetchone()
            for index in range(rolled + 1 if row else 0):
                since[index] = min(since[index], row[0])
        for level, places in enumerate(PLACES):
            for of_level, tier in places:
                row = run(
                    "SELECT min(t_min) FROM (SELECT t_min FROM rollup"
                    f" WHERE tier = ? AND level = ? AND signal = ?{self.shown}"
                    f" ORDER BY t_max LIMIT {_SOME})",
                    (tier, of_level, signal),
                ).fetchone()
                if row[0] is not None:
                    since[1 + level] = min(since[1 + level], row[0])
        return since

    def _load(self, chunk: Chunk) -> Rows:
        (blob,) = self.database.execute(
            "SELECT blob FROM chunk WHERE id = ?", (chunk.id,)
        ).fetchone()
        return chunks.unpack(blob, chunk.n)


def shown(database: sqlite3.Connection) -> str:
    """Return what hides rows of unfinished imports, to add to an SQL condition."""
    rows = database.execute("SELECT epoch FROM epoch WHERE kind = 'importing'").fetchall()
    hidden = ", ".join(str(row[0]) for row in rows)
    return f" AND epoch NOT IN ({hidden})" if hidden else ""


def joined(parts: list[Buckets], width: int, start: int, end: int) -> Buckets:
    """Return one set of buckets of a width, those that begin in [start, end)."""
    found = rollups.join(parts, width)
    first, last = np.searchsorted(found.t, (start, end))
    return rollups.cut(found, int(first), int(last))
