"""Readings as charts want them: any range, in at most as many points as asked for."""

import hashlib
from typing import Annotated

import msgspec
import numpy as np
from flask import Blueprint, Response, request

from dt.errors import RequestError
from dt.twin.readings import Floats, Series
from webapp.api import moments
from webapp.api.moments import Moment
from webapp.api.operation import JSON, Operation, serve
from webapp.api.signals import Reading, reading_of, row_of
from webapp.context import current

blueprint = Blueprint("api_readings", __name__, url_prefix="/api/v1")

MOST_POINTS = 1_500
MOST_SIGNALS = 50
_KEEP_S = 60
_SIGNIFICANT = 7

Names = Annotated[
    list[str], msgspec.Meta(description="Full name; repeat the key for several")
]
Points = Annotated[
    int, msgspec.Meta(ge=1, le=MOST_POINTS, description="Most points per signal")
]


class ReadingsQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which signals, when, and in how many points."""

    signal: Names
    from_: Moment = "-24h"
    to: Moment = "now"
    points: Points = 1_200


class LatestQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which signals; none: all."""

    signal: Names = []


class SeriesView(msgspec.Struct, frozen=True, kw_only=True):
    """One signal over a range.

    Attributes:
        signal: Full name.
        unit: UCUM code.
        bucket_ms: Length of a bucket; 0: these are single readings.
        t: Start of each bucket, or time of each reading, UTC ms.
        mean, min, max: Of the readings with a value; null: all in it are bad.
        n: How many readings with a value.
        gaps: [start, end) UTC ms of each stretch without a value.
    """

    signal: str
    unit: str
    bucket_ms: int
    t: list[int]
    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]
    n: list[int]
    gaps: list[tuple[int, int]]


class ReadingsView(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Several signals over one range [from, to), UTC ms."""

    from_: int
    to: int
    series: list[SeriesView]


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/readings",
        summary="Get signals over a range of time, for a chart",
        query=ReadingsQuery,
        answer=ReadingsView,
    ),
)
def get_readings(query: ReadingsQuery) -> Response:
    """Return each signal in at most `points` points, from the right roll-up."""
    context = current()
    if not 1 <= len(query.signal) <= MOST_SIGNALS:
        raise RequestError(
            f"signal is given {len(query.signal)} times: expected 1 to {MOST_SIGNALS}"
        )
    now = context.clock.now_ms()
    start, end = moments.span(query.from_, query.to, now)
    ids = [row_of(context, name).id for name in dict.fromkeys(query.signal)]
    found = context.log.series(ids, start, end, query.points)
    view = ReadingsView(
        from_=start, to=end, series=[view_of(one, min(end, now)) for one in found]
    )
    return _cached(msgspec.json.encode(view), closed=end < now)


def _cached(body: bytes, *, closed: bool) -> Response:
    """Return an answer that a browser may keep for a while if its range is over."""
    answer = Response(body, mimetype=JSON)
    answer.set_etag(hashlib.blake2b(body, digest_size=12).hexdigest())
    answer.headers["Cache-Control"] = (
        f"private, max-age={_KEEP_S}" if closed else "private, no-cache"
    )
    return answer.make_conditional(request)  # type: ignore[return-value]


def view_of(series: Series, until: int) -> SeriesView:
    """Return a series with its gaps, as lists; numbers keep seven digits if averaged."""
    exact = series.bucket_ms == 0
    return SeriesView(
        signal=series.signal,
        unit=series.unit,
        bucket_ms=series.bucket_ms,
        t=series.t.tolist(),
        mean=_numbers(series.mean, exact),
        min=_numbers(series.min, exact),
        max=_numbers(series.max, exact),
        n=series.n.tolist(),
        gaps=gaps_of(series, until),
    )


def _numbers(values: Floats, exact: bool) -> list[float | None]:
    finite = values[np.isfinite(values)]
    if not exact and len(finite):
        largest = float(np.max(np.abs(finite)))
        whole = int(np.floor(np.log10(largest))) + 1 if largest > 0 else 0
        values = np.round(values, min(max(_SIGNIFICANT - whole, 0), 15))
    numbers: list[float | None] = values.tolist()
    return numbers


def gaps_of(series: Series, until: int) -> list[tuple[int, int]]:
    """Return the stretches of a series without a value, up to `until`.

    A pause counts when it is longer than three times the usual one; readings that are
    all bad count always. What came before the first reading is no gap.
    """
    t = series.t[~np.isnan(series.mean)]
    if len(t) == 0:
        return []
    steps = np.diff(t)
    usual = float(np.median(steps)) if len(steps) else 60_000.0
    longest = max(3.0 * usual, 1.5 * series.bucket_ms, 2_000.0)
    pauses = np.flatnonzero(steps > longest)
    bad = np.isnan(series.mean)
    if bad.any():
        broken = np.searchsorted(t, series.t[bad]) - 1
        inner = broken[(broken >= 0) & (broken < len(steps))]
        pauses = np.union1d(pauses, inner)
    ends = t + series.bucket_ms
    found = [(int(ends[i]), int(t[i + 1])) for i in pauses.tolist()]
    if until - int(ends[-1]) > longest or (bad.any() and int(series.t[-1]) > int(t[-1])):
        found.append((int(ends[-1]), max(until, int(ends[-1]))))
    return [(start, end) for start, end in found if end > start]


class NamedReading(Reading, frozen=True, kw_only=True):
    """A reading with the full name and unit of its signal."""

    signal: str
    unit: str


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/readings/latest",
        summary="Get the newest reading of each signal",
        query=LatestQuery,
        answer=list[NamedReading],
    ),
)
def get_latest(query: LatestQuery) -> list[NamedReading]:
    """Return the newest reading of each signal that has one."""
    context = current()
    rows = [row_of(context, name) for name in query.signal]
    rows = rows or list(context.log.signals().values())
    latest = context.log.latest([row.id for row in rows])
    return [
        NamedReading(
            signal=row.name,
            unit=row.unit,
            **msgspec.structs.asdict(reading_of(latest[row.id])),
        )
        for row in rows
        if row.id in latest
    ]
