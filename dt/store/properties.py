"""What each actuator and loop shall do, and what it says that it does.

The controller writes both; ``desired`` is what the last accepted command wants,
``reported`` what the hardware answered. A row is only written when it changes.
"""

import msgspec

from dt.clock import Clock
from dt.store.database import Database, json_of

TABLE = (
    (
        "CREATE TABLE property(twin TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,"
        " revision INTEGER NOT NULL, PRIMARY KEY(twin, name)) WITHOUT ROWID"
    ),
    "CREATE UNIQUE INDEX property_revision ON property(revision)",
)


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What limits an actuator, for people; times in s, None or 0: no such limit.

    Attributes:
        safe: Command of its safe state.
        max_on: Longest run.
        min_off: Shortest pause.
        duty_on, duty_window: So much running within any such window.
        excludes: Actuators of the twin that never run together with it.
        requires: Signals that it needs.
        commands: Verbs that it takes.
    """

    safe: str = "OFF"
    max_on: float | None = None
    min_off: float = 0.0
    duty_on: float | None = None
    duty_window: float | None = None
    excludes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """An actuator's desired and reported state; all moments in UTC ms.

    Attributes:
        twin: Id of the twin.
        name: Of the actuator.
        desired: Command that is wanted now; empty: none yet.
        desired_at: When it was wanted.
        desired_by: Who wants it: ``rule too-dry``, ``ada``.
        command_id: Of the command that wants it; empty: none.
        reported: Command that the hardware reports; empty: it cannot be told.
        reported_at: When it changed to that.
        since: Start of the run; None: it does not run.
        until: Planned end of the run, or of what is wanted; None: open.
        off_since: End of the last run; None: it never ran.
        runs: (start, end) of runs that count for its duty, oldest first.
        held: Why it may not run now, one sentence; empty: it may.
        locked_by: Who locked it out; empty: nobody.
        problem: What is wrong with the hardware; empty: nothing.
        loop: Loop that it belongs to; empty: none.
        limit: What limits it.
        revision: Grows with each change of any property.
    """

    twin: str
    name: str
    desired: str = ""
    desired_at: int | None = None
    desired_by: str = ""
    command_id: str = ""
    reported: str = ""
    reported_at: int | None = None
    since: int | None = None
    until: int | None = None
    off_since: int | None = None
    runs: tuple[tuple[int, int], ...] = ()
    held: str = ""
    locked_by: str = ""
    problem: str = ""
    loop: str = ""
    limit: Limit = Limit()
    revision: int = 0


class Properties:
    """The table of properties."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put(self, new: Property) -> bool:
        """Store a property; tell whether it differs from what was there."""
        with self._database.transaction() as database:
            before = self.get(new.twin, new.name)
            if before is not None:
                same = msgspec.structs.replace(new, revision=before.revision) == before
                if same:
                    return False
            database.run(
                "INSERT INTO property VALUES(?1,?2,?3,"
                "(SELECT coalesce(max(revision),0)+1 FROM property))"
                " ON CONFLICT(twin,name) DO UPDATE SET body=?3,"
                " revision=(SELECT max(revision)+1 FROM property)",
                new.twin,
                new.name,
                json_of(msgspec.structs.replace(new, revision=0)),
            )
        return True

    def get(self, twin: str, name: str) -> Property | None:
        """Return a property, or None: the controller has not told of it."""
        rows = self._database.all(
            "SELECT body,revision FROM property WHERE twin=? AND name=?", twin, name
        )
        return _property(*rows[0]) if rows else None

    def all(self, twin: str | None = None) -> list[Property]:
        """Return all properties (of a twin) by twin and name."""
        rows = self._database.all(
            "SELECT body,revision FROM property WHERE ?1 IS NULL OR twin=?1"
            " ORDER BY twin, name",
            twin,
        )
        return [_property(*row) for row in rows]

    def changed(self, revision: int) -> list[Property]:
        """Return properties changed after a revision, in the order of their changes."""
        rows = self._database.all(
            "SELECT body,revision FROM property WHERE revision>? ORDER BY revision",
            revision,
        )
        return [_property(*row) for row in rows]

    def keep_only(self, names: frozenset[tuple[str, str]]) -> None:
        """Forget the properties of actuators that are not among (twin, name) any more."""
        with self._database.transaction() as database:
            for one in self.all():
                if (one.twin, one.name) not in names:
                    database.run(
                        "DELETE FROM property WHERE twin=? AND name=?", one.twin, one.name
                    )


def _property(body: str, revision: int) -> Property:
    found = msgspec.json.decode(body, type=Property)
    return msgspec.structs.replace(found, revision=revision)
