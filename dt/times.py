"""Moments as people write them: ``2026-05-01 12:00``, ``-7d``, ``now``, 1777636800000."""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dt.errors import RequestError
from dt.twin.quantities import seconds

_SPACE = re.compile(r"^(\d{4}-\d{2}-\d{2})\s+(?=\d)")
_LARGEST_MS = 253_402_300_799_999  # the end of year 9999


def moment(text: str, now_ms: int, zone: tzinfo = UTC) -> int:
    """Return UTC ms of a text.

    Args:
        text: ISO 8601 (a date, a time, with or without zone), ``now``, a span before
            now like ``-7d``, or digits: UTC s if 11 or fewer, else UTC ms.
        now_ms: What ``now`` means, UTC ms.
        zone: Where a time without a zone was written.

    Raises:
        RequestError: It is none of these, or not between 1970 and 9999.
    """
    text = text.strip()
    try:
        value = _value(text, now_ms, zone)
    except (ValueError, OverflowError):
        value = -1
    if not 0 <= value <= _LARGEST_MS:
        raise RequestError(
            f"time is {text!r}: expected like 2026-05-01, 2026-05-01T12:00Z, -7d or now"
        )
    return value


def _value(text: str, now_ms: int, zone: tzinfo) -> int:
    if text == "now":
        return now_ms
    if text.startswith("-"):
        return now_ms - round(seconds(text[1:]) * 1000)
    if text.isascii() and text.isdigit():
        return int(text) * (1000 if len(text) <= 11 else 1)
    when = datetime.fromisoformat(_SPACE.sub(r"\1T", text))
    when = when if when.tzinfo else when.replace(tzinfo=zone)
    since = when - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def zone_of(name: str) -> tzinfo:
    """Return the zone of an IANA name; empty: UTC.

    Raises:
        RequestError: There is no such zone.
    """
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RequestError(
            f"time zone is {name!r}: expected a name like Europe/Vienna"
        ) from error


def iso_text(ms: int) -> str:
    """Return UTC ms as ``2026-05-01T12:00:00.000Z``."""
    when = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


def day_text(ms: int) -> str:
    """Return the day of UTC ms as ``2026-05-01``."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%d}"
