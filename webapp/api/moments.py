"""Times as callers write them: UTC ms, ISO 8601, or ``-12h`` before now."""

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from dt.errors import RequestError
from dt.twin.quantities import seconds

Moment = Annotated[
    str,
    msgspec.Meta(
        description="UTC ms, ISO 8601 (without offset: UTC), now, or relative like -12h",
        examples=["-12h", "2026-01-31T12:00:00Z", "1769860800000"],
    ),
]
_LOWEST, _HIGHEST = 0, 253_402_300_800_000  # 1970 to 9999
_PLUS_LOST = re.compile(r" (\d\d:?\d\d)$")


def parse(text: str, now: int, name: str = "time") -> int:
    """Return UTC ms.

    Args:
        text: As a caller wrote it.
        now: UTC ms.
        name: Of the key, for the message.

    Raises:
        RequestError: It is none of these, or not between the years 1970 and 9999.
    """
    try:
        moment = _read(text.strip(), now)
    except (ValueError, OverflowError):
        moment = -1
    if not _LOWEST <= moment < _HIGHEST:
        raise RequestError(
            f"{name} is {text[:60]!r}: expected UTC ms, ISO 8601 or -12h",
            hint="for instance 2026-01-31T12:00:00Z",
        )
    return moment


def _read(text: str, now: int) -> int:
    if text == "now":
        return now
    if re.fullmatch(r"\d{1,15}", text, re.ASCII):
        return int(text)
    if text.startswith("-"):
        return now - round(seconds(text[1:]) * 1000)
    moment = datetime.fromisoformat(_PLUS_LOST.sub(r"+\1", text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def span(start: str, end: str, now: int) -> tuple[int, int]:
    """Return [start, end) in UTC ms.

    Raises:
        RequestError: One is unreadable, or the end is not after the start.
    """
    first, last = parse(start, now, "from"), parse(end, now, "to")
    if last <= first:
        raise RequestError(f"to is {last}: expected after from, {first}")
    return first, last
