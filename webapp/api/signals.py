"""Signals: every named quantity, what its twin declares of it, and its newest reading."""

import math
from typing import Annotated

import msgspec
from flask import Blueprint

from dt.errors import NotFoundError
from dt.store.records import Latest, SignalRow
from dt.twin.description import SignalSpec
from dt.twin.quality import quality_of, reason_of, score_of
from webapp.api.operation import Operation, serve
from webapp.context import Context, current

blueprint = Blueprint("api_signals", __name__, url_prefix="/api/v1")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One reading.

    Attributes:
        observed_at: UTC ms.
        value: In the signal's unit; null: the reading is bad.
        quality: ``good``, ``uncertain`` or ``bad``.
        reason: Why it is not good; empty: it is, or nobody said.
        score: 0 to 1.
        epoch, seq: Its identity in this appliance's log.
    """

    observed_at: int
    value: float | None
    quality: str
    reason: str
    score: float
    epoch: int
    seq: int


class SignalView(msgspec.Struct, frozen=True, kw_only=True):
    """One signal.

    Attributes:
        name: Full name.
        twin: Id of its twin.
        unit: UCUM code.
        title: For people.
        range: Lowest and highest possible value.
        limits: Where it should be; shown, not judged.
        digits: Decimals for people; null: as the driver resolves.
        stale_after_s: Age after which its newest reading is stale; null: by its interval.
        derived: Computed from other signals.
        declared: A twin declares it; else it is only in the store.
        latest: Newest reading; null: there is none yet.
    """

    name: str
    twin: str
    unit: str
    title: str
    range: tuple[float, float] | None
    limits: tuple[float | None, float | None] | None
    digits: int | None
    stale_after_s: float | None
    derived: bool
    declared: bool
    latest: Reading | None


class SignalQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which signals."""

    twin: Annotated[str, msgspec.Meta(description="Only those of this twin")] = ""


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/signals",
        summary="List signals with their newest readings",
        query=SignalQuery,
        answer=list[SignalView],
    ),
)
def list_signals(query: SignalQuery) -> list[SignalView]:
    """Return all signals by name."""
    context = current()
    rows = [
        row
        for row in context.log.signals().values()
        if not query.twin or row.twin == query.twin
    ]
    latest = context.log.latest([row.id for row in rows])
    views = [_view(context, row, latest.get(row.id)) for row in rows]
    return sorted(views, key=lambda view: view.name)


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/signals/<twin>/<signal>",
        summary="Describe one signal",
        answer=SignalView,
    ),
)
def get_signal(twin: str, signal: str) -> SignalView:
    """Return one signal with its newest reading."""
    context = current()
    row = row_of(context, f"{twin}/{signal}")
    return _view(context, row, context.log.latest([row.id]).get(row.id))


def row_of(context: Context, name: str) -> SignalRow:
    """Return a signal of the store.

    Raises:
        NotFoundError: There is none of this name.
    """
    row = context.log.signals().get(name)
    if row is None:
        raise NotFoundError(
            f"there is no signal {name[:200]!r}", hint="see GET /api/v1/signals"
        )
    return row


def reading_of(latest: Latest) -> Reading:
    """Return a reading in words instead of codes."""
    reason = reason_of(latest.code)
    return Reading(
        observed_at=latest.observed_at,
        value=None if math.isnan(latest.value) else latest.value,
        quality=quality_of(latest.code).value,
        reason=reason.name.lower() if reason else "",
        score=score_of(latest.code),
        epoch=latest.epoch,
        seq=latest.seq,
    )


def _view(context: Context, row: SignalRow, latest: Latest | None) -> SignalView:
    spec = context.spec(row.name)
    plain = spec if isinstance(spec, SignalSpec) else None
    return SignalView(
        name=row.name,
        twin=row.twin,
        unit=row.unit,
        title=row.title or (spec.title if spec else "") or row.name.partition("/")[2],
        range=spec.range if spec else None,
        limits=spec.limits if spec else None,
        digits=spec.digits if spec else None,
        stale_after_s=plain.stale_after if plain else None,
        derived=spec is not None and plain is None,
        declared=spec is not None,
        latest=reading_of(latest) if latest else None,
    )
