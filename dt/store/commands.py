"""The one door: every command, whoever gives it, is a row here before anything moves.

A command is asked for (queued), judged by the interlocks (accepted or refused), carried
out (running) and ends (done, failed, expired or superseded). The controller alone moves
it on; all others only ask and look.
"""

import secrets
from enum import StrEnum
from uuid import UUID

import msgspec

from dt.clock import Clock
from dt.errors import ConflictError, NotFoundError, RequestError
from dt.store.database import Database
from dt.store.twins import Twins
from dt.twin import command as commands
from dt.twin.uuid7 import uuid7

TABLE = (
    (
        "CREATE TABLE command(seq INTEGER PRIMARY KEY AUTOINCREMENT,"
        " id TEXT NOT NULL UNIQUE, twin TEXT NOT NULL, actuator TEXT NOT NULL,"
        " command TEXT NOT NULL,"
        " duration_s REAL, source TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,"
        " correlation_id TEXT NOT NULL, asked_at INTEGER NOT NULL,"
        " not_after INTEGER NOT NULL, state TEXT NOT NULL, interlock TEXT NOT NULL,"
        " detail TEXT NOT NULL, allowed_at INTEGER, started_at INTEGER,"
        " ended_at INTEGER, revision INTEGER NOT NULL)"
    ),
    "CREATE INDEX command_of ON command(twin, actuator, seq)",
    (
        "CREATE INDEX command_open ON command(seq)"
        " WHERE state IN ('queued','accepted','running')"
    ),
    "CREATE UNIQUE INDEX command_revision ON command(revision)",
)
_COLUMNS = (
    "seq,id,twin,actuator,command,duration_s,source,by,reason,correlation_id,asked_at,"
    "not_after,state,interlock,detail,allowed_at,started_at,ended_at,revision"
)
NOT_AFTER_MS = 60_000
"""How long a command waits to be judged, if nothing else was said."""
_KEPT = 50_000
_LONGEST_TEXT = 400
_LONGEST_S = 31_622_400.0


class Source(StrEnum):
    """Who may ask."""

    PERSON = "person"
    RULE = "rule"
    ROUTINE = "routine"
    LOOP = "loop"
    MODEL = "model"
    CENTRE = "centre"


class State(StrEnum):
    """Where a command is in its life."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


OPEN = (State.QUEUED, State.ACCEPTED, State.RUNNING)


class NewCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command to ask for.

    Attributes:
        twin: Id of the twin.
        actuator: Its name in the twin.
        command: ``ON``, ``OFF``, ``SET_PWM:0.4`` or ``SET:21.5``.
        duration_s: Until it returns to its safe state, in s; None: open.
        source: Who asks.
        by: Name of the person, or id of the rule, routine, loop or model.
        reason: One sentence for people.
        correlation_id: What caused it: ``<epoch>:<seq>`` of a reading, or any id.
        not_after: UTC ms after which it must not begin; None: a minute from now.
        id: UUIDv7; empty: a new one. The same id again is the same command.
    """

    twin: str
    actuator: str
    command: str
    duration_s: float | None = None
    source: Source = Source.PERSON
    by: str = ""
    reason: str = ""
    correlation_id: str = ""
    not_after: int | None = None
    id: str = ""


class CommandRow(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it is kept; see `NewCommand` for what was asked.

    Attributes:
        seq: Order in which commands came.
        asked_at: UTC ms.
        state: Where it is in its life.
        interlock: Which interlock refused or ended it; empty: none.
        detail: One sentence on its state, for people.
        allowed_at: Of a refused one: UTC ms from which waiting helps; None: it does not.
        started_at: UTC ms when the actuator was switched.
        ended_at: UTC ms when it was over.
        revision: Grows with each change of any command.
    """

    seq: int
    id: str
    twin: str
    actuator: str
    command: str
    duration_s: float | None
    source: Source
    by: str
    reason: str
    correlation_id: str
    asked_at: int
    not_after: int
    state: State
    interlock: str
    detail: str
    allowed_at: int | None
    started_at: int | None
    ended_at: int | None
    revision: int

    @property
    def open(self) -> bool:
        """Tell whether it is not over yet."""
        return self.state in OPEN


class Commands:
    """The table of commands; the newest 50,000 are kept."""

    def __init__(self, database: Database, clock: Clock, twins: Twins) -> None:
        self._database = database
        self._clock = clock
        self._twins = twins

    def submit(self, new: NewCommand) -> CommandRow:
        """Ask for a command; it is queued until the controller judges it.

        A command whose id is known already is returned as it is: nothing is done twice.

        Raises:
            CommandError: `command` is none.
            NotFoundError: There is no such twin or actuator.
            RequestError: A duration, id or text is impossible.
            ConflictError: The id belongs to another command.
        """
        self._check(new)
        now = self._clock.now_ms()
        row_id = new.id or str(uuid7(now, secrets.token_bytes(10)))
        with self._database.transaction() as database:
            known = self._where("id=?", row_id)
            if known:
                return _same(known[0], new)
            seq = database.insert(
                "INSERT INTO command(id,twin,actuator,command,duration_s,source,by,reason,"
                "correlation_id,asked_at,not_after,state,interlock,detail,revision)"
                " VALUES(?,?,?,?,?,?,?,?,?,?,?,'queued','','',"
                "(SELECT coalesce(max(revision),0)+1 FROM command))",
                row_id,
                new.twin,
                new.actuator,
                str(commands.read(new.command)),
                new.duration_s,
                new.source,
                new.by,
                new.reason,
                new.correlation_id,
                now,
                now + NOT_AFTER_MS if new.not_after is None else new.not_after,
            )
            return self._where("seq=?", seq)[0]

    def move(
        self,
        command_id: str,
        state: State,
        detail: str = "",
        *,
        interlock: str = "",
        allowed_at: int | None = None,
    ) -> CommandRow:
        """Move a command on in its life; for the controller alone.

        Raises:
            NotFoundError: There is no such command.
        """
        now = self._clock.now_ms()
        with self._database.transaction() as database:
            changed = database.run(
                "UPDATE command SET state=?2, detail=?3, interlock=?4, allowed_at=?5,"
                " started_at=CASE WHEN ?2='running' OR (?2='done' AND started_at IS NULL)"
                " THEN ?6 ELSE started_at END,"
                " ended_at=CASE WHEN ?2 IN ('queued','accepted','running') THEN NULL"
                " ELSE ?6 END,"
                " revision=(SELECT max(revision)+1 FROM command) WHERE id=?1",
                command_id,
                state,
                detail,
                interlock,
                allowed_at,
                now,
            )
            if not changed:
                raise NotFoundError(f"there is no command {command_id!r}")
            return self.get(command_id)

    def get(self, command_id: str) -> CommandRow:
        """Return a command; NotFoundError if there is none of this id."""
        found = self._where("id=?", command_id)
        if not found:
            raise NotFoundError(f"there is no command {command_id!r}")
        return found[0]

    def queued(self, limit: int = 100) -> list[CommandRow]:
        """Return commands that nobody judged yet, oldest first."""
        return self._where("state='queued' ORDER BY seq LIMIT ?", limit)

    def unfinished(self) -> list[CommandRow]:
        """Return commands that are accepted or running, oldest first."""
        return self._where("state IN ('accepted','running') ORDER BY seq")

    def newest(
        self,
        limit: int = 100,
        *,
        twin: str | None = None,
        actuator: str | None = None,
        state: State | None = None,
        before_seq: int | None = None,
    ) -> list[CommandRow]:
        """Return commands, newest first; go on with `before_seq` of the last one."""
        return self._where(
            "(?1 IS NULL OR twin=?1) AND (?2 IS NULL OR actuator=?2)"
            " AND (?3 IS NULL OR state=?3) AND (?4 IS NULL OR seq<?4)"
            " ORDER BY seq DESC LIMIT ?5",
            twin,
            actuator,
            state,
            before_seq,
            limit,
        )

    def between(
        self, twin: str, start: int, end: int, limit: int = 500
    ) -> list[CommandRow]:
        """Return a twin's commands that began in [start, end) UTC ms, newest first."""
        return self._where(
            "twin=? AND started_at>=? AND started_at<? ORDER BY seq DESC LIMIT ?",
            twin,
            start,
            end,
            limit,
        )

    def changed(self, revision: int, limit: int = 500) -> list[CommandRow]:
        """Return commands changed after a revision, in the order of their changes."""
        return self._where("revision>? ORDER BY revision LIMIT ?", revision, limit)

    def revision(self) -> int:
        """Return the newest revision; 0: there is no command."""
        row = self._database.one("SELECT coalesce(max(revision),0) FROM command")
        return int(row[0]) if row else 0

    def prune(self) -> int:
        """Forget ended commands but the newest 50,000; return how many."""
        return self._database.run(
            "DELETE FROM command WHERE seq<=(SELECT max(seq) FROM command)-?"
            " AND state NOT IN ('queued','accepted','running')",
            _KEPT,
        )

    def _check(self, new: NewCommand) -> None:
        commands.read(new.command)
        twin = self._twins.get(new.twin)
        known = twin.description if twin is not None else None
        if known is None:
            raise NotFoundError(f"there is no twin {new.twin!r}")
        if new.actuator not in known.actuators:
            names = ", ".join(sorted(known.actuators)) or "none"
            raise NotFoundError(
                f"{known.name} has no actuator {new.actuator!r}: expected {names}"
            )
        if new.duration_s is not None and not 0 < new.duration_s <= _LONGEST_S:
            raise RequestError(
                f"duration is {new.duration_s:g} s: expected above 0, a year at most"
            )
        if new.id and not _is_id(new.id):
            raise RequestError(f"id is {new.id[:80]!r}: expected a UUID")
        for name in ("reason", "by", "correlation_id"):
            if len(getattr(new, name)) > _LONGEST_TEXT:
                raise RequestError(f"{name} is too long: expected {_LONGEST_TEXT} at most")

    def _where(self, condition: str, *values: str | int | None) -> list[CommandRow]:
        sql = f"SELECT {_COLUMNS} FROM command WHERE {condition}"
        return self._database.structs(CommandRow, sql, *values)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _same(known: CommandRow, new: NewCommand) -> CommandRow:
    asked = (new.twin, new.actuator, str(commands.read(new.command)), new.duration_s)
    if (known.twin, known.actuator, known.command, known.duration_s) != asked:
        raise ConflictError(
            f"command {known.id} is {known.command} for {known.actuator}, not this one",
            hint="give each command an id of its own",
        )
    return known
