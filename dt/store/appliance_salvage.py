"""Reading what can be read out of a damaged ``appliance.db``, table by table."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from dt.errors import StoreError
from dt.store import rows, salvage, sqlite, trusted_rows
from dt.store.database import Database
from dt.store.rows import Row
from dt.store.salvage import UNREADABLE, Reader, Saved
from dt.store.trusted_rows import Column

log = logging.getLogger(__name__)

_NEVER = ("session", "_sqlite_migrations")


def copy(source: Path, target: Database) -> list[Saved]:
    """Copy every row that is what its table holds; sessions never are.

    Args:
        source: A copy of the damaged file, whose schema is mended if it must be.
        target: A new file.
    """
    tables = tables_of(target)
    connection = _readable(source, target)
    if connection is None:
        return [Saved(table=table, saved=0, lost=1) for table in tables]
    with closing(connection), target.transaction():
        found = [_table(connection, target, table) for table in tables]
        _numbers(connection, target)
    return found


def first_wrong(path: Path, target: Database) -> str:
    """Return what is wrong with the first row that is not what its table holds."""
    with closing(sqlite.connect(path, ())) as source:
        source.text_factory = rows.text
        for table in tables_of(target):
            columns = trusted_rows.columns(target, table)
            names = ", ".join(column.name for column in columns)
            for row in source.execute(f"SELECT {names} FROM {table}"):
                if wrong := trusted_rows.wrong(table, columns, row):
                    return wrong
    return ""


def tables_of(file: Database) -> list[str]:
    """Return the names of the tables that are saved."""
    found = file.all(
        "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    )
    return [name for (name,) in found if name not in _NEVER]


def _readable(source: Path, target: Database) -> sqlite3.Connection | None:
    for attempt in (False, True):
        if attempt:
            with closing(sqlite.connect(target.path, ())) as fresh:
                salvage.mend_schema(source, fresh)
        try:
            connection = sqlite.connect(source, ())
        except StoreError:
            continue
        connection.text_factory = rows.text
        try:
            for table in ("user", "token", "setting"):
                connection.execute(f"SELECT 1 FROM {table} LIMIT 0")
        except UNREADABLE:
            connection.close()
            continue
        return connection
    return None


def _table(source: sqlite3.Connection, target: Database, table: str) -> Saved:
    held = _held(source, table)
    columns = [c for c in trusted_rows.columns(target, table) if c.name in held]
    if not columns:
        return Saved(table=table, saved=0, lost=0)  # an older file has none
    columns.sort(key=lambda column: not column.key)
    names = ", ".join(column.name for column in columns)
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT OR IGNORE INTO {table}({names}) VALUES({marks})"
    reader = _reader(source, table, columns, names)
    saved = lost = 0
    for row in reader.rows():
        wrong = trusted_rows.wrong(table, columns, row)
        if wrong:
            log.warning("row is lost", extra={"table": table, "error": wrong})
        put = 0 if wrong else target.run(sql, *row)
        saved, lost = saved + put, lost + 1 - put
    return Saved(table=table, saved=saved, lost=lost + reader.lost)


def _held(source: sqlite3.Connection, table: str) -> set[str]:
    try:
        return {name for _, name, *_ in source.execute(f"PRAGMA table_info({table})")}
    except UNREADABLE:
        return set()


def _reader(
    source: sqlite3.Connection, table: str, columns: list[Column], names: str
) -> "Reader | _Ends":
    keys = [column for column in columns if column.key]
    if len(keys) == 1 and keys[0].kind == "INTEGER":
        return Reader(source, table, names)
    return _Ends(source, table, names, [column.name for column in keys])


class _Ends:
    """Reads a table without row numbers from both ends, as far as it can be read.

    Attributes:
        lost: 1 if there is a place between them that cannot be read.
    """

    def __init__(
        self, source: sqlite3.Connection, table: str, names: str, keys: list[str]
    ) -> None:
        self._source = source
        self._table = table
        self._names = names
        self._keys = keys
        self.lost = 0

    def rows(self) -> Iterator[Row]:
        """Yield each row that is found, once."""
        seen: set[Row] = set()
        for direction in ("ASC", "DESC"):
            order = ", ".join(f"{key} {direction}" for key in self._keys)
            sql = f"SELECT {self._names} FROM {self._table} ORDER BY {order}"
            try:
                for row in self._source.execute(sql):
                    if row not in seen:
                        seen.add(row)
                        yield row
            except UNREADABLE:
                self.lost = 1
                continue
            return


def _numbers(source: sqlite3.Connection, target: Database) -> None:
    """See to it that no number is given twice."""
    try:
        given = source.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    except UNREADABLE:
        return
    for table, last in given:
        if table in tables_of(target) and isinstance(last, int) and 0 < last < 2**40:
            sql = "UPDATE sqlite_sequence SET seq=max(seq, ?) WHERE name=?"
            if not target.run(sql, last, table):
                target.run("INSERT INTO sqlite_sequence VALUES(?, ?)", table, last)
