"""The other messages: commands, configuration, acknowledgements, health, twins."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from dt.codec import checked
from dt.codec.checked import (
    LARGEST_INT,
    VERSION,
    Count,
    Label,
    Moment,
    Name,
    Number,
    ShortName,
    Text,
)
from dt.errors import CodecError
from dt.twin.ranges import Ranges

_HEX = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\s\S])"
Id = Annotated[str, Meta(pattern=_HEX)]
"""A UUID; new ones are of version 7 (`dt.twin.uuid7`)."""
Pair = tuple[Count, Count]
"""A half-open range [start, end)."""
Pairs = Annotated[tuple[Pair, ...], Meta(max_length=10_000)]


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """How a command shall be carried out.

    Attributes:
        duration_s: Until the actuator returns to its safe state, in s; None: open.
    """

    duration_s: Annotated[float, Meta(gt=0)] | None = None


class RemoteCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command from the centre to an appliance, on ``dt.commands.v1``.

    Attributes:
        id: UUIDv7; the same id is the same command and is carried out once.
        appliance: Who shall do it.
        twin, actuator: What shall move.
        command: ``ON``, ``OFF``, ``SET_PWM:0.4`` or ``SET:21.5``.
        arguments: How.
        not_after: UTC ms after which it must not begin.
        correlation_id: What caused it.
        by: Who asks, at the centre.
        reason: One sentence for people.
        v: Version of the schema.
    """

    id: Id
    appliance: ShortName
    twin: Name
    actuator: Name
    command: Label
    arguments: Arguments = Arguments()
    not_after: Moment
    correlation_id: Label = ""
    by: Label = ""
    reason: Text = ""
    v: int = VERSION


class ConfigPart(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a desired configuration.

    Attributes:
        name: What it configures: ``dt.yaml``, ``twins/plant/twin.yaml``.
        text: The document.
    """

    name: Name
    text: Annotated[str, Meta(max_length=500_000)]


class DesiredConfig(msgspec.Struct, frozen=True, kw_only=True):
    """All that the centre wants an appliance to be, on ``dt.config.v1``.

    Attributes:
        appliance: Who shall be so.
        revision: Grows with each change; the appliance reports which one it applied.
        at: UTC ms of the change.
        by: Who changed it.
        parts: The documents, applied all or none.
        v: Version of the schema.
    """

    appliance: ShortName
    revision: Number
    at: Moment
    by: Label = ""
    parts: tuple[ConfigPart, ...] = ()
    v: int = VERSION


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the centre's database holds of one epoch.

    Attributes:
        epoch, incarnation: Which.
        ranges: Numbers of readings, half-open.
    """

    epoch: Number
    incarnation: ShortName
    ranges: Pairs = ()


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """What the centre's database holds of an appliance, on ``dt.acks.v1``.

    Attributes:
        appliance: Whose readings and events.
        at: UTC ms by the centre's clock.
        held: Of epochs; what an ack does not name is as it was.
        events: Numbers of the outbox of events, half-open ranges.
        v: Version of the schema.
    """

    appliance: ShortName
    at: Moment
    held: tuple[Held, ...] = ()
    events: Pairs = ()
    v: int = VERSION


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """How an appliance does, on ``dt.health.v1``.

    Attributes:
        appliance: Which.
        at: UTC ms by its clock.
        version: Of the program.
        started_at: UTC ms of the start of its newest process.
        clock: Whether its clock can be trusted.
        owed: Readings that the centre's database does not hold yet.
        gaps: In how many ranges they are.
        events_owed: Events, alerts and results that it does not hold yet.
        disk_free, disk_total: Bytes.
        temperature: Of the processor, in Cel; None: not known.
        ages_s: Signal to the age of its newest reading, in s.
        applied_revision: Of the desired configuration; 0: none yet.
        v: Version of the schema.
    """

    appliance: ShortName
    at: Moment
    version: Label
    started_at: Moment | None = None
    clock: Literal["synced", "unsynced"]
    owed: Count = 0
    gaps: Count = 0
    events_owed: Count = 0
    disk_free: Count | None = None
    disk_total: Count | None = None
    temperature: float | None = None
    ages_s: dict[Name, Annotated[float, Meta(le=LARGEST_INT)]] = {}
    applied_revision: Count = 0
    v: int = VERSION


class TwinState(msgspec.Struct, frozen=True, kw_only=True):
    """What a twin is now, on ``dt.twins.v1``; a record without value: it is removed.

    Attributes:
        id: Of the twin.
        appliance: Where it runs; empty: it is only registered.
        at: UTC ms of the change.
        description: As in twin.yaml.
        v: Version of the schema.
    """

    id: Name
    appliance: Label = ""
    at: Moment
    description: dict[str, Any]
    v: int = VERSION


Message = RemoteCommand | DesiredConfig | Ack | Heartbeat | TwinState
M = TypeVar("M", bound=Message)

_NAMES: Mapping[type, str] = MappingProxyType(
    {
        RemoteCommand: "command",
        DesiredConfig: "desired configuration",
        Ack: "ack",
        Heartbeat: "heartbeat",
        TwinState: "twin",
    }
)

_READERS: Mapping[type, checked.Readers[Any]] = MappingProxyType(
    {kind: checked.readers(kind) for kind in _NAMES}
)


def encode(message: Message) -> bytes:
    """Return the bytes of a message."""
    return msgspec.json.encode(message)


def decode(data: bytes, kind: type[M]) -> M:
    """Return the message of one kind that bytes hold.

    Raises:
        CodecError: They hold none.
        VersionError: They are of a version that is not read here.
    """
    known: checked.Readers[M] = _READERS[kind]
    return checked.decode(data, known, _NAMES[kind])


def ranges_of(pairs: Pairs) -> Ranges:
    """Return the set that pairs on the wire tell.

    Raises:
        CodecError: A pair is no range.
    """
    try:
        return Ranges.of(*pairs)
    except ValueError as error:
        raise CodecError(f"ranges: {error}") from error


def pairs_of(ranges: Ranges) -> Pairs:
    """Return a set as it stands on the wire."""
    return tuple(ranges)
