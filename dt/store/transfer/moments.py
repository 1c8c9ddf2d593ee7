"""Columns of times as files write them, to UTC ms; fast where all are of one kind."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

import numpy as np

from dt.errors import RequestError
from dt.times import moment
from dt.twin.readings import Ints

_QUARTER_MS = 900_000
_LARGEST_MS = 253_402_300_799_999
_MS_FROM = 1e11  # a number of seconds this large would be the year 5138


def to_utc_ms(texts: Sequence[str], zone: tzinfo) -> Ints:
    """Return UTC ms of each text: ISO 8601 with or without zone, or UTC s or ms.

    Raises:
        ValueError: Any of them is no time.
    """
    try:
        found = _alike(texts, zone)
    except ValueError:  # not all of one kind: as each says
        found = None
    if found is None:
        found = np.array([one(text, zone) for text in texts], np.int64)
    return found


def _alike(texts: Sequence[str], zone: tzinfo) -> Ints | None:
    """Return UTC ms of texts of one common kind; None or ValueError if they are not."""
    first = texts[0].strip() if texts else ""
    if first.replace(".", "", 1).isdigit():
        return numbers(np.array(texts, np.float64))
    if min(map(len, texts), default=0) >= 10 and first[:4].isdigit():
        if all(map(_ends_in_z, texts)):
            return _plain([text[:-1] for text in texts])
        if not any(map(_has_zone, texts)):
            return to_utc(_plain(texts), zone)
    return None


def one(text: str, zone: tzinfo) -> int:
    """Return UTC ms of one text; ValueError if it is no time."""
    text = text.strip()
    try:
        if text.replace(".", "", 1).isdigit():
            return int(numbers(np.array([float(text)]))[0])
        return moment(text if text[:1].isdigit() else "", 0, zone)
    except (RequestError, ValueError, OverflowError) as error:
        raise ValueError(
            f"time is {text[:40]!r}: expected ISO 8601, or seconds or ms since 1970"
        ) from error


def numbers(times: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> Ints:
    """Return UTC ms of UTC s or ms; what is from 1e11 on is ms.

    Raises:
        ValueError: Any of them is not between 1970 and 9999.
    """
    given = np.asarray(times, np.float64)
    ms = np.where(given < _MS_FROM, given * 1000, given)
    if not bool(np.all((ms >= 0) & (ms <= _LARGEST_MS))):  # false for NaN too
        raise ValueError("time is not between 1970 and 9999")
    return np.rint(ms).astype(np.int64)


def iso_texts(times: Ints) -> list[str]:
    """Return each UTC ms as ``2026-05-01T12:00:00.000Z``."""
    texts: list[str] = np.datetime_as_string(
        times.astype("datetime64[ms]"), unit="ms", timezone="UTC"
    ).tolist()
    return texts


def _ends_in_z(text: str) -> bool:
    return text.endswith("Z")


def _has_zone(text: str) -> bool:
    return (
        not text.isascii() or text.endswith(("Z", "z")) or "+" in text or "-" in text[10:]
    )


def _plain(texts: Sequence[str]) -> Ints:
    ms = np.array(texts, "datetime64[ms]").astype(np.int64)
    if not bool(np.all((ms >= 0) & (ms <= _LARGEST_MS))):
        raise ValueError("time is not between 1970 and 9999")
    return ms


def to_utc(ms: Ints, zone: tzinfo) -> Ints:
    """Return UTC of local times; an hour that comes twice is the first one."""
    if zone is UTC:
        return ms
    quarters, index = np.unique(ms // _QUARTER_MS, return_inverse=True)
    offsets = [_offset_ms(int(quarter) * _QUARTER_MS, zone) for quarter in quarters]
    return ms - np.array(offsets, np.int64)[index]


def _offset_ms(local_ms: int, zone: tzinfo) -> int:
    when = datetime.fromtimestamp(local_ms // 1000, UTC).replace(tzinfo=zone)
    offset = when.utcoffset()
    return round(offset.total_seconds() * 1000) if offset else 0
