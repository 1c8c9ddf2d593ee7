"""Files of older versions are brought up to date, step by step.

A file's version is its ``user_version``. Each step runs in one transaction together
with its record, so that a power cut leaves the file at the step before or after.
A new file is made at the newest version at once; sqlite-utils is only imported when
a step is due.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dt.errors import SchemaError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How a file of the version before becomes one of `version`.

    Attributes:
        version: What it leads to; 2 is the first, for 1 is what files began with.
        name: Recorded in the file; never changed.
        sql: Statements, run one by one.
        run: Work that SQL alone cannot do, run after `sql`.
    """

    version: int
    name: str
    sql: tuple[str, ...] = ()
    run: Callable[[sqlite3.Connection], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What a file must look like.

    Attributes:
        name: Of the set of steps, e.g. ``appliance``.
        sql: Statements that make a new file of the newest version.
        steps: From version 1 to the newest, in order.
    """

    name: str
    sql: tuple[str, ...]
    steps: tuple[Step, ...] = ()

    @property
    def version(self) -> int:
        """The newest version."""
        return self.steps[-1].version if self.steps else 1


def bring_up_to_date(connection: sqlite3.Connection, schema: Schema, path: Path) -> int:
    """Make or migrate an open file; return the version it had (0: it was new).

    Args:
        connection: In autocommit mode (``isolation_level=None``).
        schema: What the file must look like.
        path: Named in errors and logs.

    Raises:
        SchemaError: A newer version of this program wrote the file.
    """
    before = version_of(connection)
    if before > schema.version:
        raise SchemaError(
            f"{path.name} is of version {before}; this program knows {schema.version}",
            hint="install the newer program, or restore a backup made before it",
        )
    if before == 0:
        _make(connection, schema)
    elif before < schema.version:
        _migrate(connection, schema)
        log.info(
            "file migrated",
            extra={"file": path.name, "before": before, "now": schema.version},
        )
    return before


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of an open file; 0: it is new."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def committed(connection: sqlite3.Connection) -> Iterator[None]:
    """Run what is inside as one writing transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _make(connection: sqlite3.Connection, schema: Schema) -> None:
    with committed(connection):
        if version_of(connection):
            return  # another process was faster
        for statement in schema.sql:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={schema.version}")


def _migrate(connection: sqlite3.Connection, schema: Schema) -> None:
    from sqlite_utils import Database, Migrations  # noqa: PLC0415 - see the module

    database = Database(connection, execute_plugins=False, recursive_triggers=False)
    for step in schema.steps:
        with committed(connection):
            if version_of(connection) < step.version:
                one = Migrations(schema.name)
                one(name=step.name)(lambda _, step=step: _take(connection, step))
                one.apply(database)


def _take(connection: sqlite3.Connection, step: Step) -> None:
    for statement in step.sql:
        connection.execute(statement)
    if step.run is not None:
        step.run(connection)
    connection.execute(f"PRAGMA user_version={step.version}")
