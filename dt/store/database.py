"""One small SQLite file that many threads and processes share, opened carefully.

Every commit is on the disk when it returns (``synchronous=FULL``). Errors of SQLite
become errors of the product, so that callers never name SQLite.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from dt.errors import CorruptError, StoreBusyError, StoreError, StoreFullError
from dt.store.migrations import Schema, bring_up_to_date
from dt.store.ownership import make_file

_MODE = 0o660
_BUSY_S = 5.0
_T = TypeVar("_T")

Value = str | int | float | bytes | None


class Database:
    """An open file. All methods may be called from any thread.

    Args:
        path: The file; made if it does not exist, readable by owner and group only.
        schema: What the file must look like; an older file is migrated.

    Raises:
        CorruptError: It is not a database, or damaged.
        SchemaError: A newer version of this program wrote it.
        StoreError: It cannot be opened.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        self.path = path
        self._lock = threading.RLock()
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            make_file(path, _MODE)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            with ExitStack() as stack:
                stack.callback(self._connection.close)
                self._prepare(schema)
                stack.pop_all()

    def _prepare(self, schema: Schema) -> None:
        run = self._connection.execute
        run("PRAGMA mmap_size=0")  # a full disk must be an error, not a SIGBUS
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run("PRAGMA foreign_keys=ON")
        run("PRAGMA cache_size=-512")
        run("PRAGMA journal_size_limit=1000000")
        bring_up_to_date(self._connection, schema, self.path)

    def close(self) -> None:
        """Close the file; again does nothing."""
        with self._lock:
            self._connection.close()

    def all(self, sql: str, *values: Value) -> list[tuple[Any, ...]]:
        """Return all rows that a query finds."""
        with self._lock, translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Value) -> tuple[Any, ...] | None:
        """Return the first row that a query finds."""
        with self._lock, translated(self.path):
            row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
            return row

    def structs(
        self, kind: type[_T], sql: str, *values: Value, json: Sequence[str] = ()
    ) -> list[_T]:
        """Return a query's rows as structs whose fields are named as its columns.

        Args:
            kind: The struct.
            sql: The query.
            values: Bound to its ``?``.
            json: Columns that hold JSON text.
        """
        with self._lock, translated(self.path):
            cursor = self._connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
        for row in rows:
            for column in json:
                row[column] = msgspec.json.decode(row[column])
        return [msgspec.convert(row, kind, strict=False) for row in rows]

    @contextmanager
    def transaction(self) -> Iterator["Database"]:
        """Run what is inside as one transaction; inside another one, join it."""
        with self._lock:
            if self._connection.in_transaction:
                yield self
                return
            with self._committed():
                yield self

    @contextmanager
    def _committed(self) -> Iterator[None]:
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        finally:
            if self._connection.in_transaction:
                self.run("ROLLBACK")

    def run(self, sql: str, *values: Value) -> int:
        """Change rows; return how many, in a transaction of its own if in none."""
        with self._lock, translated(self.path):
            return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, *values: Value) -> int:
        """Insert one row and return its id."""
        with self._lock, translated(self.path):
            return self._connection.execute(sql, values).lastrowid or 0

    def version(self) -> int:
        """Return a number that moves when another process commits."""
        row = self.one("PRAGMA data_version")
        return int(row[0]) if row else 0


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into the product's.

    Raises:
        StoreBusyError: Another process held the lock too long.
        StoreFullError: The disk is full.
        CorruptError: The bytes are damaged.
        StoreError: Anything else.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _error(path, error) from error
    except UnicodeDecodeError as error:  # SQLite quotes damaged bytes in its messages
        raise CorruptError(f"{path.name} is damaged: {error}") from error
    except OSError as error:
        raise StoreError(f"cannot use {str(path)!r}: {error.strerror}") from error


def _error(path: Path, error: sqlite3.Error) -> StoreError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusyError(
            f"{path.name} is held by another process for more than {_BUSY_S:g} s",
            hint="try again",
        )
    if name.startswith("SQLITE_FULL"):
        return StoreFullError(
            f"no room to write {path.name}: {error}",
            hint="free some disk space; the budget is store.budget",
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return CorruptError(
            f"{path.name} is damaged: {error}",
            hint="restore a backup: dt restore FILE",
        )
    return StoreError(f"{path.name}: {error}")


def json_of(value: object) -> str:
    """Return a value as JSON text with sorted keys, for a column."""
    return msgspec.json.encode(value, order="deterministic").decode()
