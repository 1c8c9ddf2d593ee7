"""How the files of the log are opened, and what their errors mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dt.store.database import translated

__all__ = ["connect", "transaction", "translated"]

BUSY_S = 5.0
MODE = 0o660

# secure_delete: some builds overwrite deleted rows, which would write every byte twice.
# mmap_size: a full disk must be an error and not a SIGBUS.
_ALWAYS = (
    "PRAGMA mmap_size=0",
    "PRAGMA secure_delete=OFF",
    "PRAGMA temp_store=MEMORY",
)
LIVE = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-512")
TELEMETRY = (
    "PRAGMA page_size=1024",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA journal_size_limit=12000000",
    "PRAGMA cache_size=-2048",
)


def connect(path: Path, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    """Open a file in autocommit mode; any thread may use it, one at a time.

    The file must exist; its rights are the caller's business.

    Raises:
        CorruptError: It is not a database.
        StoreBusyError: It was locked for more than 5 s.
        StoreError: It cannot be opened.
    """
    with translated(path):
        connection = sqlite3.connect(
            f"file:{_quoted(path)}?mode=rw",
            uri=True,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.text_factory = _text
        try:
            for pragma in (*_ALWAYS, *pragmas):
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(
    connection: sqlite3.Connection, kind: str = "IMMEDIATE"
) -> Iterator[sqlite3.Connection]:
    """Run what is inside as one transaction; inside another one, join it.

    Args:
        connection: In autocommit mode.
        kind: ``IMMEDIATE`` to write, ``DEFERRED`` for a read snapshot.
    """
    if connection.in_transaction:
        yield connection
        return
    connection.execute(f"BEGIN {kind}")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # SQLite itself may have done so already
        connection.execute("ROLLBACK")


def _text(data: bytes) -> str:
    """Return text also where damage made text of a blob, for its reader to refuse."""
    return data.decode(errors="replace")


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
