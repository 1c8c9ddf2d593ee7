"""One small SQLite file that many threads and processes share, opened carefully.

Every commit is on the disk when it returns (``synchronous=FULL``). Errors of SQLite
become errors of the product, so that callers never name SQLite.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from dt.errors import CorruptError, StoreBusyError, StoreError, StoreFullError
from dt.store.migrations import Schema, bring_up_to_date
from dt.store.ownership import make_file

MODE = 0o660
_BUSY_S = 5.0

log = logging.getLogger(__name__)
_T = TypeVar("_T")

Value = str | int | float | bytes | None


class Database:
    """An open file. All methods may be called from any thread.

    Args:
        path: The file; made if it does not exist, readable by owner and group only.
        schema: What the file must look like; an older file is migrated.
        doubted: Called after an operation found damage; it may put another file in the
            place of this one, which is used from then on, as by any other process.

    Raises:
        CorruptError: It is not a database, or damaged.
        SchemaError: A newer version of this program wrote it.
        StoreError: It cannot be opened.
    """

    def __init__(
        self, path: Path, schema: Schema, doubted: Callable[[], None] | None = None
    ) -> None:
        self.path = path
        self._schema = schema
        self._doubted = doubted
        self._lock = threading.RLock()
        self._files = 0
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            make_file(path, MODE)
            self._connection, self._inode = self._opened()

    def _opened(self) -> tuple[sqlite3.Connection, int]:
        inode = self.path.stat().st_ino
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        with ExitStack() as stack:
            stack.callback(connection.close)
            self._prepare(connection)
            stack.pop_all()
        return connection, inode

    def _prepare(self, connection: sqlite3.Connection) -> None:
        run = connection.execute
        run("PRAGMA mmap_size=0")  # a full disk must be an error, not a SIGBUS
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run("PRAGMA foreign_keys=ON")
        run("PRAGMA cache_size=-512")
        run("PRAGMA journal_size_limit=1000000")
        bring_up_to_date(connection, self._schema, self.path)

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to the file that has the name now."""
        with self._lock:
            outside = True
            try:
                with translated(self.path):
                    outside = not self._connection.in_transaction
                    if outside:
                        self._follow()
                    yield self._connection
            except CorruptError:
                if outside and not self._connection.in_transaction:
                    self._doubt()
                raise

    def _follow(self) -> None:
        try:
            inode = self.path.stat().st_ino
        except FileNotFoundError:
            return
        if inode != self._inode:
            before = self._connection
            self._connection, self._inode = self._opened()
            self._files += 1
            before.close()

    def _doubt(self) -> None:
        if self._doubted is None:
            return
        try:
            self._doubted()
        except StoreError as error:
            facts = {"file": self.path.name, "error": error.message}
            log.warning("file cannot be mended", extra=facts)

    def close(self) -> None:
        """Close the file; again does nothing."""
        with self._lock:
            self._connection.close()

    def all(self, sql: str, *values: Value) -> list[tuple[Any, ...]]:
        """Return all rows that a query finds."""
        with self._use() as connection:
            return connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Value) -> tuple[Any, ...] | None:
        """Return the first row that a query finds."""
        with self._use() as connection:
            row: tuple[Any, ...] | None = connection.execute(sql, values).fetchone()
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

        Raises:
            CorruptError: A row does not fit the struct.
        """
        with self._use() as connection:
            cursor = connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
            try:
                for row in rows:
                    for column in json:
                        row[column] = msgspec.json.decode(row[column])
                return [msgspec.convert(row, kind, strict=False) for row in rows]
            except msgspec.DecodeError as error:
                raise _damaged(self.path, error) from error

    @contextmanager
    def transaction(self) -> Iterator["Database"]:
        """Run what is inside as one transaction; inside another one, join it."""
        with self._lock:
            if self._connection.in_transaction:
                yield self
                return
            try:
                with self._committed():
                    yield self
            except CorruptError:
                self._doubt()
                raise

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
        with self._use() as connection:
            return connection.execute(sql, values).rowcount

    def insert(self, sql: str, *values: Value) -> int:
        """Insert one row and return its id."""
        with self._use() as connection:
            return connection.execute(sql, values).lastrowid or 0

    def version(self) -> int:
        """Return a number that moves when another process commits."""
        row = self.one("PRAGMA data_version")
        return (int(row[0]) if row else 0) + (self._files << 32)


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
    damaged = name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
    if damaged or "decode to UTF-8" in str(error):
        return _damaged(path, error)
    return StoreError(f"{path.name}: {error}")


def _damaged(path: Path, error: Exception) -> CorruptError:
    return CorruptError(
        f"{path.name} is damaged: {error}",
        hint="it is mended by itself; else restore a backup: dt restore FILE",
    )


def json_of(value: object) -> str:
    """Return a value as JSON text with sorted keys, for a column."""
    return msgspec.json.encode(value, order="deterministic").decode()
