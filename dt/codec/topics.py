"""The topics of the fleet, as data: names, keys, and what a broker is told of them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

_DAY_MS = 86_400_000
_LARGEST_RECORD = 1_048_588
"""What a broker takes by default; a batch is smaller (`dt.codec.checked.LONGEST`)."""


class Key(StrEnum):
    """What a record's key is: records of one key stay in order."""

    APPLIANCE = "appliance"
    TWIN = "twin"
    METER = "meter"
    NONE = ""


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One topic.

    Attributes:
        name: On the broker.
        key: Of its records.
        content: In words.
        partitions: When it is created; a fleet may have more.
        retention_ms: How long records stay; None: compacted, the newest of each key stays.
        largest: Bytes of a record.
    """

    name: str
    key: Key
    content: str
    partitions: int
    retention_ms: int | None
    largest: int = _LARGEST_RECORD

    @property
    def compacted(self) -> bool:
        """Tell whether only the newest record of each key stays."""
        return self.retention_ms is None

    @property
    def config(self) -> dict[str, str]:
        """What the topic is created with, in Kafka's words.

        The broker's time counts: with the sender's, retention would delete a late
        backfill, and a clock ahead of time would be refused.
        """
        told = {
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(self.largest),
        }
        if self.retention_ms is None:
            return {**told, "cleanup.policy": "compact"}
        retention = str(self.retention_ms)
        return {**told, "cleanup.policy": "delete", "retention.ms": retention}


def _stream(name: str, key: Key, content: str, partitions: int, days: int) -> Topic:
    return Topic(
        name=name,
        key=key,
        content=content,
        partitions=partitions,
        retention_ms=days * _DAY_MS,
    )


def _newest(name: str, key: Key, content: str) -> Topic:
    return Topic(name=name, key=key, content=content, partitions=3, retention_ms=None)


_A = Key.APPLIANCE
READINGS = _stream("dt.readings.processed.v1", _A, "batches of judged readings", 12, 7)
RAW = _stream("dt.readings.raw.v1", _A, "batches of raw readings, where asked for", 12, 2)
EVENTS = _stream("dt.events.v1", _A, "alerts, firings, decisions, results, audit", 6, 30)
TWINS = _newest("dt.twins.v1", Key.TWIN, "what a twin is now; no value: it is removed")
COMMANDS = _stream("dt.commands.v1", _A, "commands from the centre", 6, 7)
CONFIG = _newest("dt.config.v1", _A, "desired configuration, with a revision")
ACKS = _stream("dt.acks.v1", _A, "what the centre's database holds", 6, 7)
HEALTH = _newest("dt.health.v1", _A, "heartbeats")
DEADLETTER = Topic(
    name="dt.deadletter.v1",
    key=Key.NONE,
    content="refused records, with why",
    partitions=1,
    retention_ms=90 * _DAY_MS,
    largest=2 * _LARGEST_RECORD,  # a record of any topic, and the headers that say why
)
METERS = _stream("meter-readings", Key.METER, "smart meters, into the centre", 3, 7)
ENERGY = _stream("energy-processed", Key.METER, "judged meter readings, out of it", 3, 7)

FLEET = (
    READINGS,
    RAW,
    EVENTS,
    TWINS,
    COMMANDS,
    CONFIG,
    ACKS,
    HEALTH,
    DEADLETTER,
)
"""What every fleet has."""
OPTIONAL = (METERS, ENERGY)
"""What a fleet has when smart meters are read."""

FAN_OUT_KINDS = (
    "temperature",
    "humidity",
    "soil_moisture",
    "light_intensity",
    "camera_image",
)
"""What single readings are sorted by for stream processors; a fleet may add kinds."""

BY_NAME: Mapping[str, Topic] = MappingProxyType({t.name: t for t in (*FLEET, *OPTIONAL)})


def fan_out(kind: str, *, raw: bool = False) -> Topic:
    """Return the topic of single readings of a kind, which exists where it is asked for."""
    stage = "raw" if raw else "processed"
    content = f"single {stage} readings: {kind}"
    return _stream(f"dt.sensors.{stage}.{kind}", _A, content, 3, 2)
