"""Rules, routines and loops that people wrote in the dashboard, with every version.

A twin's file declares them first. An entry here of the same name takes the place of the
file's; one without a body gives the place back to the file (or, if the file has none,
removes it). Nothing is overwritten: each change is a version with its author.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from dt.clock import Clock
from dt.errors import ConflictError
from dt.store.database import Database, json_of
from dt.twin.description import TwinDescription

TABLE = (
    (
        "CREATE TABLE automation(twin TEXT NOT NULL, kind TEXT NOT NULL,"
        " name TEXT NOT NULL, version INTEGER NOT NULL,"
        " body TEXT NOT NULL, changed_at INTEGER NOT NULL,"
        " changed_by TEXT NOT NULL, PRIMARY KEY(twin, kind, name, version)) WITHOUT ROWID"
    ),
)
_VERSION = "automation.version"
_COLUMNS = "twin,kind,name,version,body,changed_at,changed_by"


class Kind(StrEnum):
    """What can be written."""

    RULE = "rule"
    ROUTINE = "routine"
    LOOP = "loop"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one entry.

    Attributes:
        twin: Id of the twin.
        name: Of the rule, routine or loop.
        version: From 1 on.
        body: The entry as in a twin's file, without the name; None: back to the file.
        changed_at: UTC ms.
        changed_by: Name of the person.
    """

    twin: str
    kind: Kind
    name: str
    version: int
    body: dict[str, object] | None
    changed_at: int
    changed_by: str


def effective(twin: TwinDescription, entries: Iterable[Entry]) -> TwinDescription:
    """Return a twin as it runs: with what people wrote in place of what its file says.

    Args:
        twin: As its file declares it.
        entries: Of any twins, each in its newest version; those without a body count
            for nothing.
    """
    rules = {str(rule.get("id", index)): rule for index, rule in enumerate(twin.rules)}
    routines = {str(one.get("id", i)): one for i, one in enumerate(twin.routines)}
    loops = dict(twin.loops)
    for entry in entries:
        if entry.twin != twin.id or entry.body is None:
            continue
        if entry.kind is Kind.LOOP:
            loops[entry.name] = entry.body
        else:
            place = rules if entry.kind is Kind.RULE else routines
            place[entry.name] = {"id": entry.name, **entry.body}
    return msgspec.structs.replace(
        twin, rules=tuple(rules.values()), routines=tuple(routines.values()), loops=loops
    )


class Automation:
    """The table of entries."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put(self, new: Entry) -> Entry:
        """Store the next version; `version` and `changed_at` are set here.

        Args:
            new: Its `version` is the one that the author saw; 0: none.

        Raises:
            ConflictError: Somebody else changed it meanwhile.
        """
        with self._database.transaction() as database:
            before = self.get(new.twin, new.kind, new.name)
            seen = 0 if before is None else before.version
            if seen != new.version:
                who = "nobody" if before is None else before.changed_by
                raise ConflictError(
                    f"{new.kind} {new.name} is at version {seen} by {who}: "
                    f"expected {new.version}",
                    hint="look at it again, then change it",
                )
            after = msgspec.structs.replace(
                new, version=seen + 1, changed_at=self._clock.now_ms()
            )
            database.run(
                "INSERT INTO automation VALUES(?,?,?,?,?,?,?)",
                after.twin,
                after.kind,
                after.name,
                after.version,
                json_of(after.body),
                after.changed_at,
                after.changed_by,
            )
            database.run(
                "INSERT INTO setting VALUES(?1,1,?2,'') ON CONFLICT(key)"
                " DO UPDATE SET value=value+1, changed_at=?2",
                _VERSION,
                after.changed_at,
            )
        return after

    def get(self, twin: str, kind: Kind, name: str) -> Entry | None:
        """Return the newest version of an entry, or None."""
        found = self._where(
            "twin=? AND kind=? AND name=? ORDER BY version DESC LIMIT 1", twin, kind, name
        )
        return found[0] if found else None

    def history(self, twin: str, kind: Kind, name: str, limit: int = 100) -> list[Entry]:
        """Return the versions of an entry, newest first."""
        return self._where(
            "twin=? AND kind=? AND name=? ORDER BY version DESC LIMIT ?",
            twin,
            kind,
            name,
            limit,
        )

    def current(self, twin: str | None = None, kind: Kind | None = None) -> list[Entry]:
        """Return the newest version of each entry that has a body, by twin and name."""
        return self._where(
            "(?1 IS NULL OR twin=?1) AND (?2 IS NULL OR kind=?2) AND body<>'null'"
            " AND version=(SELECT max(version) FROM automation AS b WHERE"
            " b.twin=automation.twin AND b.kind=automation.kind AND b.name=automation.name)"
            " ORDER BY twin, kind, name",
            twin,
            kind,
        )

    def version(self) -> int:
        """Return a number that grows when an entry changes: reload when it moved."""
        row = self._database.one("SELECT value FROM setting WHERE key=?", _VERSION)
        return int(row[0]) if row else 0

    def _where(self, condition: str, *values: str | int | None) -> list[Entry]:
        sql = f"SELECT {_COLUMNS} FROM automation WHERE {condition}"
        return self._database.structs(Entry, sql, *values, json=("body",))
