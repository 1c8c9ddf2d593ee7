"""Formulas evaluated on whole columns, by simpleeval on a tree that was checked before.

The tree comes from `dt.twin.formulas`, which lets nothing but arithmetic pass; simpleeval
walks it with the operators and functions of this module only. All numbers are float64:
nothing can grow beyond the column, overflow is infinity, and infinity is a bad reading.
"""

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from simpleeval import SimpleEval

from dt.processing import psychrometrics
from dt.twin.formulas import FUNCTIONS, Formula, check, parse
from dt.twin.readings import Floats, Ints

__all__ = ["Evaluator", "Past", "check", "parse"]

_HOUR_MS = 3_600_000.0


def _on_numbers(operator: Callable[..., Any]) -> Callable[..., Any]:
    """Return arithmetic for which a comparison that holds is 1, and 0 otherwise."""

    def apply(*columns: Any) -> Any:
        return operator(*(np.asarray(column, np.float64) for column in columns))

    return apply


_OPERATORS: Mapping[type, Callable[..., Any]] = MappingProxyType(
    {
        ast.Add: _on_numbers(np.add),
        ast.Sub: _on_numbers(np.subtract),
        ast.Mult: _on_numbers(np.multiply),
        ast.Div: _on_numbers(np.true_divide),
        ast.FloorDiv: _on_numbers(np.floor_divide),
        ast.Mod: _on_numbers(np.mod),
        ast.Pow: _on_numbers(np.power),
        ast.USub: _on_numbers(np.negative),
        ast.UAdd: _on_numbers(np.positive),
        ast.Not: np.logical_not,
        ast.Lt: np.less,
        ast.LtE: np.less_equal,
        ast.Gt: np.greater,
        ast.GtE: np.greater_equal,
        ast.Eq: np.equal,
        ast.NotEq: np.not_equal,
    }
)


def _least(*columns: Floats) -> Floats:
    result: Floats = np.minimum.reduce(np.broadcast_arrays(*columns))
    return result


def _greatest(*columns: Floats) -> Floats:
    result: Floats = np.maximum.reduce(np.broadcast_arrays(*columns))
    return result


def _mean(*columns: Floats) -> Floats:
    result: Floats = np.mean(np.broadcast_arrays(*columns), axis=0)
    return result


def _all_of(*columns: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.logical_and.reduce(np.broadcast_arrays(*columns)))


def _any_of(*columns: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.logical_or.reduce(np.broadcast_arrays(*columns)))


def _clip(column: Floats, low: Floats, high: Floats) -> Floats:
    return np.minimum(np.maximum(column, low), high)


def _where(condition: Floats, yes: Floats, no: Floats) -> Floats:
    return np.where(np.not_equal(condition, 0.0), yes, no)


_STATELESS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "vpd": psychrometrics.vpd,
        "dew_point": psychrometrics.dew_point,
        "abs_humidity": psychrometrics.abs_humidity,
        "heat_index": psychrometrics.heat_index,
        "min": _least,
        "max": _greatest,
        "mean": _mean,
        "abs": np.abs,
        "sqrt": np.sqrt,
        "exp": np.exp,
        "log": np.log,
        "log10": np.log10,
        "clip": _clip,
        "where": _where,
        "all_of": _all_of,
        "any_of": _any_of,
    }
)


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What one `delta`, `rate` or `integral` of a formula remembers.

    Attributes:
        at: UTC ms of the last good input; None: there was none.
        value: The last good input.
        total: Of an integral so far, in the input's unit times h.
    """

    at: int | None = None
    value: float = 0.0
    total: float = 0.0


class Evaluator:
    """One formula that is evaluated again and again.

    Args:
        formula: As `dt.twin.formulas.parse` returned it.
        max_age_ms: Between inputs further apart than this an integral adds nothing, and
            `delta` and `rate` have no reading before.
    """

    def __init__(self, formula: Formula, max_age_ms: float = 600_000.0) -> None:
        self._formula = formula
        self._max_age_ms = max_age_ms
        self._tree, count = _numbered(formula.tree)
        self._past = [Past() for _ in range(count)]
        self._at: Ints = np.empty(0, np.int64)
        self._ready: NDArray[np.bool_] = np.empty(0, np.bool_)
        remembering = {
            "delta": self._delta,
            "rate": self._rate,
            "integral": self._integral,
        }
        self._simple = SimpleEval(
            operators=dict(_OPERATORS), functions={**_STATELESS, **remembering}, names={}
        )

    def evaluate(
        self, columns: Sequence[Floats], at: Ints
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the results, and where there can be one yet; both of shape (n,).

        Args:
            columns: Of each signal in ``formula.names``, shape (n,); NaN: no value.
            at: UTC ms, increasing, shape (n,).
        """
        self._at = at
        self._ready = np.ones(len(at), np.bool_)
        self._simple.names = {f"s{i}": column for i, column in enumerate(columns)}
        with np.errstate(all="ignore"):
            result = self._simple.eval(self._formula.text, previously_parsed=self._tree)
        self._simple.names = {}
        column = np.broadcast_to(np.asarray(result, np.float64), at.shape)
        return column, self._ready

    def shift(self, offset_ms: int) -> None:
        """Move what is remembered in time: the clock was stepped by so much."""
        self._past = [
            past
            if past.at is None
            else msgspec.structs.replace(past, at=past.at + offset_ms)
            for past in self._past
        ]

    def past(self) -> tuple[Past, ...]:
        """Return what the formula remembers, to go on after a restart."""
        return tuple(self._past)

    def recall(self, past: Sequence[Past]) -> None:
        """Go on from what `past` returned; that of another formula is ignored."""
        if len(past) == len(self._past):
            self._past = list(past)

    def _before(self, number: float, column: Floats) -> tuple[Floats, Floats, Floats]:
        """Return column, value before and ms since then, NaN where there is none.

        Rows without a value are stepped over: the value before is the last good one.
        """
        column = np.broadcast_to(np.asarray(column, np.float64), self._at.shape)
        past = self._past[int(number)]
        good = np.flatnonzero(np.isfinite(column))
        value, gap = np.full(len(column), np.nan), np.full(len(column), np.nan)
        if len(good):
            value[good[1:]] = column[good[:-1]]
            gap[good[1:]] = np.diff(self._at[good])
            if past.at is not None:
                value[good[0]], gap[good[0]] = past.value, self._at[good[0]] - past.at
            last = int(good[-1])
            self._past[int(number)] = Past(
                at=int(self._at[last]), value=float(column[last]), total=past.total
            )
        apart = ~(gap <= self._max_age_ms)
        value[apart], gap[apart] = np.nan, np.nan
        return column, value, gap

    def _delta(self, number: float, column: Floats) -> Floats:
        column, before, _ = self._before(number, column)
        self._ready &= np.isfinite(before) | np.isnan(column)
        return column - before

    def _rate(self, number: float, column: Floats) -> Floats:
        column, before, gap = self._before(number, column)
        self._ready &= np.isfinite(before) & (gap > 0) | np.isnan(column)
        return (column - before) / gap * 1000.0

    def _integral(self, number: float, column: Floats) -> Floats:
        column, before, gap = self._before(number, column)
        area = np.nan_to_num((column + before) / 2.0 * gap / _HOUR_MS)
        past = self._past[int(number)]
        total = past.total + np.cumsum(area)
        if len(total):
            self._past[int(number)] = msgspec.structs.replace(past, total=float(total[-1]))
        return np.where(np.isnan(column), np.nan, total)


def _numbered(tree: ast.expr) -> tuple[ast.expr, int]:
    """Return the tree with a number before the argument of each call that remembers."""
    count = 0

    class Numberer(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.Call:
            nonlocal count
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            arguments = [self.visit(argument) for argument in node.args]
            if name in FUNCTIONS and FUNCTIONS[name].remembers:
                arguments = [ast.Constant(float(count)), *arguments]
                count += 1
            return ast.Call(node.func, arguments, [])

    numbered: ast.expr = Numberer().visit(copy.deepcopy(tree))
    return numbered, count
