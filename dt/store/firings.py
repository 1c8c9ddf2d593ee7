"""Every firing of a rule with its trace: the values, why, and what followed."""

import msgspec

from dt.clock import Clock
from dt.rules.description import Firing, Severity, Trace
from dt.store.database import Database, json_of

TABLE = (
    (
        "CREATE TABLE firing(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
        " twin TEXT NOT NULL, rule TEXT NOT NULL, happening TEXT NOT NULL,"
        " severity TEXT NOT NULL, message TEXT NOT NULL, trace TEXT NOT NULL,"
        " commands TEXT NOT NULL)"
    ),
    "CREATE INDEX firing_rule ON firing(twin, rule, id)",
)
_COLUMNS = "id,at,twin,rule,happening,severity,message,trace,commands"
_KEPT = 20_000


class FiringRow(msgspec.Struct, frozen=True, kw_only=True):
    """A firing as it is kept.

    Attributes:
        at: UTC ms of the reading that decided.
        happening: ``fired``, ``repeated`` or ``cleared``.
        trace: Why.
        commands: Ids of the commands that followed.
    """

    id: int
    at: int
    twin: str
    rule: str
    happening: str
    severity: Severity
    message: str
    trace: Trace
    commands: list[str]


class Firings:
    """The table of firings; the newest 20,000 are kept."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, firing: Firing, commands: list[str]) -> int:
        """Store a firing with the ids of the commands that followed; return its id."""
        number = self._database.insert(
            "INSERT INTO firing(at,twin,rule,happening,severity,message,trace,commands)"
            " VALUES(?,?,?,?,?,?,?,?)",
            firing.at,
            firing.twin,
            firing.rule,
            firing.happening,
            firing.severity,
            firing.message,
            json_of(firing.trace),
            json_of(commands),
        )
        self._database.run("DELETE FROM firing WHERE id<=?", number - _KEPT)
        return number

    def newest(
        self,
        limit: int = 100,
        *,
        twin: str | None = None,
        rule: str | None = None,
        before_id: int | None = None,
    ) -> list[FiringRow]:
        """Return firings, newest first; go on with `before_id` of the last one."""
        return self._database.structs(
            FiringRow,
            f"SELECT {_COLUMNS} FROM firing WHERE (?1 IS NULL OR twin=?1)"
            " AND (?2 IS NULL OR rule=?2) AND (?3 IS NULL OR id<?3)"
            " ORDER BY id DESC LIMIT ?4",
            twin,
            rule,
            before_id,
            limit,
            json=("trace", "commands"),
        )

    def of_command(self, command_id: str) -> FiringRow | None:
        """Return the firing that a command followed from, or None."""
        found = self._database.structs(
            FiringRow,
            f"SELECT {_COLUMNS} FROM firing WHERE commands LIKE ? ORDER BY id DESC LIMIT 1",
            f'%"{command_id}"%',
            json=("trace", "commands"),
        )
        return found[0] if found else None
