"""What stands on ``dt.events.v1``: one JSON object for each thing that happened.

All have the same head; ``type`` tells what follows. An event of a type that is not known
here keeps its head, so a newer appliance loses nothing at an older centre.
"""

from types import MappingProxyType
from typing import Any

import msgspec

from dt.codec import checked
from dt.codec.checked import VERSION, Count, Label, Moment, Name, Number, ShortName, Text
from dt.codec.messages import Id

_WHAT = "event"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What every event has.

    Attributes:
        id: UUIDv7 it got when it was put into the outbox; sent again, it is the same.
        appliance: Where it happened.
        seq: Its number in the outbox of the appliance.
        at: UTC ms at which it happened.
        twin: Whose it is; empty: of the appliance itself.
        v: Version of the schema.
    """

    id: Id
    appliance: ShortName
    seq: Number
    at: Moment
    twin: Label = ""
    v: int = VERSION


class AlertStep(Head, frozen=True, kw_only=True, tag="alert"):
    """One step in the life of an alert.

    Attributes:
        key: Of the alert.
        change: ``raise end acknowledge shelve unshelve``.
        condition: ``active acknowledged latched shelved cleared``: where it is since.
        severity: ``info notice warning critical``.
        text: For people.
        by: Who did it; empty: the appliance.
        why: In that person's words.
    """

    key: Name
    change: Label
    condition: Label
    severity: Label
    text: Text = ""
    by: Label = ""
    why: Text = ""


class Firing(Head, frozen=True, kw_only=True, tag="firing"):
    """A rule fired, repeated or cleared.

    Attributes:
        rule: Its id.
        happening: ``fired repeated cleared``.
        severity: Of the rule.
        message: For people.
        trace: Why: values, since when, which clause.
        commands: Ids of the commands that followed.
    """

    rule: Name
    happening: Label
    severity: Label
    message: Text = ""
    trace: dict[str, Any] = {}
    commands: tuple[Label, ...] = ()


class Decision(Head, frozen=True, kw_only=True, tag="decision"):
    """What a model decided.

    Attributes:
        model: Its id.
        text: For people.
        body: Facts for programs.
        commands: Ids of the commands that followed.
    """

    model: Name
    text: Text = ""
    body: dict[str, Any] = {}
    commands: tuple[Label, ...] = ()


class CommandResult(Head, frozen=True, kw_only=True, tag="command"):
    """Where a command is in its life, whoever asked for it.

    Attributes:
        command_id: Of the command.
        actuator: Its name in the twin.
        command: ``ON``, ``OFF``, ``SET_PWM:0.4`` or ``SET:21.5``.
        state: ``queued accepted refused running done failed expired superseded``.
        source: ``person rule routine loop model centre``.
        by: Name of the person, or id of the rule, routine, loop or model.
        correlation_id: What caused it.
        interlock: Which interlock refused or ended it; empty: none.
        detail: One sentence on its state, for people.
        allowed_at: Of a refused one: UTC ms from which waiting helps.
        started_at, ended_at: UTC ms of what the actuator did.
        revision: Grows with each change of a command of the appliance.
    """

    command_id: Id
    actuator: Name
    command: Label
    state: Label
    source: Label
    by: Label = ""
    correlation_id: Label = ""
    interlock: Label = ""
    detail: Text = ""
    allowed_at: Moment | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    revision: Count = 0


class Audit(Head, frozen=True, kw_only=True, tag="audit"):
    """Who changed what; never with a secret.

    Attributes:
        who: Name of the user or token, or ``command line``.
        action: ``user.add``, ``calibration.undo``, …
        target: What was changed.
        before, after: How it was and is; null: it did not exist, it is gone.
    """

    who: Label
    action: Label
    target: Name
    before: Any = None
    after: Any = None


class Fact(Head, frozen=True, kw_only=True, tag="event"):
    """Any other thing that happened.

    Attributes:
        kind: A past participle: ``SensorLost``.
        severity: 0 info, 1 notice, 2 warning, 3 critical.
        source: What noticed it.
        text: For people.
        body: Facts for programs.
    """

    kind: Name
    severity: Count = 0
    source: Label = ""
    text: Text = ""
    body: dict[str, Any] = {}


class Unknown(Head, frozen=True, kw_only=True):
    """An event of a type that is not known here; its bytes are worth keeping.

    Attributes:
        type: As its sender calls it.
    """

    type: Label


Event = AlertStep | Firing | Decision | CommandResult | Audit | Fact
_TYPES = frozenset({"alert", "firing", "decision", "command", "audit", "event"})
_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_UNKNOWN = msgspec.json.Decoder(Unknown)


class _Type(msgspec.Struct, frozen=True):
    type: str


_TYPE = msgspec.json.Decoder(_Type)


def encode(event: Event) -> bytes:
    """Return the bytes of an event."""
    return msgspec.json.encode(event)


def decode(data: bytes) -> Event | Unknown:
    """Return the event that bytes hold.

    Raises:
        CodecError: They hold none.
        VersionError: They are of a version that is not read here.
    """
    return checked.decode(data, _READERS, _WHAT)


def _first(data: bytes) -> Event | Unknown:
    known = _TYPE.decode(data).type in _TYPES
    return _EVENT.decode(data) if known else _UNKNOWN.decode(data)


_READERS: checked.Readers[Event | Unknown] = MappingProxyType({VERSION: _first})
