"""Reading the log in order of arrival, from whichever layer still has it."""

import sqlite3
import threading
from dataclasses import dataclass

import numpy as np

from dt.store import chunks, clocks, journal
from dt.store.live import Live
from dt.store.reader import Reader
from dt.twin.quality import is_unsynced
from dt.twin.readings import Cursor, Ints, Logged, Readings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Readings that were decoded together: complete for one epoch after `after`."""

    after: int
    shift_ms: int | None
    logged: Logged


class Tail:
    """Reads any epoch by seq; any thread may call any method."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = threading.RLock()
        self._window: _Window | None = None

    def read(self, live: Live, after: Cursor, limit: int) -> list[Logged]:
        """Return up to `limit` readings of live epochs after a cursor, in order.

        Raises:
            CorruptError: What is needed is damaged.
        """
        found: list[Logged] = []
        left = limit
        for epoch, seq in self._epochs(after, live.epoch):
            while left > 0:
                part = self.epoch(epoch, seq, left)
                if not len(part):
                    break
                found.append(part)
                left -= len(part)
                seq = int(part.seq[-1])  # noqa: PLW2901 - how far we are in it
        if left > 0 and after.epoch <= live.epoch:
            found += self._live(live, after.seq if after.epoch == live.epoch else 0, left)
        return _by_epoch(found)

    def epoch(self, epoch: int, after: int, limit: int) -> Logged:
        """Return the next stored readings of an epoch of any kind, at most `limit`.

        It may be fewer, but none only if there are none. Readings that were given up
        are passed over.
        """
        with self._lock, self._reader.stored() as database:
            row = database.execute(
                "SELECT sealed, shift_ms FROM epoch"
                " WHERE epoch = ? AND kind != 'importing'",
                (epoch,),
            ).fetchone()
            if row is None:
                return _none(epoch)
            sealed, shift = row
            if after < sealed:
                part = self._chunks(database, epoch, after, limit, shift)
                if len(part):
                    return part
                after = sealed
            for part in journal.parts(database, epoch, after, limit):
                return _right(_first(part, limit), shift)
        return _none(epoch)

    def _live(self, live: Live, seq: int, limit: int) -> list[Logged]:
        found: list[Logged] = []
        while limit > 0:
            part = live.after(seq, limit)
            if part is None:  # pruned, so it is in the journal or in chunks
                part = self.epoch(live.epoch, seq, limit)
            elif is_unsynced(part.readings.code).any():
                with self._reader.stored() as database:
                    part = _right(part, _shift(database, live.epoch))
            if not len(part):
                break
            found.append(part)
            seq, limit = int(part.seq[-1]), limit - len(part)
        return found

    def _epochs(self, after: Cursor, before: int) -> list[tuple[int, int]]:
        if after.epoch >= before:
            return []
        with self._reader.stored() as database:
            rows = database.execute(
                "SELECT epoch FROM epoch WHERE epoch >= ? AND epoch < ? AND kind = 'live'"
                " ORDER BY epoch",
                (after.epoch, before),
            ).fetchall()
        return [(epoch, after.seq if epoch == after.epoch else 0) for (epoch,) in rows]

    def _chunks(
        self,
        database: sqlite3.Connection,
        epoch: int,
        after: int,
        limit: int,
        shift: int | None,
    ) -> Logged:
        window = self._window
        if (
            window is None
            or window.logged.epoch != epoch
            or window.shift_ms != shift
            or not window.after <= after < int(window.logged.seq[-1])
        ):
            logged = _load(database, epoch, after, limit, shift)
            if not len(logged):
                self._window = None
                return logged
            window = _Window(after=after, shift_ms=shift, logged=logged)
        start = int(np.searchsorted(window.logged.seq, after, "right"))
        part = _cut(window.logged, start, start + limit)
        used_up = start + limit >= len(window.logged)
        self._window = None if used_up else window
        return part


def _load(
    database: sqlite3.Connection, epoch: int, after: int, limit: int, shift: int | None
) -> Logged:
    """Return what the next chunks hold after a seq, as far as it is complete."""
    (first,) = database.execute(
        "SELECT min(seq_min) FROM chunk WHERE epoch = ? AND seq_max > ?", (epoch, after)
    ).fetchone()
    if first is None:
        return _none(epoch)
    reach = max(after, first - 1) + limit
    found = database.execute(
        "SELECT signal, n, blob FROM chunk"
        " WHERE epoch = ? AND seq_max > ? AND seq_min <= ?",
        (epoch, after, reach),
    ).fetchall()
    (beyond,) = database.execute(
        "SELECT min(seq_min) FROM chunk WHERE epoch = ? AND seq_max > ? AND seq_min > ?",
        (epoch, after, reach),
    ).fetchone()
    parts = [(signal, chunks.unpack(blob, n)) for signal, n, blob in found]
    seq = np.concatenate([rows.seq for _, rows in parts])
    readings = Readings.join([rows.readings(signal) for signal, rows in parts])
    order: Ints = np.argsort(seq, kind="stable")
    low = int(np.searchsorted(seq[order], after, "right"))
    high = len(seq) if beyond is None else int(np.searchsorted(seq[order], beyond))
    order = order[low:high]
    return _right(Logged(epoch=epoch, seq=seq[order], readings=readings.take(order)), shift)


def _shift(database: sqlite3.Connection, epoch: int) -> int | None:
    row = database.execute(
        "SELECT shift_ms FROM epoch WHERE epoch = ?", (epoch,)
    ).fetchone()
    return row[0] if row else None


def _right(part: Logged, shift: int | None) -> Logged:
    readings = clocks.repaired(part.readings, shift)
    return Logged(epoch=part.epoch, seq=part.seq, readings=readings)


def _first(part: Logged, limit: int) -> Logged:
    return part if len(part) <= limit else _cut(part, 0, limit)


def _cut(part: Logged, start: int, stop: int) -> Logged:
    rows: Ints = np.arange(start, min(stop, len(part)))
    return Logged(epoch=part.epoch, seq=part.seq[rows], readings=part.readings.take(rows))


def _none(epoch: int) -> Logged:
    return Logged(epoch=epoch, seq=np.empty(0, np.int64), readings=Readings())


def _by_epoch(parts: list[Logged]) -> list[Logged]:
    found: list[Logged] = []
    for part in parts:
        if found and found[-1].epoch == part.epoch:
            found[-1] = Logged(
                epoch=part.epoch,
                seq=np.concatenate([found[-1].seq, part.seq]),
                readings=Readings.join([found[-1].readings, part.readings]),
            )
        else:
            found.append(part)
    return found
