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
from dt.errors import CorruptError
from dt.store import sqlite, whereabouts
from dt.store.journal import Writer
from dt.store.live import Live
from dt.store.migrations import bring_up_to_date
from dt.store.ownership import make_file, make_folder
from dt.store.paths import Paths
from dt.store.records import EpochRow
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
        make_file(path, sqlite.MODE)
    connection = sqlite.connect(path, sqlite.TELEMETRY)
    with translated(path):
        try:
            bring_up_to_date(connection, TELEMETRY, path)
        except BaseException:
            connection.close()
            raise
    return connection


def rows(database: sqlite3.Connection) -> list[EpochRow]:
    """Return every epoch, by number."""
    return [
        EpochRow(
            epoch=epoch,
            incarnation=incarnation,
            kind=kind,
            created=created,
            sealed=sealed,
            shift_ms=shift,
        )
        for epoch, incarnation, kind, created, sealed, shift in database.execute(
            "SELECT epoch, incarnation, kind, created, sealed, shift_ms FROM epoch"
            " WHERE kind != 'importing' ORDER BY epoch"
        )
    ]


def attach(paths: Paths, clock: Clock, telemetry: sqlite3.Connection) -> Live:
    """Return the live log of this boot; begin a new epoch if there is none."""
    whereabouts.follow(paths)
    with translated(paths.live):
        make_folder(paths.live.parent, _DIR_MODE, like=paths.telemetry.parent)
    with locked(paths.lock):
        live = _present(paths, clock, telemetry)
        if live is None:
            _begin(paths, clock, telemetry)
            live = Live(paths.live)
    whereabouts.follow(paths)
    return live


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock under which the log's files are made and replaced."""
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=_DIR_MODE)
        make_file(path, sqlite.MODE)
        held = path.open("rb")
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _present(paths: Paths, clock: Clock, telemetry: sqlite3.Connection) -> Live | None:
    """Return the live log that is there, unless it is damaged or of another boot."""
    if not paths.live.exists():
        return None
    try:
        live = Live(paths.live)
        with translated(paths.telemetry):
            known = _adopt(telemetry, live)
        if known and live.boot == clock.boot_id():
            return live
        if known:
            Writer(telemetry, live).catch_up()
        live.close()
    except (CorruptError, KeyError, ValueError) as error:
        log.warning("live log is damaged", extra={"error": str(error)})
    _remove(paths.live)
    return None


def _adopt(telemetry: sqlite3.Connection, live: Live) -> bool:
    """Make the epoch of a live log known to a ``telemetry.db`` that is new or older.

    Returns:
        False: that number is another epoch's there, so this log belongs elsewhere.
    """
    row = telemetry.execute(
        "SELECT incarnation FROM epoch WHERE epoch = ?", (live.epoch,)
    ).fetchone()
    if row is not None:
        if row[0] != live.incarnation:
            log.warning("live log belongs to another store", extra={"epoch": live.epoch})
        return bool(row[0] == live.incarnation)
    with transaction(telemetry):
        telemetry.execute(
            "INSERT INTO epoch (epoch, incarnation, kind, boot, created, offset_ms, sealed)"
            " VALUES (?, ?, 'live', ?, ?, ?, ?)",
            (
                live.epoch,
                live.incarnation,
                live.boot,
                int(live.noted("created") or 0),
                live.offset_ms,
                live.first() - 1,
            ),
        )
    return True


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
            "INSERT INTO epoch (incarnation, kind, boot, created, offset_ms, shift_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                incarnation,
                kind,
                clock.boot_id(),
                now,
                offset,
                0 if clock.trusted() else None,
            ),
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
        "created": clock.now_ms(),
        "signals": 0,
    }
    with translated(paths.live):
        make_file(paths.live, sqlite.MODE)
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
