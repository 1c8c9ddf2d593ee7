"""Alerts and every step of their lives; how they move is `dt.rules.alerts`.

Who moves an alert reads it, changes it and writes it in one transaction, so that the
controller and people in several browsers never overwrite each other. The steps are the
outbox of notifications: a step that begins to call somebody has ``calls`` 1.
"""

from collections.abc import Sequence

import msgspec

from dt.clock import Clock
from dt.errors import NotFoundError
from dt.rules.alerts import (
    Alert,
    Change,
    Condition,
    Note,
    after_firing,
    changed,
    expired,
    key_of,
    raised,
)
from dt.rules.description import Firing, Happening
from dt.store.database import Database, json_of

TABLE = (
    (
        "CREATE TABLE alert(key TEXT PRIMARY KEY, twin TEXT NOT NULL,"
        " condition TEXT NOT NULL, severity TEXT NOT NULL, raised_at INTEGER NOT NULL,"
        " changed_at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID"
    ),
    "CREATE INDEX alert_open ON alert(condition, changed_at) WHERE condition<>'cleared'",
    (
        "CREATE TABLE alert_step(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
        " key TEXT NOT NULL, twin TEXT NOT NULL, change TEXT NOT NULL,"
        " condition TEXT NOT NULL, severity TEXT NOT NULL, text TEXT NOT NULL,"
        " by TEXT NOT NULL, why TEXT NOT NULL, calls INTEGER NOT NULL)"
    ),
    "CREATE INDEX alert_step_key ON alert_step(key, id)",
)
_STEP = "id,at,key,twin,change,condition,severity,text,by,why,calls"
_KEPT = 20_000


class AlertStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the life of an alert.

    Attributes:
        at: UTC ms.
        key: Of the alert.
        change: What happened to it: a `Change`.
        condition: Where it is since.
        severity: Of the alert then.
        text: Of the alert then.
        by: Who did it; empty: the appliance.
        why: In that person's words.
        calls: 1: it wants somebody from now on; -1: not any more; 0: as before.
    """

    id: int
    at: int
    key: str
    twin: str
    change: str
    condition: Condition
    severity: str
    text: str
    by: str
    why: str
    calls: int


class Alerts:
    """The tables of alerts; the newest 20,000 steps are kept."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def raise_(self, fresh: Alert) -> Alert:
        """Raise an alert, again if it is there already; return it as it is now."""
        with self._database.transaction():
            before = self.find(fresh.key)
            return self._put(before, raised(before, fresh), Change.RAISE)

    def end(self, key: str, at: int) -> Alert | None:
        """Note that what an alert is about is over; None: there is no such alert."""
        with self._database.transaction():
            before = self.find(key)
            if before is None or not before.holds:
                return before
            return self._put(before, changed(before, Change.END, Note(at=at)), Change.END)

    def follow(self, firing: Firing) -> Alert | None:
        """Do to the alert of a rule what a firing of it means; None: there is none."""
        with self._database.transaction():
            before = self.find(key_of(firing))
            after = after_firing(before, firing)
            if after is None:
                return None
            over = firing.happening is Happening.CLEARED
            return self._put(before, after, Change.END if over else Change.RAISE)

    def change(self, key: str, change: Change, note: Note) -> Alert:
        """Acknowledge, shelve or unshelve an alert.

        Raises:
            NotFoundError: There is no such alert.
            AlertError: It is not in a condition for this.
        """
        with self._database.transaction():
            before = self.get(key)
            return self._put(before, changed(before, change, note), change)

    def unshelve_due(self, now: int) -> list[Alert]:
        """Bring back alerts whose shelf is over; return them."""
        with self._database.transaction():
            found = []
            for before in self.all(conditions=(Condition.SHELVED,)):
                after = expired(before, now)
                if after is not before:
                    found.append(self._put(before, after, Change.UNSHELVE))
        return found

    def find(self, key: str) -> Alert | None:
        """Return an alert, or None."""
        row = self._database.one("SELECT body FROM alert WHERE key=?", key)
        return None if row is None else msgspec.json.decode(row[0], type=Alert)

    def get(self, key: str) -> Alert:
        """Return an alert; NotFoundError if there is none of this key."""
        found = self.find(key)
        if found is None:
            raise NotFoundError(f"there is no alert {key!r}")
        return found

    def all(
        self,
        *,
        conditions: Sequence[Condition] | None = None,
        twin: str | None = None,
        limit: int = 500,
    ) -> list[Alert]:
        """Return alerts, the last changed first; by default those that are not over."""
        wanted = conditions
        if wanted is None:
            wanted = tuple(c for c in Condition if c is not Condition.CLEARED)
        rows = self._database.all(
            "SELECT body FROM alert WHERE condition IN (SELECT value FROM json_each(?1))"
            " AND (?2 IS NULL OR twin=?2) ORDER BY changed_at DESC, key LIMIT ?3",
            json_of([str(c) for c in wanted]),
            twin,
            limit,
        )
        return [msgspec.json.decode(row[0], type=Alert) for row in rows]

    def calling(self) -> int:
        """Return how many alerts want somebody now."""
        row = self._database.one(
            "SELECT count(*) FROM alert WHERE condition IN ('active','latched')"
            " AND condition<>'cleared'"
        )
        return int(row[0]) if row else 0

    def steps(
        self,
        limit: int = 100,
        *,
        key: str | None = None,
        twin: str | None = None,
        before_id: int | None = None,
    ) -> list[AlertStep]:
        """Return steps, newest first; go on with `before_id` of the last one."""
        return self._database.structs(
            AlertStep,
            f"SELECT {_STEP} FROM alert_step WHERE (?1 IS NULL OR key=?1)"
            " AND (?2 IS NULL OR twin=?2) AND (?3 IS NULL OR id<?3)"
            " ORDER BY id DESC LIMIT ?4",
            key,
            twin,
            before_id,
            limit,
        )

    def steps_after(self, step_id: int, limit: int = 500) -> list[AlertStep]:
        """Return steps newer than an id, oldest first."""
        return self._database.structs(
            AlertStep,
            f"SELECT {_STEP} FROM alert_step WHERE id>? ORDER BY id LIMIT ?",
            step_id,
            limit,
        )

    def last_step(self) -> int:
        """Return the id of the newest step; 0: there is none."""
        row = self._database.one("SELECT coalesce(max(id),0) FROM alert_step")
        return int(row[0]) if row else 0

    def _put(self, before: Alert | None, after: Alert, change: Change) -> Alert:
        if after == before:
            return after
        calls = int(after.calls) - int(before is not None and before.calls)
        self._database.run(
            "INSERT INTO alert VALUES(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT(key) DO UPDATE SET"
            " twin=?2, condition=?3, severity=?4, raised_at=?5, changed_at=?6, body=?7",
            after.key,
            after.twin,
            after.condition,
            after.severity,
            after.raised_at,
            after.changed_at,
            json_of(after),
        )
        step = self._database.insert(
            "INSERT INTO alert_step(at,key,twin,change,condition,severity,text,by,"
            "why,calls) VALUES(?,?,?,?,?,?,?,?,?,?)",
            after.changed_at,
            after.key,
            after.twin,
            change,
            after.condition,
            after.severity,
            after.text,
            after.by if change not in {Change.RAISE, Change.END} else "",
            after.why if change not in {Change.RAISE, Change.END} else "",
            calls,
        )
        self._database.run("DELETE FROM alert_step WHERE id<=?", step - _KEPT)
        return after
