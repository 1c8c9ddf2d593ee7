"""Reading what can be read out of a damaged ``telemetry.db``, row by row."""

import logging
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dt.errors import CorruptError, StoreError
from dt.store import rows, sqlite
from dt.store.rows import COLUMNS, Row
from dt.store.sqlite import transaction

log = logging.getLogger(__name__)

_JOURNAL_TOP = 100_000
_PIECE = 500
_MOST_LOST = 10_000
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError, CorruptError)
"""SQLite quotes damaged bytes in its messages, which need not be UTF-8."""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of one table.

    Attributes:
        table: Its name.
        saved: Rows.
        lost: Rows that are damaged, or places where one may have been.
    """

    table: str
    saved: int
    lost: int


def copy(source: Path, target: sqlite3.Connection) -> list[Saved]:
    """Copy every row that is whole from a damaged file into a new one.

    Args:
        source: The damaged file; its schema is mended if it cannot be opened.
        target: A new ``telemetry.db``.

    Raises:
        StoreError: The new file cannot be written.
    """
    connection = _opened(source, target)
    if connection is None:
        return [Saved(table=table, saved=0, lost=1) for table in COLUMNS]
    try:
        found = [_table(connection, target, table) for table in COLUMNS]
        _numbers(connection, target)
    finally:
        connection.close()
    return found


def _opened(source: Path, target: sqlite3.Connection) -> sqlite3.Connection | None:
    for attempt in (False, True):
        if attempt:
            mend_schema(source, target)
        try:
            connection = sqlite.connect(source, ())
        except StoreError:
            continue
        connection.text_factory = rows.text
        try:
            for table in ("chunk", "rollup", "journal", "epoch", "signal"):
                connection.execute(f"SELECT 1 FROM {table} LIMIT 0")
        except UNREADABLE:
            connection.close()
            continue
        return connection
    return None


def mend_schema(source: Path, target: sqlite3.Connection) -> None:
    """Write the pages of a new file that say where each table begins over the damaged.

    They are the same in all files that were made at one version: the first page, and
    those that are the root of nothing, as the new file has no rows yet.
    Source: https://www.sqlite.org/fileformat2.html, sections 1.3 and 2.6.
    """
    target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (name,) = (row[2] for row in target.execute("PRAGMA database_list") if row[1] == "main")
    (size,) = target.execute("PRAGMA page_size").fetchone()
    roots = {root for (root,) in target.execute("SELECT rootpage FROM sqlite_master")}
    pages = source.stat().st_size // size
    with Path(name).open("rb") as fresh, source.open("r+b") as file:
        for number in range(1, Path(name).stat().st_size // size + 1):
            page = bytearray(fresh.read(size))
            if number == 1:
                page[28:40] = struct.pack(">III", pages, 0, 0)  # no free pages
                page[92:96] = page[24:28]
            if number not in roots:
                file.seek((number - 1) * size)
                file.write(page)


def _table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> Saved:
    columns = COLUMNS[table]
    reader = Reader(source, table, columns)
    marks = ", ".join("?" * len(columns.split(",")))
    sql = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"
    saved = lost = 0
    piece: list[Row] = []
    for row in reader.rows():
        try:
            rows.check(table, row)
        except CorruptError as error:
            lost += 1
            log.warning("row is lost", extra={"table": table, "error": error.message})
            continue
        piece.append(row)
        saved += 1
        if len(piece) >= _PIECE:
            _write(target, sql, piece)
            piece = []
    _write(target, sql, piece)
    return Saved(table=table, saved=saved, lost=lost + reader.lost)


def _write(target: sqlite3.Connection, sql: str, piece: list[Row]) -> None:
    with transaction(target):
        target.executemany(sql, piece)


class Reader:
    """Reads a table by its key, a whole number; where a page is damaged, around it.

    Args:
        source: The damaged database.
        table: Its table.
        columns: To be read, with commas between them; the first is the key.

    Attributes:
        lost: Keys that could not be looked up.
    """

    def __init__(self, source: sqlite3.Connection, table: str, columns: str) -> None:
        self._source = source
        self._table = table
        self._columns = columns
        self._key = columns.split(",", maxsplit=1)[0]
        self.lost = 0

    def rows(self) -> Iterator[Row]:
        """Yield the rows that can be read; few of them are out of order."""
        ranges = [(1, self._top())]
        while ranges and self.lost < _MOST_LOST:
            low, high = ranges.pop()
            last = low - 1
            try:
                for row in self._between(low, high):
                    yield row
                    last = row[0]
            except UNREADABLE as error:
                if "no such table" in str(error):
                    return
                low = last + 1
                if low >= high:
                    self.lost += 1
                else:
                    middle = (low + high) // 2
                    ranges += [(middle + 1, high), (low, middle)]

    def _between(self, low: int, high: int) -> Iterator[Row]:
        sql = (
            f"SELECT {self._columns} FROM {self._table} NOT INDEXED"
            f" WHERE {self._key} BETWEEN ? AND ? ORDER BY {self._key}"
        )
        last = low - 1
        for row in self._source.execute(sql, (low, high)):
            if not last < row[0] <= high:
                raise CorruptError(f"rows of {self._table} are out of order")
            yield row
            last = row[0]

    def _top(self) -> int:
        """Return a key that no row exceeds."""
        tops = []
        for sql in (
            f"SELECT seq FROM sqlite_sequence WHERE name = '{self._table}'",
            f"SELECT max({self._key}) FROM {self._table} NOT INDEXED",
        ):
            try:
                row = self._source.execute(sql).fetchone()
            except UNREADABLE:
                continue
            if row and isinstance(row[0], int) and 0 < row[0] < 2**40:
                tops.append(row[0])
        return max(tops, default=_JOURNAL_TOP)


def _numbers(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """See to it that no number is given twice."""
    for table in ("epoch", "chunk", "rollup"):
        tops = [0]
        for database in (source, target):
            try:
                tops += [
                    seq
                    for (seq,) in database.execute(
                        "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)
                    )
                ]
            except UNREADABLE:
                continue
        (used,) = target.execute(
            "SELECT coalesce(max(epoch), 0) FROM"
            " (SELECT epoch FROM chunk UNION ALL SELECT epoch FROM journal)"
        ).fetchone()
        set_number(target, table, max(*tops, used if table == "epoch" else 0))


def set_number(database: sqlite3.Connection, table: str, last: int) -> None:
    """Make a table go on with the number after `last`."""
    with transaction(database):
        database.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        database.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, last))
