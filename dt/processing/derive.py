"""Derived signals: formulas over the readings of a batch and the last ones before it.

A derived signal has one reading at each time at which any of its inputs has one. The
other inputs count with their last reading at or before that time:

* never seen: no reading yet;
* bad, or older than ``max_age``: a bad reading, reason `INPUT_BAD`;
* uncertain: an uncertain reading, reason `INPUT_BAD`, with the least of the scores.

A result that is no number is bad (`NOT_A_NUMBER`), one outside ``range`` is bad
(`OUT_OF_RANGE`). Late inputs derive nothing: what was said stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from dt.processing.formula import Evaluator, Past
from dt.processing.judge import Sorted
from dt.twin.description import DerivedSpec
from dt.twin.formulas import Formula
from dt.twin.quality import UNSYNCED, Codes, Quality, Reason, pack
from dt.twin.readings import Floats, Ints

_INPUT_BAD = np.uint16(pack(Quality.BAD, Reason.INPUT_BAD))
_INPUT_UNCERTAIN = np.uint16(pack(Quality.UNCERTAIN, Reason.INPUT_BAD, score=1.0))
_NO_NUMBER = np.uint16(pack(Quality.BAD, Reason.NOT_A_NUMBER))
_OUTSIDE = np.uint16(pack(Quality.BAD, Reason.OUT_OF_RANGE, score=0.6))
_PENALTY = np.uint16(0xFF00)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """One derived signal, ready to be computed.

    Attributes:
        index: Its own index, behind those of the measured signals.
        inputs: Indices of ``formula.names``, in their order.
        formula: With the conversions of units in it.
        spec: As the twin declares it.
    """

    index: int
    inputs: tuple[int, ...]
    formula: Formula
    spec: DerivedSpec


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """The newest reading of an input."""

    at: int
    value: float | None
    code: int


@dataclass(frozen=True, slots=True)
class Column:
    """Readings of one signal in the order of time; columns of shape (n,)."""

    at: Ints
    value: Floats
    code: Codes


class Deriver:
    """Computes derived signals batch by batch and remembers their inputs.

    Args:
        derivations: In an order in which each comes after those that it uses.
    """

    def __init__(self, derivations: Sequence[Derivation]) -> None:
        self._all = [
            (one, Evaluator(one.formula, one.spec.max_age * 1000.0)) for one in derivations
        ]
        self._inputs = {i for one in derivations for i in one.inputs}
        self._last: dict[int, Column] = {}

    def derive(self, batch: Sorted) -> list[tuple[int, Column]]:
        """Return (index, readings) of each derived signal that has new ones."""
        if not self._all:
            return []
        fresh = self._fresh(batch)
        results: list[tuple[int, Column]] = []
        for one, evaluator in self._all:
            if any(i in fresh for i in one.inputs):
                column = self._one(one, evaluator, fresh)
                if len(column.at):
                    results.append((one.index, column))
                    if one.index in self._inputs:
                        fresh[one.index] = column
        for index, column in fresh.items():
            self._last[index] = Column(column.at[-1:], column.value[-1:], column.code[-1:])
        return results

    def _fresh(self, batch: Sorted) -> dict[int, Column]:
        """Return the batch's inputs that are not late, by signal."""
        starts = np.flatnonzero(np.diff(batch.index, prepend=-1) != 0)
        ends = np.append(starts[1:], len(batch.index))
        fresh: dict[int, Column] = {}
        for index, start, end in zip(
            batch.index[starts].tolist(), starts.tolist(), ends.tolist(), strict=True
        ):
            if index not in self._inputs:
                continue
            last = self._last.get(index)
            late = 0
            if last is not None and batch.at[start] < last.at[0]:
                late = int(np.searchsorted(batch.at[start:end], last.at[0]))
            if start + late < end:
                rows = slice(start + late, end)
                fresh[index] = Column(batch.at[rows], batch.value[rows], batch.code[rows])
        return fresh

    def _one(
        self, one: Derivation, evaluator: Evaluator, fresh: Mapping[int, Column]
    ) -> Column:
        at = _times([fresh[i].at for i in one.inputs if i in fresh])
        known = np.ones(len(at), np.bool_)
        values: list[Floats] = []
        codes: list[Codes] = []
        for index in one.inputs:
            value, code, seen = self._joined(index, at, fresh, one.spec.max_age * 1000.0)
            values.append(value)
            codes.append(code)
            known &= seen
        if not known.all():
            at, values = at[known], [v[known] for v in values]
            codes = [c[known] for c in codes]
        result, ready = evaluator.evaluate(values, at)
        code = _judged(result, codes, one.spec)
        column = Column(at, np.where((code & 3) == 2, np.nan, result), code)
        # a bad input says so even where there is no result yet
        shown = ready | ((code & 0x7F) == (_INPUT_BAD & 0x7F))
        if shown.all():
            return column
        return Column(column.at[shown], column.value[shown], column.code[shown])

    def _joined(
        self, index: int, at: Ints, fresh: Mapping[int, Column], max_age_ms: float
    ) -> tuple[Floats, Codes, NDArray[np.bool_]]:
        """Return an input's value and code at each time, and where it was seen before."""
        column = fresh.get(index)
        last = self._last.get(index)
        if column is not None and len(column.at) == len(at) and (column.at == at).all():
            return column.value, column.code, np.ones(len(at), np.bool_)
        parts = [part for part in (last, column) if part is not None]
        if not parts:
            nothing = np.full(len(at), np.nan)
            return nothing, np.zeros(len(at), np.uint16), np.zeros(len(at), np.bool_)
        times = np.concatenate([part.at for part in parts])
        row = np.searchsorted(times, at, side="right") - 1
        value = np.concatenate([part.value for part in parts])[row]
        code = np.concatenate([part.code for part in parts])[row]
        stale = at - times[row] > max_age_ms
        if stale.any():
            value, code = np.where(stale, np.nan, value), np.where(stale, _INPUT_BAD, code)
        return value, code, row >= 0

    def shift(self, offset_ms: int) -> None:
        """Move what is remembered in time: the clock was stepped by so much."""
        for index, last in self._last.items():
            self._last[index] = Column(last.at + offset_ms, last.value, last.code)
        for _, evaluator in self._all:
            evaluator.shift(offset_ms)

    def state(self) -> tuple[dict[int, Last], dict[int, tuple[Past, ...]]]:
        """Return the last inputs and what the formulas remember, by index."""
        last = {
            index: Last(
                at=int(column.at[0]),
                value=None if np.isnan(column.value[0]) else float(column.value[0]),
                code=int(column.code[0]),
            )
            for index, column in self._last.items()
        }
        return last, {one.index: evaluator.past() for one, evaluator in self._all}

    def restore(self, last: Mapping[int, Last], past: Mapping[int, Sequence[Past]]) -> None:
        """Go on from what `state` returned."""
        for index, one in last.items():
            self._last[index] = Column(
                np.array([one.at], np.int64),
                np.array([np.nan if one.value is None else one.value]),
                np.array([one.code], np.uint16),
            )
        for derivation, evaluator in self._all:
            evaluator.recall(past.get(derivation.index, ()))


def _times(columns: list[Ints]) -> Ints:
    first = columns[0]
    if all(len(c) == len(first) and (c == first).all() for c in columns[1:]):
        return first
    return np.unique(np.concatenate(columns))


def _judged(result: Floats, codes: Sequence[Codes], spec: DerivedSpec) -> Codes:
    """Return the quality of results, given that of their inputs."""
    if not codes:
        quality = penalty = unsynced = np.zeros(len(result), np.uint16)
    else:
        quality = np.maximum.reduce([code & np.uint16(3) for code in codes])
        penalty = np.maximum.reduce([code & _PENALTY for code in codes])
        unsynced = np.bitwise_or.reduce([code & np.uint16(UNSYNCED) for code in codes])
    with np.errstate(invalid="ignore"):
        low, high = spec.range or (-np.inf, np.inf)
        outside = (result < low) | (result > high)
    code = np.where(quality == 1, _INPUT_UNCERTAIN | penalty, np.uint16(0))
    code = np.where(outside, _OUTSIDE, code)
    code = np.where(np.isfinite(result), code, _NO_NUMBER)
    code = np.where(quality == 2, _INPUT_BAD, code)
    judged: Codes = (code | unsynced).astype(np.uint16)
    return judged
