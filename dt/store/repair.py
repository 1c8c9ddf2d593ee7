"""A damaged ``telemetry.db`` is set aside, what can be read of it is saved, life goes on.

The damaged file stays as ``telemetry.db.damaged-<UTC>`` for those who want to look. The
readings that are still in the live log are saved as well, and a new epoch begins.
"""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from dt.clock import Clock
from dt.config import Config
from dt.errors import StoreError, StoreFullError
from dt.store import damage, epochs, journal, reroll, rescue, salvage
from dt.store.appliance import Appliance
from dt.store.events import Event, Severity
from dt.store.live import Live
from dt.store.paths import Paths
from dt.store.salvage import Saved
from dt.store.scrub import Scrub
from dt.store.sqlite import transaction, translated

log = logging.getLogger(__name__)

_UNKNOWN = "0" * 16


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a damaged file.

    Attributes:
        reason: What was wrong with it.
        file: Its name now.
        saved: What was read of it, table by table; empty: there was no room for a copy.
    """

    reason: str
    file: str
    saved: tuple[Saved, ...] = ()

    def text(self) -> str:
        """Return it as people should read it."""
        parts = [f"{each.saved} of {each.table}" for each in self.saved if each.saved]
        lost = sum(each.lost for each in self.saved)
        kept = f"saved: {', '.join(parts)}" if parts else "nothing could be saved"
        return (
            f"telemetry.db was damaged ({self.reason}) and is set aside as {self.file};"
            f" {kept}; {lost} rows are lost or could not be looked up"
        )


def suspect(paths: Paths) -> None:
    """Have the whole file looked at when the collector starts next."""
    with translated(paths.telemetry):
        _marker(paths).touch()


def at_start(
    config: Config, clock: Clock, appliance: Appliance, within_s: float = damage.CHECK_S
) -> Mended | None:
    """Check the file before it is opened, and mend it if it is damaged.

    Args:
        config: Where the file is; no process of ours may write to it meanwhile.
        clock: Names the file that is set aside.
        appliance: Where the event is kept.
        within_s: A large file that is not `suspect` is looked at for so long.
    """
    paths = Paths.of(config)
    thorough = _marker(paths).exists()
    reason = damage.found(paths.telemetry, float("inf") if thorough else within_s)
    mended = mend(paths, clock, appliance, reason) if reason else None
    if thorough:
        with closing(Scrub(config, clock, appliance)) as scrub:
            scrub.everything()
        _marker(paths).unlink(missing_ok=True)
    return mended


def _marker(paths: Paths) -> Path:
    return paths.telemetry.with_name(f"{paths.telemetry.name}.suspect")


def mend(paths: Paths, clock: Clock, appliance: Appliance, reason: str) -> Mended:
    """Set the file aside, save what can be read, and let a new epoch begin.

    Raises:
        StoreError: Not even a new, empty file can be written.
    """
    log.error("telemetry.db is damaged", extra={"error": reason})
    with epochs.locked(paths.lock), translated(paths.telemetry):
        fresh = paths.telemetry.with_name("telemetry.db.new")
        try:
            saved = _rebuilt(paths, fresh, clock, salvage.copy)
        except StoreFullError:
            saved = _rebuilt(paths, fresh, clock, lambda _source, _target: [])
        aside = damage.free_name(paths.telemetry, clock)
        damage.replace(paths.telemetry, fresh, aside)
        damage.remove(paths.live)
    mended = Mended(reason=reason, file=aside.name, saved=tuple(saved))
    facts = {"set_aside": aside.name, "text": mended.text()}
    log.warning("telemetry.db is new", extra=facts)
    appliance.events.add(
        Event(
            kind="StoreSetAside",
            severity=Severity.CRITICAL,
            source="store",
            text=mended.text(),
            body=msgspec.to_builtins(mended),
        )
    )
    return mended


def _rebuilt(
    paths: Paths,
    fresh: Path,
    clock: Clock,
    copied: Callable[[Path, sqlite3.Connection], list[Saved]],
) -> list[Saved]:
    """Make the new file; nobody else sees it before it is whole."""
    damage.remove(fresh)
    target = epochs.open_telemetry(fresh)
    try:
        saved = copied(paths.telemetry, target)
        _complete(target, clock)
        if paths.live.exists():
            _last_words(paths.live, target)
        reroll.everything(target)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        target.close()
    return saved


def _complete(target: sqlite3.Connection, clock: Clock) -> None:
    """Write rows for epochs and signals whose own row is lost."""
    with transaction(target):
        target.execute(
            "INSERT INTO epoch (epoch, incarnation, kind, boot, created, offset_ms, sealed)"
            " SELECT epoch, ?, 'live', '', ?, 0, max(seq_max) FROM"
            " (SELECT epoch, seq_max FROM chunk UNION ALL SELECT epoch, 0 FROM journal)"
            " WHERE epoch NOT IN (SELECT epoch FROM epoch) GROUP BY epoch",
            (_UNKNOWN, clock.now_ms()),
        )
        target.execute(
            "INSERT INTO signal SELECT DISTINCT abs(signal), 'dt:Lost/' || abs(signal),"
            " 'dt:Lost', '', 'Name lost' FROM"
            " (SELECT signal FROM chunk UNION SELECT signal FROM rollup)"
            " WHERE abs(signal) NOT IN (SELECT id FROM signal)"
        )


def _last_words(path: Path, target: sqlite3.Connection) -> None:
    """Save what the live log still holds, also instead of journal rows that are lost."""
    try:
        live = Live(path)
    except (StoreError, KeyError, ValueError) as error:
        log.warning("live log is damaged", extra={"error": str(error)})
        return
    try:
        target.execute(
            "INSERT OR IGNORE INTO epoch"
            " (epoch, incarnation, kind, boot, created, offset_ms)"
            " VALUES (?, ?, 'live', ?, 0, ?)",
            (live.epoch, live.incarnation, live.boot, live.offset_ms),
        )
        with transaction(target):
            journal.save_signals(target, live)  # it knows the names that are lost
        rescued = rescue.lost_chunks(target, live)
        if rescued:
            log.warning("lost chunks are in the live log", extra={"readings": rescued})
        _cut_at_gap(target, live)
        journal.Writer(target, live).catch_up()
    finally:
        live.close()


def _cut_at_gap(target: sqlite3.Connection, live: Live) -> None:
    """Drop journal rows after a hole if the live log still has all that follows."""
    (end,) = target.execute(
        "SELECT sealed FROM epoch WHERE epoch = ?", (live.epoch,)
    ).fetchone()
    for seq0, n in target.execute(
        "SELECT seq0, n FROM journal WHERE epoch = ? ORDER BY seq0", (live.epoch,)
    ).fetchall():
        if seq0 > end + 1:
            if live.first() <= end + 1:
                target.execute(
                    "DELETE FROM journal WHERE epoch = ? AND seq0 > ?", (live.epoch, end)
                )
            return
        end = max(end, seq0 + n - 1)
