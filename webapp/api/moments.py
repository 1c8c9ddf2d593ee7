"""Times in a query: UTC ms, ISO 8601, or ``-12h`` before now."""

import re
from typing import Annotated

import msgspec

from dt.errors import RequestError
from dt.times import moment

Moment = Annotated[
    str,
    msgspec.Meta(
        description="UTC ms, ISO 8601 (without offset: UTC), now, or relative like -12h",
        examples=["-12h", "2026-01-31T12:00:00Z", "1769860800000"],
    ),
]
_PLUS_LOST = re.compile(r" (\d\d:?\d\d)$")


def parse(text: str, now: int, name: str = "time") -> int:
    """Return UTC ms.

    Args:
        text: As a caller wrote it; a ``+`` that a form turned into a space is put back.
        now: UTC ms.
        name: Of the key, for the message.

    Raises:
        RequestError: It is none of these, or not between the years 1970 and 9999.
    """
    try:
        return moment(_PLUS_LOST.sub(r"+\1", text[:60]), now)
    except RequestError as error:
        raise RequestError(f"{name}: {error.message}") from error


def span(start: str, end: str, now: int) -> tuple[int, int]:
    """Return [start, end) in UTC ms.

    Raises:
        RequestError: One is unreadable, or the end is not after the start.
    """
    first, last = parse(start, now, "from"), parse(end, now, "to")
    if last <= first:
        raise RequestError(f"to is {last}: expected after from, {first}")
    return first, last
