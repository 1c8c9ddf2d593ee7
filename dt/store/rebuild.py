"""A damaged ``appliance.db`` is set aside, what can be read of it is saved, life goes on.

It says who may come in, so nothing doubtful is saved: a row that is not what its table
holds is lost, and sessions are: everybody signs in again. Where a lock-out may be lost,
the twins are in manual mode until a person decides.
"""

import logging
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import msgspec

from dt.clock import Clock
from dt.store import appliance_salvage, damage, epochs, events, ownership, sqlite
from dt.store.database import MODE, Database, translated
from dt.store.events import Event, Severity
from dt.store.migrations import Schema
from dt.store.salvage import Saved

log = logging.getLogger(__name__)

_LOCKS = ("lockout", "control_mode")
_HINT = "restore a backup (dt restore FILE), or look through users, tokens and settings"


def opened(path: Path, schema: Schema, clock: Clock) -> Database:
    """Open the file; mend it first if it is damaged, and whenever it is found to be.

    Args:
        path: The file; made or migrated if need be.
        schema: What it must look like.
        clock: Tells when it was set aside.

    Raises:
        SchemaError: A newer version of this program wrote it.
        StoreError: It cannot be opened, or not even a new one can be written.
    """
    lock = path.with_name(f"{path.stem}.lock")

    def doubted() -> None:
        with epochs.locked(lock):
            reason = _reason(path) or _wrong_row(path, schema)
            if reason:
                _mend(path, schema, clock, reason)

    with epochs.locked(lock):
        reason = _reason(path)
        if reason:
            _mend(path, schema, clock, reason)
        return Database(path, schema, doubted)


def _reason(path: Path) -> str:
    return damage.found(path, check="integrity_check") or _headless(path)


def _headless(path: Path) -> str:
    """Say so if a file has tables but says that it is new."""
    if not path.exists():
        return ""
    with translated(path), closing(sqlite.connect(path, ())) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return "its first page is damaged" if tables and not version else ""


def _wrong_row(path: Path, schema: Schema) -> str:
    with (
        translated(path),
        tempfile.TemporaryDirectory() as scratch,
        closing(Database(Path(scratch) / path.name, schema)) as model,
    ):
        return appliance_salvage.first_wrong(path, model)


def _mend(path: Path, schema: Schema, clock: Clock, reason: str) -> None:
    """Set the file aside; the new one is whole before anybody sees it.

    Raises:
        StoreError: A new file cannot be written.
    """
    log.error("appliance.db is damaged", extra={"error": reason})
    with translated(path), tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        source, fresh = Path(scratch) / "damaged.db", Path(scratch) / "fresh.db"
        for end in ("", "-wal"):
            part = path.with_name(path.name + end)
            if part.exists():
                shutil.copyfile(part, source.with_name(source.name + end))
        aside = damage.free_name(path, clock)
        with closing(Database(fresh, schema)) as target:
            saved = appliance_salvage.copy(source, target)
            text = _text(target, saved, reason, aside.name)
            events.Events(target, clock).add(
                Event(
                    kind="ApplianceSetAside",
                    severity=Severity.CRITICAL,
                    source="store",
                    text=text,
                    body={"reason": reason, "saved": msgspec.to_builtins(saved)},
                )
            )
            target.one("PRAGMA journal_mode=DELETE")
        fresh.chmod(MODE)
        ownership.give(fresh, path.parent)
        damage.replace(path, fresh, aside)
    log.warning("appliance.db is new", extra={"set_aside": aside.name, "text": text})


def _text(target: Database, saved: list[Saved], reason: str, aside: str) -> str:
    """Return what became of the file, in words; where it must be, make it safe."""
    kept = ", ".join(f"{each.saved} of {each.table}" for each in saved if each.saved)
    lost = [each.table for each in saved if each.lost]
    parts = [
        f"appliance.db was damaged ({reason}) and is set aside as {aside}",
        f"saved: {kept or 'nothing'}",
        f"damaged: {', '.join(lost) or 'nothing that is kept'}",
        "everybody has to sign in again",
    ]
    if not target.one("SELECT 1 FROM user WHERE role='admin' AND NOT disabled"):
        parts.append("no admin is left: make one with the code in first-sign-in")
    if set(lost) & set(_LOCKS):
        target.run(
            "INSERT OR REPLACE INTO control_mode"
            " SELECT DISTINCT id, 'manual', 'store', 0 FROM twin WHERE id<>''"
        )
        parts.append("lock-outs may be lost: all known twins are in manual mode")
    return "; ".join([*parts, _HINT])
