"""A calibration as a form, as a sentence, and as a picture of before and after."""

import math
from collections.abc import Mapping

import msgspec
import numpy as np

from dt.errors import RequestError
from dt.processing.calibrate import Calibration
from dt.store import calibrations
from dt.store.calibrations import Kind
from dt.twin.description import SignalSpec
from dt.twin.readings import Series
from webapp.language import _
from webapp.show import numbers, sparks
from webapp.show.signals import Signal
from webapp.show.sparks import Spark

POINTS = {Kind.OFFSET: 1, Kind.TWO_POINT: 5}
TERMS = 4


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """The units of a raw value and of the true one; raw None: not known, taken as equal."""

    raw: str | None
    true: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A calibration whose numbers fit its kind."""

    kind: Kind
    points: tuple[tuple[float, float], ...] = ()
    coefficients: tuple[float, ...] = ()

    def calibration(self, units: Units) -> Calibration:
        """Return what it computes.

        Raises:
            UnitError: It is an offset, and the units do not fit.
        """
        ordered = tuple(sorted(self.points))
        return Calibration.between(units.raw, units.true, ordered, self.coefficients)

    def over(self, old: Calibration) -> "Checked":
        """Return it so that an offset shifts the curve that holds, if there is one."""
        if self.kind is not Kind.OFFSET or not (old.polynomial or len(old.points) > 1):
            return self
        raw, true = self.points[0]
        shift = true - float(old.apply(np.array([raw]))[0])
        if old.polynomial:
            first, *rest = old.polynomial
            return Checked(kind=Kind.POLYNOMIAL, coefficients=(first + shift, *rest))
        points = tuple((a, b + shift) for a, b in old.points)
        return Checked(kind=Kind.TWO_POINT, points=points)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form, as typed.

    Attributes:
        kind: ``offset``, ``two-point`` or ``polynomial``.
        raw, true: Of each point.
        terms: Coefficients, constant first.
    """

    kind: str = "offset"
    raw: tuple[str, ...] = ("",) * 5
    true: tuple[str, ...] = ("",) * 5
    terms: tuple[str, ...] = ("",) * TERMS

    @classmethod
    def asked(cls, form: Mapping[str, str]) -> "Draft":
        """Return what a form or an address says."""
        kind = form.get("kind", "offset")
        return cls(
            kind=kind if kind in set(Kind) - {Kind.NONE} else "offset",
            raw=tuple(form.get(f"raw{i}", "").strip() for i in range(5)),
            true=tuple(form.get(f"true{i}", "").strip() for i in range(5)),
            terms=tuple(form.get(f"term{i}", "").strip() for i in range(TERMS)),
        )

    def with_raw(self, index: int, text: str) -> "Draft":
        """Return the draft with another raw value in one of its points."""
        index = min(index, len(self.raw) - 1)
        raw = (*self.raw[:index], text, *self.raw[index + 1 :])
        return msgspec.structs.replace(self, raw=raw)

    def checked(self) -> Checked:
        """Return the draft as numbers.

        Raises:
            RequestError: Something is not a number, or does not fit the kind.
        """
        kind = Kind(self.kind)
        if kind is Kind.POLYNOMIAL:
            terms = list(self.terms)
            while terms and not terms[-1]:
                terms.pop()
            found = Checked(
                kind=kind, coefficients=tuple(_number(t or "0", "a term") for t in terms)
            )
        else:
            pairs = zip(self.raw[: POINTS[kind]], self.true, strict=False)
            found = Checked(
                kind=kind,
                points=tuple(
                    (_number(a, "a raw value"), _number(b, "a true value"))
                    for a, b in pairs
                    if a or b
                ),
            )
        calibrations.check(kind, found.points, found.coefficients)
        return found


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Before and after, drawn over the same range and in the same scale.

    Attributes:
        before, after: Pictures; empty when there is no reading.
        now_before, now_after: The newest value in words.
        low, high: Ends of the scale in words.
        rows: A few values, before and after.
    """

    before: Spark
    after: Spark
    now_before: str
    now_after: str
    low: str
    high: str


def _number(text: str, what: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RequestError(f"{what} is {text!r}: expected a number")
    return value


def in_force(
    spec: SignalSpec, entry: calibrations.Calibration | None, units: Units
) -> Calibration:
    """Return the calibration that holds: the entry, else what twin.yaml declares."""
    points = entry.points if entry is not None else spec.calibration
    terms = entry.coefficients if entry is not None else spec.polynomial
    return Calibration.between(units.raw, units.true, tuple(sorted(points)), terms)


def raw_of(value: float, calibration: Calibration) -> float | None:
    """Return the raw value that was calibrated to `value`, or None."""
    raw = calibration.inverse(value) if math.isfinite(value) else math.nan
    return raw if math.isfinite(raw) else None


def preview(
    signal: Signal,
    history: Series | None,
    old: Calibration,
    new: Calibration,
    newest: float | None,
    shown: tuple[int, int],
) -> Preview:
    """Return how the last readings were, and how they would have been.

    Args:
        signal: Whose readings.
        history: Of the range `shown`; None: there is none.
        old: What holds now.
        new: What is tried.
        newest: The newest value, as it is now; None: there is none.
        shown: [start, end) in UTC ms.
    """
    if history is None or not np.isfinite(history.mean).any():
        none = numbers.DASH
        return Preview(
            before=Spark(), after=Spark(), now_before=none, now_after=none, low="", high=""
        )
    columns = [
        np.array([old.inverse(float(v)) for v in column])
        for column in (history.mean, history.min, history.max)
    ]
    mean, one, other = (new.apply(column) for column in columns)
    after = Series(
        signal=history.signal,
        unit=history.unit,
        bucket_ms=history.bucket_ms,
        t=history.t,
        mean=mean,
        min=np.minimum(one, other),
        max=np.maximum(one, other),
        n=history.n,
    )
    gap = sparks.gap_of(history, signal.stale_ms)
    scale = _scale(history, after)
    return Preview(
        before=sparks.spark(history, *shown, gap, scale),
        after=sparks.spark(after, *shown, gap, scale),
        now_before=numbers.with_unit(newest, signal.digits, signal.unit),
        now_after=numbers.with_unit(_again(newest, old, new), signal.digits, signal.unit),
        low=numbers.with_unit(scale[0], signal.digits, signal.unit),
        high=numbers.with_unit(scale[1], signal.digits, signal.unit),
    )


def _scale(before: Series, after: Series) -> tuple[float, float]:
    low = np.concatenate([before.min, after.min])
    high = np.concatenate([before.max, after.max])
    return sparks.bounds(low[np.isfinite(low)], high[np.isfinite(high)])


def _again(value: float | None, old: Calibration, new: Calibration) -> float | None:
    raw = None if value is None else raw_of(value, old)
    return None if raw is None else float(new.apply(np.array([raw]))[0])


def sentence(entry: calibrations.Calibration, signal: Signal) -> str:
    """Return what a calibration does, in words."""
    digits = max(signal.digits, 2)
    if entry.kind is Kind.NONE:
        return _("as the twin file says")
    if entry.kind is Kind.OFFSET:
        raw, true = entry.points[0]
        return _(
            "offset %(shift)s (%(raw)s is %(true)s)",
            shift=_signed(true - raw, digits, signal.sign),
            raw=numbers.text(raw, digits),
            true=numbers.text(true, digits),
        )
    if entry.kind is Kind.TWO_POINT:
        pairs = ", ".join(
            f"{numbers.text(raw, digits)} → {numbers.text(true, digits)}"
            for raw, true in entry.points
        )
        return _("line through %(pairs)s %(unit)s", pairs=pairs, unit=signal.sign)
    terms = [
        f"{c:g}" + ("" if power == 0 else " x" if power == 1 else f" x^{power}")
        for power, c in enumerate(entry.coefficients)
    ]
    return _("polynomial %(terms)s", terms=" + ".join(terms))


def _signed(value: float, digits: int, sign: str) -> str:
    return f"{'+' if value >= 0 else '−'}{numbers.text(abs(value), digits)} {sign}".strip()
