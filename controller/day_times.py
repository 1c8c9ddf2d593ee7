"""Times of the local day as people write them: ``06:00``, ``sunrise``, ``sunset-30min``.

Pure. A time of the sun becomes a second of the day for a date and place.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from controller.loops.profile import Point
from controller.routines import Place, Sun, sun_ms
from dt.twin.quantities import seconds

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SUN = re.compile(r"(sunrise|sunset)\s*(?:([+-])\s*(\S+))?")
_EXPECTED = "a time of day like 06:00, sunrise or sunset-30min"


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A value from a time of the day on.

    Attributes:
        value: From then on.
        at_s: Seconds after local midnight, if it is no time of the sun.
        sun: The moment of the sun, moved by `offset_s`.
        offset_s: Seconds after it; negative: before.
    """

    value: float
    at_s: float = 0.0
    sun: Sun | None = None
    offset_s: float = 0.0


def turn(text: str, value: float) -> Turn:
    """Return a value with the time that a text says.

    Raises:
        ValueError: With what was expected.
    """
    sun = _SUN.fullmatch(text.strip())
    if sun is not None:
        moved = offset(f"{sun[2]}{sun[3]}") if sun[2] else 0.0
        return Turn(value=value, sun=Sun(sun[1]), offset_s=moved)
    return Turn(value=value, at_s=minute(text) * 60.0)


def minute(text: object) -> int:
    """Return the minute of the day that ``HH:MM`` says.

    Raises:
        ValueError: With what was expected.
    """
    found = _CLOCK.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(_EXPECTED)
    return int(found[1]) * 60 + int(found[2])


def offset(text: object) -> float:
    """Return the seconds that ``-30min`` or ``+1h`` says; a number is seconds.

    Raises:
        ValueError: With what was expected.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    said = str(text).strip()
    sign = -1.0 if said.startswith("-") else 1.0
    try:
        return sign * seconds(said.lstrip("+-") or said)
    except ValueError:
        raise ValueError("a duration like -30min or 1h") from None


def duration(value: object) -> float:
    """Return seconds; ValueError says what was expected."""
    return float(seconds(value))


def points(turns: Sequence[Turn], place: Place, day: date) -> list[Point]:
    """Return turns as points of a local day, in order; in the polar night noon counts.

    Args:
        turns: At least one.
        place: Where the sun is looked for.
        day: Local.
    """
    found: dict[float, float] = {}
    for one in turns:
        found[_second(one, place, day) % 86_400.0] = one.value
    return [Point(at_s=at, setpoint=found[at]) for at in sorted(found)]


def _second(one: Turn, place: Place, day: date) -> float:
    if one.sun is None:
        return one.at_s
    at = sun_ms(one.sun, place, day)
    if at is None:
        return 43_200.0
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(place.zone))
    return local.hour * 3600 + local.minute * 60 + local.second + one.offset_s
