"""Care for the history while it is written: retention, budget, room, and a slow scrub.

It is a chore of the keeper: some small pieces of work every 10 s, so that journalling
never waits long for it.
"""

import logging
import sqlite3

from dt.clock import Clock
from dt.config import Config
from dt.errors import StoreError
from dt.store import budget, epochs, holdings, retention
from dt.store.appliance import Appliance
from dt.store.ballast import Ballast
from dt.store.events import Event, Severity
from dt.store.paths import Paths
from dt.store.retention import Policies
from dt.store.scrub import Scrub
from dt.store.sqlite import translated

log = logging.getLogger(__name__)

_RETAIN_S = 3600.0
_BUDGET_S = 60.0
_SHARE = 0.98
_MOMENT_S = 0.25
_PIECES = 40


class Care:
    """What the keeper does for the history besides keeping it.

    Args:
        config: Budget, ballast and the usual retention.
        clock: Tells the time, and whether to believe it.
        appliance: Where the twins' own retention is, and where events go.
        ballast: Another than that of the data folder.

    Attributes:
        shedding: Why history is given up just now; empty: it is not.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        appliance: Appliance,
        ballast: Ballast | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._appliance = appliance
        self._ballast = ballast or Ballast(config.data_dir, config.store.ballast)
        self._policies: Policies | None = None
        self._twins = -1
        self._inode = 0
        self._retain_at = self._budget_at = float("-inf")
        self._database: sqlite3.Connection | None = None
        self._path = Paths.of(config).telemetry
        self._scrub = Scrub(config, clock, appliance)
        self.shedding = ""

    def __call__(self, now: float) -> None:
        """Do what is due, but no more than a moment's work: the keeper's chore.

        Raises:
            StoreError: It could not be written; the ballast is let go all the same.
        """
        end = self._clock.monotonic() + _MOMENT_S
        database = self._open()
        with translated(self._path):
            for _ in range(_PIECES):
                if not self.step(database) or self._clock.monotonic() > end:
                    break
        self._scrub(now)

    def close(self) -> None:
        """Close the file; again does nothing."""
        self._scrub.close()
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> sqlite3.Connection:
        if self._database is None or self._inode != self._path.stat().st_ino:
            self.close()
            self._database = epochs.open_telemetry(self._path)
            self._inode = self._path.stat().st_ino
        return self._database

    def step(self, database: sqlite3.Connection) -> bool:
        """Do one small piece of work; tell whether there is more to do at once.

        Args:
            database: ``telemetry.db``, in no transaction.

        Raises:
            StoreError: It could not be written; the ballast is let go all the same.
        """
        now = self._clock.monotonic()
        if self._room(database):
            return True
        if now >= self._budget_at:
            if self._within_budget(database):
                return True
            self._budget_at = now + _BUDGET_S
        if now >= self._retain_at and self._clock.trusted():
            if self._retained(database):
                return True
            self._retain_at = now + _RETAIN_S
        return False

    def _room(self, database: sqlite3.Connection) -> bool:
        """Keep some of the disk free; tell whether more must go."""
        ballast = self._ballast
        if ballast.held and ballast.low():
            ballast.release()
            self._tell_of("DiskFilled", "the disk is nearly full: old history is given up")
        need = 0
        if not ballast.held and not ballast.hold():
            room = ballast.free() + holdings.free_bytes(database)
            need = 2 * self._config.store.ballast - room
        return self._shed(database, need, "disk full")

    def _within_budget(self, database: sqlite3.Connection) -> bool:
        used, most = holdings.used_bytes(database), self._config.store.budget
        over = used > most or self.shedding == "budget"
        need = used - (round(most * _SHARE) if over else most)
        return self._shed(database, need, "budget")

    def _shed(self, database: sqlite3.Connection, need: int, reason: str) -> bool:
        freed = 0
        if need > 0:
            freed = budget.shed(database, need, reason, self._clock.now_ms())
        if freed and self.shedding != reason:
            log.warning("history is given up", extra={"reason": reason, "bytes": need})
            if reason == "budget":
                self._tell_of(
                    "HistoryShed", "the history is larger than its budget: the oldest goes"
                )
        if freed or self.shedding == reason:
            self.shedding = reason if freed else ""
        return bool(freed)

    def _retained(self, database: sqlite3.Connection) -> bool:
        return retention.retain(database, self._all(), self._clock.now_ms()) > 0

    def _all(self) -> Policies:
        version = self._appliance.twins.version()
        if self._policies is None or version != self._twins:
            usual = self._config.store.retain
            self._policies = retention.policies(usual, self._appliance.twins.all())
            self._twins = version
        return self._policies

    def _tell_of(self, kind: str, text: str) -> None:
        event = Event(kind=kind, severity=Severity.WARNING, source="store", text=text)
        try:
            self._appliance.events.add(event)
        except StoreError as error:  # on a full disk this is no surprise
            log.warning("event is not kept", extra={"kind": kind, "error": str(error)})
