"""Whether a database file is damaged, and how one that is gets out of the way.

A damaged file stays, as ``<name>.damaged-<UTC>``, for those who want to look.
"""

import os
import sqlite3
import time
from pathlib import Path

from dt.clock import Clock
from dt.errors import StoreError
from dt.store import sqlite
from dt.times import iso_text

CHECK_S = 1.0
_STEPS = 10_000
_ENDS = ("", "-wal", "-shm")


def found(path: Path, within_s: float = CHECK_S, check: str = "quick_check") -> str:
    """Return what is wrong with a database file, or nothing.

    Args:
        path: Of the file; one that does not exist is not damaged.
        within_s: After this many seconds a large file is believed to be good.
        check: ``quick_check``, or ``integrity_check``: the indices too.
    """
    if not path.exists():
        return ""
    if not path.stat().st_size and path.with_name(f"{path.name}-wal").exists():
        return "the file is empty, its write-ahead log is not"
    try:
        connection = sqlite.connect(path, ())
    except StoreError as error:
        return error.message if error.code == "store.corrupt" else ""
    try:
        return _checked(connection, time.monotonic() + within_s, check)
    finally:
        connection.close()


def _checked(connection: sqlite3.Connection, end: float, check: str) -> str:
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
    try:
        (said,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
    except UnicodeDecodeError:  # SQLite quotes damaged bytes in its messages
        return "the schema is damaged"
    except sqlite3.OperationalError as error:
        return "" if time.monotonic() > end else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == "ok" else str(said).replace("\n", " ")


def names(path: Path) -> tuple[str, ...]:
    """Return the names of damaged files of a path that were set aside, newest first."""
    files = path.parent.glob(f"{path.name}.damaged-*")
    kept = [file.name for file in files if not file.name.endswith(("-wal", "-shm"))]
    return tuple(sorted(kept, reverse=True))


def replace(path: Path, fresh: Path, aside: Path) -> None:
    """Put a whole file in the place of a damaged one, which gets the name `aside`.

    There is no moment without a file of this name. Whoever has the damaged one open
    goes on with it until they look again.

    Raises:
        OSError: A name cannot be given.
    """
    os.link(path, aside)
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists():  # else it would be taken for the new file's
        wal.rename(aside.with_name(f"{aside.name}-wal"))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    fresh.replace(path)


def free_name(path: Path, clock: Clock) -> Path:
    """Return a path for a damaged file that nothing has yet."""
    stamp = iso_text(clock.now_ms())[:19].replace(":", "").replace("-", "")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{count}")
    return aside


def remove(path: Path) -> None:
    """Remove a database with what SQLite keeps beside it; again does nothing."""
    for end in _ENDS:
        path.with_name(path.name + end).unlink(missing_ok=True)
