"""Calibration of a signal: what holds, what was tried, what a change would do."""

import math
from typing import Annotated

import msgspec
import numpy as np
from flask import Blueprint

from dt.processing.calibrate import Calibration as Curve
from dt.store import calibrations as kept
from dt.store.calibrations import Calibration, Kind
from dt.store.users import Role
from dt.twin.description import SignalSpec
from webapp import drivers
from webapp.api.operation import Operation, serve
from webapp.api.signals import row_of
from webapp.auth.identity import Scope, known_caller
from webapp.context import Context, current
from webapp.show.calibration import Checked, Units, in_force, raw_of

blueprint = Blueprint("api_calibrations", __name__, url_prefix="/api/v1")

_RULE = "/calibrations/<twin>/<signal>"
Points = Annotated[tuple[tuple[float, float], ...], msgspec.Meta(max_length=100)]
Coefficients = Annotated[tuple[float, ...], msgspec.Meta(max_length=8)]
Why = Annotated[str, msgspec.Meta(max_length=400)]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calibration to try or to save.

    Attributes:
        kind: ``none``, ``offset``, ``two-point`` (two or more points) or ``polynomial``.
        points: (raw, true) pairs: raw as the sensor says, true as a reference says.
        coefficients: Of a polynomial, constant first.
        reason: Why, for those who come after.
    """

    kind: Kind
    points: Points = ()
    coefficients: Coefficients = ()
    reason: Why = ""


class Undo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the newest calibration shall no longer hold."""

    reason: Why = ""


class CalibrationView(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a signal, and all that held before.

    Attributes:
        current: Newest entry; null: twin.yaml decides.
        declared_points, declared_polynomial: What twin.yaml says.
        value: Newest value, in the signal's unit; null: it has none.
        raw: What the sensor said then; null: it cannot be told.
        history: All entries, newest first.
    """

    signal: str
    unit: str
    current: Calibration | None
    declared_points: tuple[tuple[float, float], ...]
    declared_polynomial: tuple[float, ...]
    value: float | None
    raw: float | None
    history: list[Calibration]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What a calibration would do, before it is saved.

    Attributes:
        value_now: The newest value as it would be; null: it has none.
        residuals: True value less what would be computed, at each point.
        curve: (raw, true) pairs along the range, for a picture.
        warnings: What looks odd: one sentence each.
    """

    value_now: float | None
    residuals: list[float]
    curve: list[tuple[float, float]]
    warnings: list[str]


@serve(
    blueprint,
    Operation(
        method="GET",
        rule=_RULE,
        summary="Tell how a signal is calibrated, and how it was",
        answer=CalibrationView,
    ),
)
def get_calibration(twin: str, signal: str) -> CalibrationView:
    """Return what holds and the history."""
    context, name = current(), f"{twin}/{signal}"
    row = row_of(context, name)
    spec = context.spec(name)
    value, raw = _now(context, name)
    return CalibrationView(
        signal=name,
        unit=row.unit,
        current=context.appliance.calibrations.current(name),
        declared_points=spec.calibration if isinstance(spec, SignalSpec) else (),
        declared_polynomial=spec.polynomial if isinstance(spec, SignalSpec) else (),
        value=value,
        raw=raw,
        history=context.appliance.calibrations.history(name),
    )


@serve(
    blueprint,
    Operation(
        method="POST",
        rule=f"{_RULE}/proposal",
        summary="Try a calibration without saving it",
        body=Asked,
        answer=Proposal,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def propose(twin: str, signal: str, body: Asked) -> Proposal:
    """Return what a calibration would do."""
    context, name = current(), f"{twin}/{signal}"
    row_of(context, name)
    curve = _checked(context, name, body).calibration(_units(context, name))
    _, raw = _now(context, name)
    raws = np.array([point[0] for point in body.points], np.float64)
    trues = np.array([point[1] for point in body.points], np.float64)
    residuals = np.nan_to_num(trues - curve.apply(raws)) if len(raws) else np.empty(0)
    spec = context.spec(name)
    return Proposal(
        value_now=None if raw is None else _number(curve.apply(np.array([raw]))[0]),
        residuals=residuals.tolist(),
        curve=_along(curve, raws, raw),
        warnings=_warnings(curve, body, spec.range if spec else None),
    )


@serve(
    blueprint,
    Operation(
        method="POST",
        rule=_RULE,
        summary="Save a calibration; it holds from now on",
        body=Asked,
        answer=Calibration,
        status=201,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def save_calibration(twin: str, signal: str, body: Asked) -> Calibration:
    """Enter a calibration into the signal's history; an offset shifts the curve before."""
    context, who, name = current(), known_caller(), f"{twin}/{signal}"
    row_of(context, name)
    checked = _checked(context, name, body)
    checked.calibration(_units(context, name))
    with context.appliance.database.transaction():
        before = context.appliance.calibrations.current(name)
        after = context.appliance.calibrations.add(
            name,
            checked.kind,
            points=tuple(sorted(checked.points)),
            coefficients=checked.coefficients,
            author=who.name,
            reason=body.reason,
        )
        context.appliance.audit.add(who.name, "calibration.save", name, before, after)
    return after


@serve(
    blueprint,
    Operation(
        method="POST",
        rule=f"{_RULE}/undo",
        summary="Go back to the calibration before",
        body=Undo,
        answer=Calibration,
        status=201,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def undo_calibration(twin: str, signal: str, body: Undo) -> Calibration:
    """Enter what held before the current entry once more."""
    context, who, name = current(), known_caller(), f"{twin}/{signal}"
    row_of(context, name)
    with context.appliance.database.transaction():
        before = context.appliance.calibrations.current(name)
        after = context.appliance.calibrations.undo(name, who.name, body.reason)
        context.appliance.audit.add(who.name, "calibration.undo", name, before, after)
    return after


def _checked(context: Context, name: str, asked: Asked) -> Checked:
    """Return what is asked, as it would be kept."""
    kept.check(asked.kind, asked.points, asked.coefficients)
    checked = Checked(kind=asked.kind, points=asked.points, coefficients=asked.coefficients)
    held = _held(context, name)
    return checked if held is None else checked.over(held)


def _held(context: Context, name: str) -> Curve | None:
    """Return the calibration that holds now; None: nobody declares this signal."""
    spec = context.spec(name)
    entry = context.appliance.calibrations.current(name)
    if isinstance(spec, SignalSpec):
        return in_force(spec, entry, _units(context, name))
    if entry is None:
        return None
    return Curve.between(None, "1", tuple(sorted(entry.points)), entry.coefficients)


def _units(context: Context, name: str) -> Units:
    """Return the unit of a signal's raw value, if its driver tells it, and its own."""
    twin_id, _, key = name.partition("/")
    twin = context.twins().get(twin_id)
    said = drivers.quantity_of(twin, key) if twin is not None else None
    return Units(raw=said.unit if said else None, true=context.log.signals()[name].unit)


def _now(context: Context, name: str) -> tuple[float | None, float | None]:
    """Return the newest value of a signal, and what the sensor said then."""
    row = context.log.signals()[name]
    latest = context.log.latest([row.id]).get(row.id)
    value = _number(latest.value) if latest else None
    if value is None:
        return None, None
    return value, raw_of(value, _held(context, name) or Curve())


def _along(
    curve: Curve, raws: "np.ndarray", raw: float | None
) -> list[tuple[float, float]]:
    at = [*raws.tolist(), *([] if raw is None else [raw])] or [0.0, 1.0]
    low, high = min(at), max(at)
    pad = (high - low) * 0.1 or max(abs(high), 1.0) * 0.1
    xs = np.linspace(low - pad, high + pad, 41)
    ys = curve.apply(xs)
    return [
        (x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True) if math.isfinite(y)
    ]


def _warnings(curve: Curve, asked: Asked, allowed: tuple[float, float] | None) -> list[str]:
    found: list[str] = []
    points = sorted(asked.points)
    trues = [true for _, true in points]
    if len(points) > 1 and max(trues) == min(trues):
        found.append("every raw value would become the same true value")
    elif len(points) > 2 and trues not in (sorted(trues), sorted(trues, reverse=True)):
        found.append("true values go up and down as raw values rise")
    if allowed is not None and any(not allowed[0] <= true <= allowed[1] for true in trues):
        found.append(f"a true value is outside the range {allowed[0]:g} to {allowed[1]:g}")
    if asked.coefficients and not np.isfinite(curve.apply(np.array([1.0]))).all():
        found.append("the polynomial gives no finite values")
    return found


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
