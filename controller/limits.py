"""What limits an actuator, what is known of it, and what the interlocks answer.

All times are seconds on the monotonic clock.
"""

from enum import StrEnum

import msgspec

from dt.twin.command import OFF, Command, Verb


class Interlock(StrEnum):
    """What may forbid a command or force an actuator into its safe state."""

    COMMANDS = "commands"
    LOCKED = "locked"
    REQUIRES = "requires"
    EXCLUDES = "excludes"
    BUDGET = "budget"
    MIN_OFF = "min_off"
    MAX_ON = "max_on"
    DUTY = "duty"
    DURATION = "duration"


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """At most `on_s` seconds of running within any `window_s` seconds."""

    on_s: float
    window_s: float


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one actuator.

    Attributes:
        actuator: Its name.
        commands: The verbs that are allowed; that of the safe state always is.
        safe: What it does when nobody may decide.
        max_on: Longest run in s; None: no limit.
        min_off: Shortest pause in s.
        duty: Running time within a window.
        excludes: Actuators that never run together with it; it holds both ways.
        current: What it draws while it runs, in A.
        requires: Signals that must be fresh and good while it is not in its safe state.
    """

    actuator: str
    commands: frozenset[Verb] = frozenset(Verb)
    safe: Command = OFF
    max_on: float | None = None
    min_off: float = 0.0
    duty: Duty | None = None
    excludes: frozenset[str] = frozenset()
    current: float = 0.0
    requires: tuple[str, ...] = ()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of all actuators of an appliance; `budget` in A, None: none."""

    actuators: tuple[Settings, ...]
    budget: float | None = None

    def of(self, actuator: str) -> Settings | None:
        """Return the settings of an actuator, or None: there is no such actuator."""
        return next((s for s in self.actuators if s.actuator == actuator), None)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A time of running that is over, in s on the monotonic clock."""

    start: float
    end: float


class ActuatorState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one actuator; times in s on the monotonic clock.

    Attributes:
        command: What it does.
        since: Start of the run, if it runs.
        until: Planned end of what it does; None: open.
        off_since: End of the last run; None: never ran.
        runs: Runs that still count for its duty, oldest first.
        locked_by: Who locked it out; empty: nobody.
    """

    command: Command = OFF
    since: float | None = None
    until: float | None = None
    off_since: float | None = None
    runs: tuple[Run, ...] = ()
    locked_by: str = ""


class States(msgspec.Struct, frozen=True, kw_only=True):
    """All actuators at a moment of a boot; msgspec keeps it over restarts."""

    boot_id: str
    at: float
    actuators: dict[str, ActuatorState] = {}

    def of(self, actuator: str) -> ActuatorState:
        """Return what is known of an actuator."""
        return self.actuators.get(actuator, ActuatorState())


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A command that wants to pass; `duration` in s, None: open."""

    actuator: str
    command: Command
    duration: float | None = None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The command may be carried out; `states` hold once it is."""

    order: Order
    states: States


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The command may not be carried out.

    Attributes:
        order: The command.
        interlock: Which one forbids it.
        reason: One sentence for people.
        allowed_at: Monotonic s from which this interlock allows it; None: not by waiting.
    """

    order: Order
    interlock: Interlock
    reason: str
    allowed_at: float | None = None


class Forced(msgspec.Struct, frozen=True, kw_only=True):
    """An actuator must go into its safe state now; `interlock` None: its time is over."""

    actuator: str
    command: Command
    reason: str
    interlock: Interlock | None = None


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """The signals that are fresh and good now, by name."""

    usable: frozenset[str] = frozenset()
