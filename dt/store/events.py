"""What happened on this appliance, as a list with the newest first."""

from enum import IntEnum

import msgspec

from dt.clock import Clock
from dt.store.database import Database, json_of

TABLE = (
    (
        "CREATE TABLE event(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
        " kind TEXT NOT NULL, severity INTEGER NOT NULL, twin TEXT NOT NULL DEFAULT '',"
        " source TEXT NOT NULL DEFAULT '', text TEXT NOT NULL,"
        " body TEXT NOT NULL DEFAULT '{}')"
    ),
    "CREATE INDEX event_severity ON event(severity, id)",
)
_COLUMNS = "id,at,kind,severity,twin,source,text,body"
_KEPT = 20_000


class Severity(IntEnum):
    """How much an event matters."""

    INFO = 0
    NOTICE = 1
    WARNING = 2
    CRITICAL = 3


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One fact.

    Attributes:
        at: UTC ms.
        kind: A past participle: ``SensorLost``, ``StoreSetAside``.
        severity: 0 info … 3 critical.
        twin: Id, or empty: the appliance itself.
        source: What noticed it: ``store``, a sensor, a rule.
        text: For people.
        body: Facts for programs.
    """

    id: int = 0
    at: int = 0
    kind: str
    severity: Severity = Severity.INFO
    twin: str = ""
    source: str = ""
    text: str
    body: dict[str, object] = {}


class Events:
    """The table of events; the newest 20,000 are kept."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, event: Event) -> Event:
        """Store an event; one without a time happened now."""
        at = event.at or self._clock.now_ms()
        with self._database.transaction() as database:
            event_id = database.insert(
                "INSERT INTO event(at,kind,severity,twin,source,text,body)"
                " VALUES(?,?,?,?,?,?,?)",
                at,
                event.kind,
                int(event.severity),
                event.twin,
                event.source,
                event.text,
                json_of(event.body),
            )
            database.run("DELETE FROM event WHERE id<=?", event_id - _KEPT)
        return msgspec.structs.replace(event, id=event_id, at=at)

    def newest(
        self,
        limit: int = 100,
        *,
        before_id: int | None = None,
        twin: str | None = None,
        at_least: Severity = Severity.INFO,
    ) -> list[Event]:
        """Return events, newest first; go on with `before_id` of the last one."""
        return self._database.structs(
            Event,
            f"SELECT {_COLUMNS} FROM event WHERE (?1 IS NULL OR id<?1)"
            " AND (?2 IS NULL OR twin=?2) AND severity>=?3 ORDER BY id DESC LIMIT ?4",
            before_id,
            twin,
            int(at_least),
            limit,
            json=("body",),
        )

    def after(self, event_id: int, limit: int = 1000) -> list[Event]:
        """Return events newer than an id, oldest first."""
        return self._database.structs(
            Event,
            f"SELECT {_COLUMNS} FROM event WHERE id>? ORDER BY id LIMIT ?",
            event_id,
            limit,
            json=("body",),
        )
