"""Readings as browsers get them: columns, times in UTC ms, null for what has no value."""

from collections.abc import Mapping

import msgspec
import numpy as np

from dt.twin.quality import is_bad, quality_of, reason_of
from dt.twin.readings import Cursor, Readings


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some readings of some signals, oldest first.

    Attributes:
        cursor: ``epoch:seq`` of the last reading; hand it back after a reconnect.
        signals: Full names, once.
        s: Index into `signals` of each reading.
        t: UTC ms of each reading.
        x: Value of each reading; null: it is bad.
        q: Of readings that are not good: index as text, to ``uncertain`` or ``bad``.
        why: The reason of those that have one, e.g. ``stuck``.
        merged: How many readings were left out because newer ones of their signal are here.
        catch_up: These were missed, or are the first: not news.
    """

    cursor: str
    signals: list[str]
    s: list[int]
    t: list[int]
    x: list[float | None]
    q: dict[str, str] = {}
    why: dict[str, str] = {}
    merged: int = 0
    catch_up: bool = False


def batch_of(
    readings: Readings,
    names: Mapping[int, str],
    cursor: Cursor,
    merged: int = 0,
    *,
    catch_up: bool = False,
) -> Batch:
    """Return readings as columns; those whose signal has no name are left out."""
    known = np.isin(readings.signal, np.fromiter(names, np.int32, len(names)))
    if not known.all():
        readings = readings.take(known)
    ids, index = np.unique(readings.signal, return_inverse=True)
    bad = is_bad(readings.code)
    odd = np.flatnonzero(readings.code & 0x7F).tolist()
    codes = {str(i): int(readings.code[i]) for i in odd}
    whys = {key: reason_of(code) for key, code in codes.items()}
    values = readings.value.tolist()
    return Batch(
        cursor=cursor_text(cursor),
        signals=[names[i] for i in ids.tolist()],
        s=index.tolist(),
        t=readings.observed_at.tolist(),
        x=[None if b else v for b, v in zip(bad.tolist(), values, strict=True)]
        if bad.any()
        else values,
        q={key: quality_of(code).value for key, code in codes.items()},
        why={key: why.name.lower() for key, why in whys.items() if why},
        merged=merged,
        catch_up=catch_up,
    )


def newest_of_each(readings: Readings) -> Readings:
    """Return the last reading of each signal, in their order."""
    last = {signal: index for index, signal in enumerate(readings.signal.tolist())}
    return readings.take(np.array(sorted(last.values()), np.int64))


def cursor_text(cursor: Cursor) -> str:
    """Return a cursor as ``epoch:seq``."""
    return f"{cursor.epoch}:{cursor.seq}"


def cursor_of(text: str) -> Cursor | None:
    """Return the cursor that a text says, or None."""
    epoch, found, seq = text.partition(":")
    if not found or not epoch.isdecimal() or not seq.isdecimal() or len(text) > 40:
        return None
    return Cursor(int(epoch), int(seq))
