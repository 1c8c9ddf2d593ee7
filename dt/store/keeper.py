"""The keeper: one thread that makes durable what the live log holds.

It journals, seals, compacts and prunes for all writers, lives in the collector, and is
the only one that writes journal, chunks and roll-ups (a bulk import excepted). When the
disk is full or locked it goes on trying; readings meanwhile wait in the live log.
"""

import fcntl
import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from shutil import disk_usage
from typing import IO

import msgspec

from dt.clock import Clock
from dt.config import Config
from dt.errors import DtError, StoreFullError
from dt.store import clocks, compact, epochs
from dt.store.bulk import discard_unfinished
from dt.store.journal import UNSEALED, Writer
from dt.store.live import Live
from dt.store.log import Log
from dt.store.records import KeeperState
from dt.store.seal import seal
from dt.store.sqlite import transaction, translated

log = logging.getLogger(__name__)

_SEAL_READINGS = 200_000
_SEAL_ROWS = 4_000
_WAL_MAX = 8_000_000
"""The write-ahead log goes into the file when it is so long, or an eighth of what is
free: in between, pages that change often are written once and not at each seal."""
_TELL_S = 5.0
_CHORES_S = 10.0
_PIECES = 16
_PRECISION_S = 0.01


class Keeper:
    """Keeps one log; there is one at a time, and a second one waits for its end.

    Attributes:
        state: How it does; told to all processes every few seconds.
        chores: Called about every 10 s with the monotonic time, in s, in the keeper's
            thread, also while the store cannot be written. Retention, budget and the
            like go here.
    """

    def __init__(self, log: Log, config: Config, clock: Clock) -> None:
        self._log = log
        self._store = config.store
        self._clock = clock
        self._began = clock.monotonic()
        self._path = log.paths.telemetry
        self._database: sqlite3.Connection | None = None
        self._live: Live | None = None
        self._writer: Writer | None = None
        self._due = {"seal": 0.0, "tell": 0.0, "chores": 0.0, "prune": 0.0}
        self._since_seal = 0
        self._untidy = True
        self._lost: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.state = KeeperState()
        self.chores: list[Callable[[float], None]] = []

    def start(self) -> None:
        """Begin to work in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, with everything journalled if the disk allows that."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        else:
            self._end()

    def step(self, now: float) -> None:
        """Do what is due at this monotonic time, in s; errors go to `state`."""
        self._guarded("store", lambda: self._work(now))
        if self._is_due("chores", now, _CHORES_S):
            for chore in self.chores:
                self._guarded("chore", lambda chore=chore: chore(now))  # type: ignore[misc]
        if self._is_due("tell", now, _TELL_S):
            self._guarded("tell", self._tell)

    def spare_s(self) -> float:
        """Return for how many s more nothing needs to be made durable; 0: a step is due.

        The oldest reading that is not durable waits `durable_every` and no longer. What
        arrives meanwhile is written with it, so the longer it waits the less is written.
        """
        if self._lost or self._writer is None:
            return 0.0
        try:
            live = self._writer.live
            since = None if live.replaced() else live.waiting_since(self._writer.end)
        except DtError:
            return 0.0  # the step will tell
        if since is None:
            return 0.0
        longest = float(self._store.durable_every)
        left = since / 1000 + longest - self._clock.monotonic()
        return min(max(left, 0.0), longest)

    def journal(self) -> None:
        """Make durable what the live log holds now."""
        self._attach().catch_up()

    def seal(self) -> None:
        """Seal all that is journalled."""
        database = self._open()
        with translated(self._path):
            while seal(database, self._clock.now_ms()):
                pass
        if self._writer is not None:
            self._writer.sealed()
        self._since_seal = 0
        self._untidy = True

    def compact(self) -> bool:
        """Do some of the compaction that is due; return whether there was any."""
        database = self._open()
        done = 0
        with translated(self._path), transaction(database):
            for work in (compact.repair, compact.merge_chunks, compact.merge_blocks):
                while done < _PIECES and work(database):
                    done += 1
        return done > 0

    def prune(self) -> None:
        """Let the live log forget what is durable, old or too much."""
        writer = self._attach()
        before = round((self._clock.monotonic() - self._store.live_keep) * 1000)
        writer.live.prune(writer.end, before, self._store.live_max)

    def _run(self) -> None:
        with (self._path.parent / "keeper.lock").open("wb") as held:
            while not self._stop.is_set() and not _lock(held):
                self._stop.wait(0.2)
            self._guarded("imports", lambda: discard_unfinished(self._path, self._open()))
            pause_s = float(self._store.durable_every)
            while not self._stop.wait(pause_s):
                pause_s = self.spare_s()
                if pause_s <= _PRECISION_S:
                    self.step(self._clock.monotonic())
                    pause_s = float(self._store.durable_every)
            self._end()

    def _end(self) -> None:
        self._guarded("store", self.journal)
        self._guarded("tell", self._tell)
        if self._database is not None:
            self._database.close()
            self._database = None
        if self._live is not None:
            self._live.close()
            self._live = None

    def _work(self, now: float) -> None:
        if self._lost.get("store") == StoreFullError.code:
            self.checkpoint()  # its room may be enough to go on
        writer = self._attach()
        before = writer.total
        writer.catch_up()
        self._since_seal += writer.total - before
        database = self._open()
        with translated(self._path):
            self._untidy |= clocks.learn(database, self._clock)
        if self._is_due("seal", now, self._store.seal_every) or (
            self._since_seal >= _SEAL_READINGS
        ):
            self._due["seal"] = now + self._store.seal_every
            self.seal()
        elif self._untidy:
            self._untidy = self.compact()
        if self._is_due("prune", now, _TELL_S) or self._since_seal > self._store.live_max:
            self.prune()
            if _wal(self._path) > min(_WAL_MAX, disk_usage(self._path.parent).free // 8):
                self.checkpoint()

    def _is_due(self, what: str, now: float, every: float) -> bool:
        if now < self._due[what]:
            return False
        first = self._due[what] == 0.0
        self._due[what] = now + every
        return not (first and what == "seal" and not self._left_over())

    def _left_over(self) -> bool:
        """Tell whether the journal holds much, or readings of earlier epochs."""
        rows, first = (
            self._open()
            .execute(f"SELECT count(*), coalesce(min(epoch), 0) FROM {UNSEALED}")
            .fetchone()
        )
        return bool(rows > _SEAL_ROWS or 0 < first < self._log.epoch)

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = epochs.open_telemetry(self._path)
        return self._database

    def _attach(self) -> Writer:
        with translated(self._path):
            if self._live is not None and self._live.replaced():
                if self._writer is not None:
                    self._writer.catch_up()  # the last words of the log that is gone
                self._live.close()
                self._live = self._writer = None
            if self._live is None:
                self._live = epochs.attach(self._log.paths, self._clock, self._open())
            if self._writer is None:
                self._writer = Writer(self._open(), self._live)
            return self._writer

    def checkpoint(self) -> None:
        """Write the write-ahead log into the file, and empty it if no reader needs it."""
        with translated(self._path):
            self._open().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _guarded(self, part: str, call: Callable[[], None]) -> None:
        """Run a part of the work; log its error once, and once when it works again."""
        try:
            with translated(self._path):
                call()
        except Exception as error:
            code = error.code if isinstance(error, DtError) else "store.failed"
            facts = {"part": part, "code": code, "error": str(error)}
            if self._lost.get(part) != code:
                known = isinstance(error, DtError)
                log.error("keeper fails", extra=facts, exc_info=not known)  # noqa: TRY400
            self._lost[part] = code
            since = self.state.since or self._clock.now_ms()
            self._set(error_code=code, error=f"{part}: {error}", since=since)
        else:
            if self._lost.pop(part, None):
                log.info("keeper works again", extra={"part": part})
                if not self._lost:
                    self._set(error_code="", error="", since=None)

    def _set(self, **changes: object) -> None:
        self.state = msgspec.structs.replace(self.state, **changes)

    def _tell(self) -> None:
        writer = self._attach()
        self._set(
            at=self._clock.now_ms(),
            running_s=self._clock.monotonic() - self._began,
            bytes_written=_written(),
            readings_journalled=writer.total,
        )
        writer.live.note("keeper", msgspec.json.encode(self.state).decode())


def _lock(held: IO[bytes]) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wal(path: Path) -> int:
    wal = path.with_name(path.name + "-wal")
    return wal.stat().st_size if wal.exists() else 0


def _written() -> int:
    """Return the bytes that this process had written to disks. Source: proc(5)."""
    path = Path("/proc/self/io")
    if not path.exists():
        return 0
    lines = dict(line.split(": ") for line in path.read_text().splitlines())
    return int(lines["write_bytes"])
