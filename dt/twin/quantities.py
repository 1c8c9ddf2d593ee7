"""Durations, sizes and rates as people write them: ``5s 10min 4GB 1.0/min``."""

import re

_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "mo": 2629746.0,
    "y": 31556952.0,
}
_ALIASES = {"m": "min", "sec": "s", "hour": "h", "day": "d", "week": "w", "a": "y"}
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_NUMBER = r"\s*([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*"


class Seconds(float):
    """A duration; in files also written ``300ms 5s 10min 2h 30d 4w 6mo 1y``."""

    __slots__ = ()


class Bytes(int):
    """A size; in files also written ``16MB 4GB 512MiB``."""

    __slots__ = ()


class PerSecond(float):
    """A rate per second; in files also written ``1.0/min``."""

    __slots__ = ()


def seconds(value: object) -> Seconds:
    """Return a duration in seconds from a number (seconds) or a text with its unit.

    Raises:
        ValueError: It is neither, or negative.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number, unit = float(value), "s"
    else:
        found = re.fullmatch(_NUMBER + r"([a-z]+)", str(value).strip())
        if not found:
            raise ValueError("a duration like 5s, 10min, 2h, 30d or 1y")
        number, unit = float(found[1]), _ALIASES.get(found[2], found[2])
    if unit not in _SECONDS or not number >= 0:
        raise ValueError("a duration like 5s, 10min, 2h, 30d or 1y")
    return Seconds(number * _SECONDS[unit])


def size(value: object) -> Bytes:
    """Return a number of bytes from a number or a text with its unit.

    Raises:
        ValueError: It is neither, or negative.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Bytes(value)
    found = re.fullmatch(_NUMBER + r"([A-Za-z]+)", str(value).strip())
    if not found or found[2] not in _BYTES or float(found[1]) < 0:
        raise ValueError("a size like 16MB, 4GB or 512MiB")
    return Bytes(round(float(found[1]) * _BYTES[found[2]]))


def per_second(value: object) -> PerSecond:
    """Return a rate per second from a number or a text like ``1.0/min``.

    Raises:
        ValueError: It is neither, or not above 0.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        rate = float(value)
    else:
        found = re.fullmatch(_NUMBER + r"/\s*([a-z]+)", str(value).strip())
        unit = _ALIASES.get(found[2], found[2]) if found else ""
        if not found or unit not in _SECONDS:
            raise ValueError("a rate like 1.0/min or 0.5/s")
        rate = float(found[1]) / _SECONDS[unit]
    if not rate > 0:
        raise ValueError("a rate above 0, like 1.0/min")
    return PerSecond(rate)


def duration_text(value: float) -> str:
    """Return the shortest text that `seconds` reads: ``90s``, ``15min``, ``1y``."""
    for unit in ("y", "w", "d", "h", "min", "s"):
        count = value / _SECONDS[unit]
        if count >= 1 and abs(count - round(count)) < 1e-9:
            return f"{round(count)}{unit}"
    return f"{value * 1000:g}ms" if value < 1 else f"{value:g}s"
