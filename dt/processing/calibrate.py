"""Raw values become true values: offset, line, piecewise line or polynomial, per signal.

What a calibration takes is the driver's unit; what it gives is the signal's unit.

=================  ===========================================================
no calibration     the units are converted: ``true = factor * raw + offset``
one point          the units are converted, then shifted so that the point fits
two points         the line through both
three and more     a line between each neighbouring two; the outer ones go on
polynomial         ``c0 + c1 * raw + c2 * raw² + …``
=================  ===========================================================
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from dt.twin import units
from dt.twin.description import SignalSpec
from dt.twin.readings import Floats, Ids

Points = tuple[tuple[float, float], ...]


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """How one signal's raw values become true ones.

    Attributes:
        points: (raw, true) pairs, raw values increasing.
        polynomial: Coefficients, constant first; instead of `points`.
        factor: Of the conversion of units; used with no point or one.
        offset: Of the conversion of units.
    """

    points: Points = ()
    polynomial: tuple[float, ...] = ()
    factor: float = 1.0
    offset: float = 0.0

    @classmethod
    def of(cls, spec: SignalSpec, raw_unit: str | None = None) -> "Calibration":
        """Return what a twin declares for a signal that a driver gives in `raw_unit`.

        Raises:
            UnitError: The units do not fit and no calibration bridges them.
        """
        return cls.between(raw_unit, spec.unit, spec.calibration, spec.polynomial)

    @classmethod
    def between(
        cls,
        raw_unit: str | None,
        unit: str,
        points: Points = (),
        polynomial: tuple[float, ...] = (),
    ) -> "Calibration":
        """Return a calibration from a driver's unit to a signal's.

        Raises:
            UnitError: The units do not fit and no calibration bridges them.
        """
        if polynomial or len(points) > 1 or raw_unit is None:
            return cls(points=points, polynomial=polynomial)
        factor, offset = units.line(raw_unit, unit)
        return cls(points=points, factor=factor, offset=offset)

    def apply(self, raw: Floats) -> Floats:
        """Return the true values of raw ones, shape (n,)."""
        table = Calibrator([self])
        return table.apply(np.zeros(len(raw), np.int32), raw)

    def inverse(self, true: float) -> float:
        """Return the raw value that gives a true one; NaN if none or several do."""
        if self.polynomial:
            return self._root(true)
        raws, trues = _corners(self)
        slopes = np.diff(trues) / np.diff(raws)
        found: set[float] = set()
        for i, slope in enumerate(slopes):
            raw = raws[i] + (true - trues[i]) / slope if slope else np.nan
            low = -np.inf if i == 0 else raws[i]
            high = np.inf if i == len(slopes) - 1 else raws[i + 1]
            if low <= raw <= high:
                found.add(round(float(raw), 9))
        return found.pop() if len(found) == 1 else float("nan")

    def _root(self, true: float) -> float:
        shifted = [self.polynomial[0] - true, *self.polynomial[1:]]
        roots = np.polynomial.polynomial.polyroots(np.trim_zeros(shifted, "b") or [0.0])
        real = [float(r.real) for r in roots if abs(r.imag) < 1e-9 * max(abs(r), 1.0)]
        return real[0] if len(real) == 1 else float("nan")


def _corners(calibration: Calibration) -> tuple[Floats, Floats]:
    """Return raw and true values of at least two points that the calibration joins."""
    points = calibration.points
    if len(points) > 1:
        table = np.array(points, np.float64)
        return table[:, 0], table[:, 1]
    factor, offset = calibration.factor, calibration.offset
    if points:
        raw, true = points[0]
        offset = true - factor * raw
    return np.array([0.0, 1.0]), np.array([offset, offset + factor])


class Calibrator:
    """The calibrations of many signals, applied to a whole batch at once.

    Args:
        calibrations: One for each signal, in the order of the signals' indices.
    """

    def __init__(self, calibrations: Sequence[Calibration]) -> None:
        self._all = list(calibrations)
        self._build()

    @property
    def may_fail(self) -> bool:
        """Whether a raw value that is a number may give none: polynomials overflow."""
        return self._curved

    def change(self, index: int, calibration: Calibration) -> None:
        """Use another calibration for one signal from now on."""
        self._all[index] = calibration
        self._build()

    def apply(self, index: Ids, raw: Floats) -> Floats:
        """Return true values; not finite where a value cannot be computed.

        Args:
            index: Signal of each value, shape (n,).
            raw: In the driver's unit, shape (n,).
        """
        with np.errstate(over="ignore", invalid="ignore"):
            if self._is_identity:
                return raw.astype(np.float64)
            true = (raw - self._raw0[index]) * self._slope[index] + self._true0[index]
            if self._bent:
                self._along_corners(index, raw, true)
            if self._curved:
                self._along_polynomial(index, raw, true)
        return true

    def _along_corners(self, index: Ids, raw: Floats, true: Floats) -> None:
        at = np.flatnonzero(self._bent_row[index] >= 0)
        row, x = self._bent_row[index[at]], raw[at]
        part = (x[:, None] >= self._corner[row]).sum(axis=1)
        raw0, true0, slope = (table[row, part] for table in self._parts)
        true[at] = (x - raw0) * slope + true0

    def _along_polynomial(self, index: Ids, raw: Floats, true: Floats) -> None:
        at = np.flatnonzero(self._curved_row[index] >= 0)
        terms, x = self._terms[self._curved_row[index[at]]], raw[at]
        result = terms[:, -1].copy()
        for power in range(terms.shape[1] - 2, -1, -1):
            result = result * x + terms[:, power]
        true[at] = result

    def _build(self) -> None:
        corners = [_corners(calibration) for calibration in self._all]
        first = [(r[0], t[0], (t[1] - t[0]) / (r[1] - r[0])) for r, t in corners]
        table = np.array(first, np.float64).reshape(-1, 3)
        self._raw0, self._true0, self._slope = table.T.copy()
        curved = [i for i, c in enumerate(self._all) if c.polynomial]
        bent = [i for i, c in enumerate(self._all) if len(c.points) > 2 and i not in curved]
        self._bent, self._curved = bool(bent), bool(curved)
        self._bent_row = self._rows(bent)
        self._curved_row = self._rows(curved)
        self._corner, self._parts = _bent_tables([corners[i] for i in bent])
        degree = max((len(self._all[i].polynomial) for i in curved), default=1)
        self._terms = np.zeros((len(curved), degree))
        for row, i in enumerate(curved):
            terms = self._all[i].polynomial
            self._terms[row, : len(terms)] = terms
        plain = (self._slope == 1.0) & (self._raw0 == 0.0) & (self._true0 == 0.0)
        self._is_identity = bool(plain.all()) and not bent and not curved

    def _rows(self, chosen: list[int]) -> NDArray[np.int32]:
        rows = np.full(len(self._all), -1, np.int32)
        rows[chosen] = np.arange(len(chosen), dtype=np.int32)
        return rows


def _bent_tables(corners: list[tuple[Floats, Floats]]) -> tuple[Floats, tuple[Floats, ...]]:
    """Return inner corners (rows padded by inf) and start, value and slope of each part."""
    parts = max((len(raws) - 1 for raws, _ in corners), default=1)
    corner = np.full((len(corners), parts - 1), np.inf)
    tables = tuple(np.zeros((len(corners), parts)) for _ in range(3))
    for row, (raws, trues) in enumerate(corners):
        count = len(raws) - 1
        corner[row, : count - 1] = raws[1:-1]
        slopes = np.diff(trues) / np.diff(raws)
        for table, column in zip(tables, (raws[:-1], trues[:-1], slopes), strict=True):
            table[row, :count] = column
    return corner, tables
