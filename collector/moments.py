"""Times as sources write them, to UTC ms: ISO 8601, numbers of any unit, or a pattern."""

import math
from datetime import UTC, datetime, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_MS = 253_402_300_799_999  # the end of year 9999
_LARGEST_NUMBER = 10**300  # a larger whole number may be no float at all
_PER_MS = {"s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
UNITS = ("auto", "iso", *_PER_MS)


def moment_ms(value: object, form: str = "auto", zone: tzinfo = UTC) -> int:
    """Return UTC ms of a time.

    Args:
        value: A text or a number.
        form: ``iso``; ``s``, ``ms``, ``us`` or ``ns`` since 1970; ``auto``: ISO or a
            number, whose unit follows from its size; else a pattern of `strptime`.
        zone: Where a time without a zone was written.

    Raises:
        ValueError: It is no time, or not between 1970 and 9999.
    """
    number = None if form == "iso" or "%" in form else _number(value)
    if number is not None:
        scaled = number * _scale(number, form)
        ms = round(scaled) if math.isfinite(scaled) else -1
    elif isinstance(value, str) and form not in _PER_MS:
        ms = _of_text(value.strip(), form, zone)
    else:
        raise ValueError(f"{value!r} is no time ({form})")
    if not 0 <= ms <= _LARGEST_MS:
        raise ValueError(f"{value!r} is not between 1970 and 9999")
    return ms


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if abs(value) <= _LARGEST_NUMBER else math.inf
    text = str(value).strip()
    if not text or not text.lstrip("+-").replace(".", "", 1).isdecimal():
        return None
    return float(text)


def _scale(number: float, form: str) -> float:
    if form in _PER_MS:
        return _PER_MS[form]
    for limit, unit in ((1e11, "s"), (1e14, "ms"), (1e17, "us")):
        if abs(number) < limit:
            return _PER_MS[unit]
    return _PER_MS["ns"]


def _of_text(text: str, form: str, zone: tzinfo) -> int:
    pattern = "%" in form
    when = (
        datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
        if pattern
        else datetime.fromisoformat(text)
    )
    when = when if when.tzinfo else when.replace(tzinfo=zone)
    since = when - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
