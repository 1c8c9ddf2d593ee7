"""Signals get small numbers, once, in the live log; the keeper makes them durable."""

import threading
from collections.abc import Sequence

from dt.store.live import Live
from dt.store.records import SignalRow

_COLUMNS = "id, name, twin, unit, title"


class Signals:
    """The signals of a live log, cached; all methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, SignalRow] = {}
        self._key: tuple[int, int] = (0, -1)

    def all(self, live: Live) -> dict[str, SignalRow]:
        """Return every signal by its full name; one small read when nothing changed."""
        with self._lock:
            revision = live.noted("signals")
            key = (live.epoch, int(revision or 0))
            if key != self._key:
                found = live.read(f"SELECT {_COLUMNS} FROM signal ORDER BY id")
                self._rows = {row.name: row for row in map(_row, found)}
                self._key = key
            return self._rows

    def register(self, live: Live, wanted: Sequence[SignalRow]) -> dict[str, int]:
        """Give each signal that is new a number, and note changed units and titles."""
        known = self.all(live)
        new = [row for row in wanted if not _same(known.get(row.name), row)]
        if new:
            _store(live, new)
            known = self.all(live)
        return {row.name: known[row.name].id for row in wanted}


def _same(known: SignalRow | None, row: SignalRow) -> bool:
    return known is not None and (known.twin, known.unit, known.title) == (
        row.twin,
        row.unit,
        row.title,
    )


def _row(columns: tuple[object, ...]) -> SignalRow:
    number, name, twin, unit, title = columns
    return SignalRow(
        id=int(str(number)),
        name=str(name),
        twin=str(twin),
        unit=str(unit),
        title=str(title),
    )


def _store(live: Live, rows: Sequence[SignalRow]) -> None:
    with live.transaction() as database:
        (revision,) = database.execute(
            "SELECT coalesce(max(value), 0) + 1 FROM meta WHERE name = 'signals'"
        ).fetchone()
        database.executemany(
            "INSERT INTO signal (name, twin, unit, title, revision) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET twin = excluded.twin, unit = excluded.unit,"
            " title = excluded.title, revision = excluded.revision",
            [(row.name, row.twin, row.unit, row.title, revision) for row in rows],
        )
        database.execute("INSERT OR REPLACE INTO meta VALUES ('signals', ?)", (revision,))
