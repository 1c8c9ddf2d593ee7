"""Readings in: the columnar batch of the wire, or a plain list."""

from typing import Annotated, Literal

import msgspec
import numpy as np
from flask import Blueprint

from dt.errors import RequestError
from dt.store.users import Role
from dt.twin.quality import Quality, Reason, pack
from dt.twin.readings import Ints
from webapp.api import moments
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Scope
from webapp.context import current
from webapp.intake import Pushed, Taken, intake

blueprint = Blueprint("api_push", __name__, url_prefix="/api/v1")

MOST = 100_000
_QUALITIES = {
    "good": 0,
    "uncertain": pack(Quality.UNCERTAIN, Reason.SOURCE_SAID),
    "bad": pack(Quality.BAD, Reason.SOURCE_SAID),
}
Grade = Literal["good", "uncertain", "bad"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Millis = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
Index = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class BatchSignal(msgspec.Struct, frozen=True, kw_only=True):
    """A signal of a batch: full name and the UCUM code of its values (empty: its own)."""

    id: Name
    unit: str = ""


class WireBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Readings as columns, schema version 1; see `docs/http.md`.

    Attributes:
        signals: Names once; `s` points into them.
        t0: UTC ms; `dt` are ms since the reading before, the first since `t0`.
        x: Values; null: none.
        q: Index as text to quality, of what is not good.
        n: If given, how many readings; else it is not checked.
        appliance, epoch, incarnation, seq, clock: Of the sender; not kept.
    """

    v: Literal[1]
    signals: Annotated[list[BatchSignal], msgspec.Meta(max_length=10_000)]
    t0: Millis
    dt: list[Millis]
    s: list[Index]
    x: list[float | None]
    q: dict[str, Grade] = {}
    n: int | None = None
    appliance: str = ""
    epoch: int = 0
    incarnation: str = ""
    seq: int = 0
    clock: str = ""


class PushedReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reading of a plain list.

    Attributes:
        signal: Full name.
        value: In `unit`; null: the reading is bad.
        at: UTC ms or ISO 8601; null: now.
        unit: UCUM code; empty: the signal's own.
    """

    signal: Name
    value: float | None
    at: Millis | str | None = None
    unit: str = ""
    quality: Grade = "good"


@serve(
    blueprint,
    Operation(
        method="POST",
        rule="/readings",
        summary="Store readings; those that are wrong are told one by one",
        body=WireBatch | list[PushedReading],
        answer=Taken,
        role=Role.OPERATOR,
        scope=Scope.WRITE_READINGS,
    ),
)
def push_readings(body: WireBatch | list[PushedReading]) -> Taken:
    """Judge and store readings; refuses all only if none can be taken."""
    context = current()
    is_batch = isinstance(body, WireBatch)
    count = len(body.x) if isinstance(body, WireBatch) else len(body)
    if count > MOST:
        raise RequestError(
            f"{count} readings in one request: expected {MOST} at most",
            hint="send several requests; dt readings import is for history",
        )
    if isinstance(body, WireBatch):
        pushed = _of_batch(body)
    else:
        pushed = _of_list(body, context.clock.now_ms())
    taken = intake().take(pushed)
    if taken.refused and not taken.accepted:
        first = taken.first[0]
        where = "x" if is_batch else "reading"
        raise RequestError(
            f"none of {taken.refused} readings can be taken; {where} {first.index}:"
            f" {first.message}",
            hint="see GET /api/v1/signals for the names, and docs/http.md for the shapes",
        )
    return taken


def _of_batch(batch: WireBatch) -> Pushed:
    count = len(batch.x)
    lengths = {len(batch.dt), len(batch.s), count, count if batch.n is None else batch.n}
    if lengths != {count}:
        raise RequestError(
            f"dt, s, x have {len(batch.dt)}, {len(batch.s)}, {count} entries:"
            f" expected as many in each{'' if batch.n is None else f', n = {batch.n}'}"
        )
    told = np.zeros(count, np.uint16)
    for key, grade in batch.q.items():
        if not key.isdecimal() or len(key) > 9 or int(key) >= count:
            raise RequestError(f"q has the key {key[:40]!r}: expected an index into x")
        told[int(key)] = _QUALITIES[grade]
    return Pushed(
        names=[signal.id for signal in batch.signals],
        units=[signal.unit for signal in batch.signals],
        which=np.array(batch.s, np.int32),
        at=_times(batch.t0, batch.dt),
        value=np.array(batch.x, np.float64),
        told=told,
    )


def _times(start: int, steps: list[int]) -> Ints:
    """Return UTC ms; a sum that runs out of all bounds becomes an impossible time."""
    exact = np.cumsum(np.array(steps, np.float64)) + start
    at = np.cumsum(np.array(steps, np.int64)) + start
    return np.where(np.abs(exact) < 2.0**53, at, -1)


def _of_list(readings: list[PushedReading], now: int) -> Pushed:
    places: dict[tuple[str, str], int] = {}
    which = [places.setdefault((one.signal, one.unit), len(places)) for one in readings]
    return Pushed(
        names=[name for name, _ in places],
        units=[unit for _, unit in places],
        which=np.array(which, np.int32),
        at=np.array([_time(one.at, now) for one in readings], np.int64),
        value=np.array([one.value for one in readings], np.float64),
        told=np.array([_QUALITIES[one.quality] for one in readings], np.uint16),
    )


def _time(at: int | str | None, now: int) -> int:
    if at is None:
        return now
    return at if isinstance(at, int) else moments.parse(at, now, "at")
