"""What an entry under ``rules:`` may say, and what a rule tells, as frozen structs."""

from enum import StrEnum

import msgspec

from dt.twin.command import Command
from dt.twin.quantities import Seconds


class Severity(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class StepSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that shall be done: an entry under ``then:``.

    Attributes:
        actuator: Of the same twin.
        command: ``ON``, ``OFF``, ``SET_PWM:0.4`` or ``SET:21.5``.
        duration: Seconds after which the actuator returns to its safe state.
    """

    actuator: str
    command: str
    duration: Seconds | None = None


class RuleSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that every kind of rule has; those of its kind stand beside them.

    Attributes:
        id: Of its own within the twin.
        kind: Name of an entry point of ``dt.rules``.
        hold: ``for`` in the file: seconds during which the condition must hold.
        persistence: How many readings in a row must fulfil the condition.
        cooldown: Seconds after a firing during which the rule does not fire again.
        repeat: Seconds after which a rule that still holds acts again; None: once.
        max_age: Seconds after which an input is stale; None: by the sensor's interval.
        good_only: An uncertain reading counts as missing.
        severity: Of the alert.
        latch: The alert stays until somebody acknowledges it.
        message: For people; ``{soil.moisture}`` and ``{soil.moisture:.1f}`` are values.
        then: What to do when it fires.
        enabled: Off: it is read and checked, and never fires.
    """

    id: str
    kind: str = "expression"
    hold: Seconds = msgspec.field(name="for", default_factory=lambda: Seconds(0))
    persistence: int = 1
    cooldown: Seconds = msgspec.field(default_factory=lambda: Seconds(0))
    repeat: Seconds | None = None
    max_age: Seconds | None = None
    good_only: bool = False
    severity: Severity = Severity.WARNING
    latch: bool = False
    message: str = ""
    then: tuple[StepSpec, ...] = ()
    enabled: bool = True


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A command that a firing asks for; the interlocks have the last word.

    Attributes:
        actuator: Of the rule's twin.
        command: What it shall do.
        duration_s: Until it returns to its safe state; None: open.
    """

    actuator: str
    command: Command
    duration_s: float | None = None


class Happening(StrEnum):
    """What became of a rule."""

    FIRED = "fired"
    REPEATED = "repeated"
    CLEARED = "cleared"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An input as the rule saw it; `value` None: none, or none that counts."""

    signal: str
    value: float | None = None
    observed_at: int | None = None
    code: int | None = None


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a condition, and whether it held; None: that cannot be told."""

    text: str
    held: bool | None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Why a rule fired or cleared.

    Attributes:
        text: The condition that decided.
        why: One sentence.
        since: UTC ms at which the condition began to hold without a break.
        count: Readings in a row that fulfilled it.
        clauses: Its parts.
        inputs: The values that were judged.
        epoch, seq: The reading that caused it; 0, 0: time passed.
    """

    text: str
    why: str
    since: int
    count: int
    clauses: tuple[Clause, ...] = ()
    inputs: tuple[Seen, ...] = ()
    epoch: int = 0
    seq: int = 0


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """A rule fired, acted again or cleared.

    Attributes:
        rule: Its id.
        twin: Whose rule it is.
        happening: What became of it.
        at: UTC ms, of the reading that decided or of the moment that passed.
        severity: Of the alert.
        latch: The alert stays until somebody acknowledges it.
        message: For people, with values.
        actions: What shall be done; none when it cleared.
        trace: Why.
    """

    rule: str
    twin: str
    happening: Happening
    at: int
    severity: Severity
    latch: bool
    message: str
    actions: tuple[Action, ...] = ()
    trace: Trace
