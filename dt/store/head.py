"""The head: what is not sealed yet, decoded once and kept up to date in each process."""

import sqlite3

import numpy as np

from dt.errors import StoreBusyError
from dt.store import clocks, journal
from dt.store.live import Live
from dt.twin.readings import Ints, Logged, Readings

_PIECE = 100_000
_JOIN_AT = 64


class Head:
    """The unsealed readings of all epochs. Used under its owner's lock."""

    def __init__(self) -> None:
        self._epoch = 0
        self._sealed: dict[int, int] = {}
        self._shifts: dict[int, int] = {}
        self._old: list[Logged] = []
        self._own: list[Logged] = []
        self._new: list[Logged] = []
        self._end = 0
        self._missed = False
        self._rows: tuple[Ints, Ints, Readings] | None = None

    def refresh(self, database: sqlite3.Connection, live: Live) -> bool:
        """Take in what is new; return whether `new` does not tell all that changed.

        So it is when clocks were repaired, or readings were sealed before they were
        seen here.

        Args:
            database: ``telemetry.db`` inside a read transaction.
            live: The live log, which is read after that transaction began: what was
                pruned from it since then is seen as a gap and not overlooked.

        Raises:
            StoreBusyError: The live log was pruned meanwhile: take a new snapshot.
            CorruptError: A journal row is damaged.
        """
        sealed, shifts = self._state(database, live)
        older = {epoch: end for epoch, end in sealed.items() if epoch != live.epoch}
        known = {epoch: end for epoch, end in self._sealed.items() if epoch != live.epoch}
        repaired = shifts != self._shifts
        moved = live.epoch != self._epoch or older != known
        self._missed |= repaired or moved or sealed.get(live.epoch, 0) > self._end
        if moved:
            if live.epoch != self._epoch:
                self._own, self._epoch = [], live.epoch
            self._old = [
                part
                for epoch, end in older.items()
                for part in journal.parts(database, epoch, end)
            ]
            self._new += self._old
        if sealed != self._sealed or repaired:
            self._rows = None
        self._shifts, self._sealed = shifts, sealed
        self._trim(sealed.get(live.epoch, 0))
        self._catch_up(database, live)
        missed, self._missed = self._missed, False
        return missed

    def new(self) -> list[Logged]:
        """Return what was taken in since the last call, with right times."""
        found = [self._right(part) for part in self._new]
        self._new = []
        return found

    def parts(self) -> list[Logged]:
        """Return all that is unsealed, with right times."""
        return [self._right(part) for part in (*self._old, *self._own)]

    def rows(self) -> tuple[Ints, Ints, Readings]:
        """Return (epoch, seq, readings) of all, by epoch and seq, with right times."""
        if self._rows is None:
            if len(self._own) > _JOIN_AT:
                self._own = [_joined(self._own)]
            parts = [*self._old, *self._own]
            epoch = seq = np.empty(0, np.int64)
            if parts:
                epoch = np.concatenate([np.full(len(p), p.epoch, np.int64) for p in parts])
                seq = np.concatenate([p.seq for p in parts])
            self._rows = epoch, seq, Readings.join([self._right(p).readings for p in parts])
        return self._rows

    def _state(
        self, database: sqlite3.Connection, live: Live
    ) -> tuple[dict[int, int], dict[int, int]]:
        """Return how far the epochs of the head are sealed, and their shifts."""
        epochs = {live.epoch, *self._sealed}
        if live.epoch != self._epoch:
            epochs |= _unsealed(database)
        marks = ", ".join(map(str, sorted(epochs)))
        found = database.execute(
            f"SELECT epoch, sealed, shift_ms FROM epoch WHERE epoch IN ({marks})"
        ).fetchall()
        sealed = {epoch: end for epoch, end, _ in found}
        return sealed, {epoch: shift for epoch, _, shift in found if shift is not None}

    def _trim(self, sealed: int) -> None:
        """Forget what is in chunks now."""
        if self._own and self._own[0].seq[0] <= sealed:
            later = [(part, np.flatnonzero(part.seq > sealed)) for part in self._own]
            self._own = [_take(part, rows) for part, rows in later if len(rows)]
        if not self._own:
            self._end = sealed

    def _catch_up(self, database: sqlite3.Connection, live: Live) -> None:
        from_journal = False
        while True:
            found = live.after(self._end, _PIECE)
            if found is not None:
                self._take_in(found)
                if len(found) < _PIECE:
                    return
            elif from_journal:
                raise StoreBusyError("the live log moves on too fast to be read")
            else:
                for part in journal.parts(database, live.epoch, self._end):
                    self._take_in(part)
                from_journal = True

    def _take_in(self, part: Logged) -> None:
        if len(part):
            self._own.append(part)
            self._new.append(part)
            self._end = int(part.seq[-1])
            self._rows = None

    def _right(self, part: Logged) -> Logged:
        readings = clocks.repaired(part.readings, self._shifts.get(part.epoch))
        return Logged(epoch=part.epoch, seq=part.seq, readings=readings)


def _unsealed(database: sqlite3.Connection) -> set[int]:
    """Return the epochs that have journalled readings which are not sealed."""
    rows = database.execute(f"SELECT DISTINCT journal.epoch FROM {journal.UNSEALED}")
    return {epoch for (epoch,) in rows}


def _take(part: Logged, chosen: Ints) -> Logged:
    return Logged(
        epoch=part.epoch, seq=part.seq[chosen], readings=part.readings.take(chosen)
    )


def _joined(parts: list[Logged]) -> Logged:
    return Logged(
        epoch=parts[0].epoch,
        seq=np.concatenate([part.seq for part in parts]),
        readings=Readings.join([part.readings for part in parts]),
    )
