"""To how many decimals a value is told: no finer than what it comes from can justify.

A measured value is rounded to a thousandth of its step or finer, a derived one to a
hundredth, so that nothing a sensor can tell is lost, and a long tail of digits that mean
nothing is neither kept nor paid for. The step of a measured value is the driver's, through
the calibration. That of a derived value is what the least telling input changes by one
step of its own, tried at three places.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from dt.processing.calibrate import Calibration
from dt.processing.derive import Derivation
from dt.processing.formula import Evaluator
from dt.twin.formulas import Formula
from dt.twin.readings import Floats, Ids, Ints

MOST = 12
"""More decimals than this are not worth it: the value stays as it is."""
MEASURED = 1000.0
DERIVED = 100.0
_SHARE = 1e-6
_PLACES = (0.3, 0.5, 0.7)
_USUAL = (1.0, 10.0, 100.0)

Range = tuple[float, float] | None


def decimals(step: float, part: float) -> int | None:
    """Return how many decimals tell one of so many parts of a step; None: not known."""
    if not (math.isfinite(step) and step > 0):
        return None
    count = max(math.ceil(-math.log10(step / part) - 1e-9), 0)
    return count if count <= MOST else None


def calibrated(resolution: float, calibration: Calibration) -> float:
    """Return the step of a measured signal in its own unit; 0: it is not known.

    Args:
        resolution: Of the driver, in its unit; 0: it says none.
        calibration: From the driver's unit to the signal's.
    """
    if calibration.polynomial:
        return 0.0  # it differs from place to place
    points = calibration.points
    slopes = [calibration.factor]
    if len(points) > 1:
        raw, true = np.array(points, np.float64).T
        slopes = np.abs(np.diff(true) / np.diff(raw)).tolist()
    return resolution * min((abs(slope) for slope in slopes if slope), default=0.0)


def assumed(step: float, of: Range) -> float:
    """Return the step of a signal, or a millionth of its range if it is not known."""
    return step or (_SHARE * (of[1] - of[0]) if of else 0.0)


def places(of: Range) -> Floats:
    """Return three usual values of a signal, shape (3,)."""
    if of is None:
        return np.array(_USUAL)
    low, high = of
    return low + (high - low) * np.array(_PLACES)


def derived(
    formula: Formula, steps: Sequence[float], values: Sequence[Floats]
) -> tuple[float, Floats]:
    """Return the step of a derived signal (0: it is not known), and three usual values.

    Args:
        formula: With the conversions of units in it.
        steps: Of each of its inputs.
        values: `places` of each of its inputs.
    """
    usual = np.full(len(_PLACES), np.nan)
    changes = np.zeros((len(steps), len(_PLACES)))
    for place in range(len(_PLACES)):
        here = [float(value[place]) for value in values]
        base = _second(formula, here, here)
        usual[place] = base
        for row, step in enumerate(steps):
            there = list(here)
            there[row] += step
            changes[row, place] = abs(_second(formula, here, there) - base)
    least = [
        float(np.median(telling))
        for row in changes
        if len(telling := row[np.isfinite(row) & (row > 0)])
    ]
    known = all(step > 0 for step in steps)
    return (min(least, default=0.0) if known else 0.0), np.nan_to_num(usual)


def _second(formula: Formula, first: Sequence[float], second: Sequence[float]) -> float:
    """Return a formula's result a second after the first one, for what remembers."""
    columns = [np.array(pair) for pair in zip(first, second, strict=True)]
    at: Ints = np.array([0, 1000], np.int64)
    return float(Evaluator(formula).evaluate(columns, at)[0][1])


class Rounder:
    """Rounds the values of many signals at once.

    Args:
        counts: Decimals of each signal; None or none: its values stay as they are.
    """

    def __init__(self, counts: Mapping[int, int | None], signals: int) -> None:
        self._scale = np.ones(signals)
        self._rounds = np.zeros(signals, np.bool_)
        for index, count in counts.items():
            if count is not None:
                self._scale[index], self._rounds[index] = 10.0**count, True
        self._any = bool(self._rounds.any())

    def apply(self, index: Ids, value: Floats) -> Floats:
        """Return the values, rounded where that is known; shape (n,) as `index`."""
        if not self._any:
            return value
        scale = self._scale[index]
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = np.rint(value * scale) / scale
        return np.where(self._rounds[index] & np.isfinite(rounded), rounded, value)


def rounder(
    steps: Sequence[float], ranges: Sequence[Range], derivations: Sequence[Derivation]
) -> Rounder:
    """Return what rounds measured and derived signals to what they can justify.

    Args:
        steps: Of the measured signals, in their order; 0: not known.
        ranges: Of the measured signals.
        derivations: Each after those that it uses.
    """
    counts = {index: decimals(step, MEASURED) for index, step in enumerate(steps)}
    known = dict(enumerate(map(assumed, steps, ranges)))
    usual = dict(enumerate(map(places, ranges)))
    for one in derivations:
        inputs = [known[i] for i in one.inputs]
        step, usual[one.index] = derived(
            one.formula, inputs, [usual[i] for i in one.inputs]
        )
        counts[one.index] = decimals(step, DERIVED)
        known[one.index] = assumed(step, one.spec.range)
    return Rounder(counts, len(counts))
