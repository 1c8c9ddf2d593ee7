"""What stands around a record: headers after CloudEvents.

Source: CloudEvents 1.0.2, Kafka protocol binding, binary content mode: attributes are
headers of UTF-8 text with the prefix ``ce_``; over HTTP the prefix is ``ce-``.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from dt.codec.batch import Batch
from dt.codec.checked import LARGEST_MS, shown
from dt.codec.headers import Headers, needed, texts
from dt.errors import CodecError

KAFKA, HTTP = "ce_", "ce-"
SPECVERSION = "1.0"
CENTRE = "/centre"
"""The source of what the centre sends."""
_CONTENT = ("content-type", b"application/json")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes of a record.

    Attributes:
        id: With `source`, of this record alone; sent again, it is the same.
        source: Who sends it, see `source_of`.
        type: What it is: the name of its topic.
        at: UTC ms at which it was made; None: nobody says.
    """

    id: str
    source: str
    type: str
    at: int | None = None


def source_of(appliance: str) -> str:
    """Return the source of what an appliance sends."""
    return f"/appliances/{quote(appliance, safe='')}"


def envelope_of(batch: Batch, topic: str) -> Envelope:
    """Return the envelope of a batch; of the same readings it is always the same."""
    numbers = f"{batch.first}-{batch.end - 1}"
    return Envelope(
        id=f"{batch.epoch}.{batch.incarnation}.{numbers}",
        source=source_of(batch.appliance),
        type=topic,
    )


def headers_of(envelope: Envelope, prefix: str = KAFKA) -> Headers:
    """Return the headers of a record of JSON."""
    told = [
        ("specversion", SPECVERSION),
        ("id", envelope.id),
        ("source", envelope.source),
        ("type", envelope.type),
    ]
    if envelope.at is not None:
        told.append(("time", _time_text(envelope.at)))
    return (_CONTENT, *((prefix + name, text.encode()) for name, text in told))


def read(headers: Iterable[tuple[str, bytes | None]], prefix: str = KAFKA) -> Envelope:
    """Return the envelope that headers tell; others are passed over.

    Raises:
        CodecError: One is missing or wrong, or the envelope is of another version.
    """
    told = texts(headers, prefix)
    version = needed(told, prefix + "specversion")
    if version.split(".")[0] != SPECVERSION.split(".", maxsplit=1)[0]:
        raise CodecError(
            f"header {prefix}specversion: saw {shown(version)}, expected {SPECVERSION}"
        )
    time = told.get(prefix + "time")
    return Envelope(
        id=needed(told, prefix + "id"),
        source=needed(told, prefix + "source"),
        type=needed(told, prefix + "type"),
        at=None if time is None else _time(time, prefix + "time"),
    )


def _time_text(at: int) -> str:
    if not 0 <= at <= LARGEST_MS:
        raise CodecError(f"time is {shown(at)}: expected UTC ms, 1970 to 9999")
    when = _EPOCH + timedelta(milliseconds=at)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(text: str, name: str) -> int:
    try:
        when = datetime.fromisoformat(text)
        return (when - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, TypeError, OverflowError) as error:
        expected = "a time with its zone like 2026-05-01T12:00:00.000Z"
        raise CodecError(
            f"header {name}: saw {shown(text)}, expected {expected}"
        ) from error
