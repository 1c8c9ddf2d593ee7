"""An epoch is one life of the live log: how it begins, and how a log is attached.

The number and a random 64-bit incarnation are on the disk before the first reading,
so a power cut can never give one ``(epoch, seq)`` to two readings.
"""

import fcntl
import logging
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dt.clock import Clock
from dt.errors import StoreError
from dt.store import sqlite
from dt.store.live import Live
from dt.store.migrations import bring_up_to_date
from dt.store.paths import Paths
from dt.store.schema import LIVE, TELEMETRY
from dt.store.sqlite import transaction, translated

log = logging.getLogger(__name__)

_DIR_MODE = 0o770


def open_telemetry(path: Path) -> sqlite3.Connection:
    """Open ``telemetry.db``; make or migrate it first if need be.

    Raises:
        CorruptError: It is damaged.
        SchemaError: A newer version of this program wrote it.
    """
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=sqlite.MODE)
    connection = sqlite.connect(path, sqlite.TELEMETRY)
    with translated(path):
        try:
            bring_up_to_date(connection, TELEMETRY, path)
        except BaseException:
            connection.close()
            raise
    return connection


def attach(paths: Paths, clock: Clock, telemetry: sqlite3.Connection) -> Live:
    """Return the live log of this boot; begin a new epoch if there is none."""
    with translated(paths.live):
        paths.live.parent.mkdir(parents=True, exist_ok=True, mode=_DIR_MODE)
    with _locked(paths.lock):
        live = _present(paths, clock)
        if live is None:
            _begin(paths, clock, telemetry)
            live = Live(paths.live)
    return live


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with translated(path):
        path.touch(mode=sqlite.MODE)
        held = path.open("rb")
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _present(paths: Paths, clock: Clock) -> Live | None:
    if not paths.live.exists():
        return None
    try:
        live = Live(paths.live)
    except (StoreError, KeyError, ValueError) as error:
        log.warning("live log is damaged", extra={"error": str(error)})
        _remove(paths.live)
        return None
    if live.boot == clock.boot_id():
        return live
    live.close()
    _remove(paths.live)
    return None


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def begin(telemetry: sqlite3.Connection, clock: Clock, kind: str) -> tuple[int, str, int]:
    """Write a new epoch to the disk; return its number, incarnation and clock offset."""
    incarnation = secrets.token_hex(8)
    now = clock.now_ms()
    offset = now - round(clock.monotonic() * 1000)
    with transaction(telemetry):
        cursor = telemetry.execute(
            "INSERT INTO epoch (incarnation, kind, boot, created, offset_ms)"
            " VALUES (?, ?, ?, ?, ?)",
            (incarnation, kind, clock.boot_id(), now, offset),
        )
    return cursor.lastrowid or 0, incarnation, offset


def _begin(paths: Paths, clock: Clock, telemetry: sqlite3.Connection) -> None:
    with translated(paths.telemetry):
        epoch, incarnation, offset = begin(telemetry, clock, "live")
        signals = telemetry.execute(
            "SELECT id, name, twin, unit, title FROM signal"
        ).fetchall()
    meta = {
        "epoch": epoch,
        "incarnation": incarnation,
        "boot": clock.boot_id(),
        "offset_ms": offset,
        "signals": 0,
    }
    with translated(paths.live):
        paths.live.touch()
        paths.live.chmod(sqlite.MODE)
        connection = sqlite.connect(paths.live, sqlite.LIVE)
        try:
            with transaction(connection):
                for statement in LIVE:
                    connection.execute(statement)
                connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
                connection.executemany(
                    "INSERT INTO signal VALUES (?, ?, ?, ?, ?, 0)", signals
                )
        finally:
            connection.close()
    log.info("epoch begins", extra={"epoch": epoch, "incarnation": incarnation})
