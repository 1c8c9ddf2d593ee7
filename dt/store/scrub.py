"""All that is stored is read again, slowly, so that damage is found before it is needed.

Flash forgets. A chunk or block that does not fit its checksum is moved to the table
``damaged``, its range is declared as a hole, and queries work again.
"""

import logging
import sqlite3

from dt.clock import Clock
from dt.config import Config
from dt.errors import CorruptError
from dt.store import epochs, reroll, rows, sheds
from dt.store.appliance import Appliance
from dt.store.events import Event, Severity
from dt.store.holdings import KINDS, Holding
from dt.store.paths import Paths
from dt.store.resolution import LEVELS
from dt.store.sqlite import transaction, translated

log = logging.getLogger(__name__)

REASON = "damaged"
_TABLES = ("chunk", "rollup")
_FEW = 10
_ROUND_S = 86_400.0


class Scrub:
    """Reads ten rows at each call, and begins a new round once a day.

    Args:
        config: Where the store is.
        clock: Notes when damage was found.
        appliance: Where the event is kept.
    """

    def __init__(self, config: Config, clock: Clock, appliance: Appliance) -> None:
        self._path = Paths.of(config).telemetry
        self._clock = clock
        self._appliance = appliance
        self._database: sqlite3.Connection | None = None
        self._inode = 0
        self._after = dict.fromkeys(_TABLES, 0)
        self._next = 0.0

    def __call__(self, now: float) -> None:
        """Check the next rows: the keeper's chore.

        Raises:
            CorruptError: The file itself is damaged, not only a row.
        """
        if now < self._next:
            return
        database = self._open()
        with translated(self._path):
            found = [self._some(database, table) for table in _TABLES]
            if not any(found):
                self._after = dict.fromkeys(_TABLES, 0)
                self._next = now + _ROUND_S

    def everything(self) -> None:
        """Check all rows now."""
        self._next = 0.0
        while self._next == 0.0:
            self(0.0)

    def close(self) -> None:
        """Close the file; again does nothing."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> sqlite3.Connection:
        if self._database is None or self._inode != self._path.stat().st_ino:
            self.close()
            self._database = epochs.open_telemetry(self._path)
            self._inode = self._path.stat().st_ino
        return self._database

    def _some(self, database: sqlite3.Connection, table: str) -> bool:
        found = database.execute(
            f"SELECT {rows.COLUMNS[table]} FROM {table} WHERE id > ? ORDER BY id LIMIT ?",
            (self._after[table], _FEW),
        ).fetchall()
        for row in found:
            self._after[table] = row[0]
            try:
                rows.check(table, row)
            except CorruptError as error:
                self._set_aside(database, table, row, error.message)
        return bool(found)

    def _set_aside(
        self, database: sqlite3.Connection, table: str, row: rows.Row, why: str
    ) -> None:
        named = dict(zip(rows.COLUMNS[table].split(", "), row, strict=True))
        hole = _hole(table, named)
        what = f"{table} {row[0]} of signal {named['signal']}: {why}"
        with transaction(database):
            database.execute(
                "INSERT INTO damaged (at, what, blob) VALUES (?, ?, ?)",
                (self._clock.now_ms(), what, named["blob"]),
            )
            database.execute(f"DELETE FROM {table} WHERE id = ?", (row[0],))
            if hole is not None and not _written_anew(database, table, named):
                sheds.record(database, [hole], REASON, self._clock.now_ms())
        log.error("stored readings are damaged", extra={"row": what})
        self._appliance.events.add(
            Event(
                kind="HistoryDamaged",
                severity=Severity.WARNING,
                source="store",
                text=f"stored readings do not fit their checksum: {what}",
            )
        )


def _written_anew(database: sqlite3.Connection, table: str, row: dict[str, int]) -> bool:
    """Write a roll-up again from what is left; tell whether all of it could be."""
    if table != "rollup":
        return False
    level = row["level"]
    span = row["t_min"], row["t_max"] + LEVELS[level]
    reroll.signal(database, row["signal"], *span)
    return reroll.is_whole(database, row["signal"], level, span, row["n"])


def _hole(table: str, row: dict[str, int]) -> Holding | None:
    where = f"level={row.get('level')} AND tier={row.get('tier')}"
    if table == "chunk":
        where = f"rolled={row['rolled']} AND unsynced=0"
    for kind in KINDS:
        if (kind.table, kind.where) == (table, where):
            span = (row["t_min"], row["t_max"] + kind.reach)
            return Holding(kind, row["id"], row["signal"], *span, row["n"], 0)
    return None
