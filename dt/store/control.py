"""How a twin is controlled: its mode, lock-outs, and what the controller remembers.

The mode says who owns the actuators: people, the twin's rules, routines and loops, or
models. One owner at a time; people may always stop a thing.
"""

from enum import StrEnum
from typing import TypeVar

import msgspec

from dt.clock import Clock
from dt.store.database import Database

TABLE = (
    (
        "CREATE TABLE control_mode(twin TEXT PRIMARY KEY, mode TEXT NOT NULL,"
        " by TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE lockout(twin TEXT NOT NULL, actuator TEXT NOT NULL,"
        " by TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL,"
        " PRIMARY KEY(twin, actuator)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE loop_wish(twin TEXT NOT NULL, loop TEXT NOT NULL, body TEXT NOT NULL,"
        " PRIMARY KEY(twin, loop)) WITHOUT ROWID"
    ),
    "CREATE TABLE control_state(name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
)
T = TypeVar("T")


class Mode(StrEnum):
    """Who owns a twin's actuators."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    AUTOPILOT = "autopilot"


class ModeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The mode of a twin, who chose it, and when (UTC ms)."""

    twin: str
    mode: Mode = Mode.AUTOMATIC
    by: str = ""
    at: int = 0


class Lockout(msgspec.Struct, frozen=True, kw_only=True):
    """An actuator that a person locked out: only its safe state passes; `at` in UTC ms."""

    twin: str
    actuator: str
    by: str
    why: str
    at: int


class LoopMode(StrEnum):
    """Who gives a loop's output."""

    AUTO = "auto"
    MANUAL = "manual"
    AUTOTUNE = "autotune"


class LoopWish(msgspec.Struct, frozen=True, kw_only=True):
    """What people want of a loop, beside what its entry says.

    Attributes:
        twin, loop: Which loop.
        mode: Who gives its output.
        setpoint: Instead of the entry's, in the input's unit; None: the entry's.
        output: While `mode` is manual: share 0–1.
        by: Who said so last.
        at: UTC ms.
    """

    twin: str
    loop: str
    mode: LoopMode = LoopMode.AUTO
    setpoint: float | None = None
    output: float = 0.0
    by: str = ""
    at: int = 0


class Control:
    """The tables of control."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def mode(self, twin: str) -> ModeRow:
        """Return the mode of a twin; automatic until somebody chose."""
        found = self._database.structs(
            ModeRow, "SELECT twin,mode,by,at FROM control_mode WHERE twin=?", twin
        )
        return found[0] if found else ModeRow(twin=twin)

    def modes(self) -> dict[str, ModeRow]:
        """Return the modes that were chosen, by twin."""
        rows = self._database.structs(ModeRow, "SELECT twin,mode,by,at FROM control_mode")
        return {row.twin: row for row in rows}

    def set_mode(self, twin: str, mode: Mode, by: str) -> ModeRow:
        """Choose the mode of a twin."""
        row = ModeRow(twin=twin, mode=mode, by=by, at=self._clock.now_ms())
        self._database.run(
            "INSERT OR REPLACE INTO control_mode VALUES(?,?,?,?)", twin, mode, by, row.at
        )
        return row

    def lockouts(self) -> list[Lockout]:
        """Return all lock-outs, by twin and actuator."""
        return self._database.structs(
            Lockout, "SELECT twin,actuator,by,why,at FROM lockout ORDER BY twin, actuator"
        )

    def lock(self, twin: str, actuator: str, by: str, why: str = "") -> Lockout:
        """Lock an actuator out; one that is locked stays with who locked it first."""
        with self._database.transaction() as database:
            database.run(
                "INSERT OR IGNORE INTO lockout VALUES(?,?,?,?,?)",
                twin,
                actuator,
                by,
                why,
                self._clock.now_ms(),
            )
            kept = [
                one
                for one in self.lockouts()
                if (one.twin, one.actuator) == (twin, actuator)
            ]
        return kept[0]

    def unlock(self, twin: str, actuator: str) -> bool:
        """End a lock-out; tell whether there was one."""
        return bool(
            self._database.run(
                "DELETE FROM lockout WHERE twin=? AND actuator=?", twin, actuator
            )
        )

    def wishes(self) -> dict[tuple[str, str], LoopWish]:
        """Return what people want of loops, by (twin, loop)."""
        rows = self._database.all("SELECT body FROM loop_wish")
        found = [msgspec.json.decode(row[0], type=LoopWish) for row in rows]
        return {(wish.twin, wish.loop): wish for wish in found}

    def wish(self, twin: str, loop: str) -> LoopWish:
        """Return what people want of a loop."""
        return self.wishes().get((twin, loop)) or LoopWish(twin=twin, loop=loop)

    def set_wish(self, wish: LoopWish) -> LoopWish:
        """Store what a person wants of a loop; `at` is set here."""
        after = msgspec.structs.replace(wish, at=self._clock.now_ms())
        self._database.run(
            "INSERT OR REPLACE INTO loop_wish VALUES(?,?,?)",
            wish.twin,
            wish.loop,
            msgspec.json.encode(after).decode(),
        )
        return after

    def remembered(self, name: str, kind: type[T]) -> T | None:
        """Return what the controller remembered under a name; None: nothing usable.

        A state of another shape, of an older version, counts as nothing.
        """
        row = self._database.one("SELECT body FROM control_state WHERE name=?", name)
        if row is None:
            return None
        try:
            return msgspec.msgpack.decode(row[0], type=kind)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return None

    def remember(self, name: str, state: object) -> None:
        """Store what the controller shall remember, in the transaction it is called in."""
        self._database.run(
            "INSERT INTO control_state VALUES(?1,?2)"
            " ON CONFLICT(name) DO UPDATE SET body=?2",
            name,
            msgspec.msgpack.encode(state),
        )
