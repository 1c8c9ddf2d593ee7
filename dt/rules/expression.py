"""A condition in the product's one language of formulas (`dt.twin.formulas`).

Most conditions are a comparison or two. Those are turned into closures, which judge one
reading in about a microsecond; whatever else the language has goes to the same evaluator
that computes derived signals. Both give the same truth (a test holds them together).
"""

import ast
import copy
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from dt.processing.formula import Evaluator, Past
from dt.rules.description import Clause
from dt.rules.seam import Marks, Truth, Truths
from dt.twin import formulas
from dt.twin.formulas import FUNCTIONS, Formula
from dt.twin.readings import Floats, Ints

Fast = Callable[[Sequence[float]], Any]

_PLAIN: Mapping[type, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
    }
)


class Expression:
    """A condition that a formula says: it holds where the result is not 0.

    Any input that is missing makes it unknown, and so does a result that is no number.

    Args:
        formula: As `dt.twin.formulas.parse` returned it.
        max_age_ms: Between readings further apart ``rate`` and ``delta`` have none before.
    """

    def __init__(self, formula: Formula, max_age_ms: float = 600_000.0) -> None:
        self.text = formula.text
        self.names = formula.names
        self.remembers = _remembers(formula.tree)
        self._formula = formula
        self._max_age_ms = max_age_ms
        self._fast = None if self.remembers else _fast(formula.tree)
        self._evaluator = Evaluator(formula, max_age_ms)
        self._empty = self._evaluator.past()

    def judge(
        self,
        values: Sequence[float],
        codes: Sequence[int],  # noqa: ARG002 - a value that counts is enough here
        at: int,
        past: tuple[Past, ...],
    ) -> tuple[Truth, tuple[Past, ...]]:
        """Return whether it holds (see `dt.rules.seam.Condition`)."""
        if not self.remembers and any(map(math.isnan, values)):
            return Truth.UNKNOWN, past
        if self._fast is not None:
            try:
                result = self._fast(values)
            except (ZeroDivisionError, OverflowError):
                pass
            else:
                return _truth(result), past
        columns = [np.array([value]) for value in values]
        self._evaluator.recall(past or self._empty)
        found, ready = self._evaluator.evaluate(columns, np.array([at], np.int64))
        after = self._evaluator.past() if self.remembers else past
        if not ready[0] or any(map(math.isnan, values)):
            return Truth.UNKNOWN, after
        return _truth(float(found[0])), after

    def judge_all(
        self,
        values: Sequence[Floats],
        codes: Sequence[Marks],  # noqa: ARG002 - a value that counts is enough here
        at: Ints,
    ) -> Truths:
        """Return whether it holds, row after row (see `dt.rules.seam.Condition`)."""
        found, ready = Evaluator(self._formula, self._max_age_ms).evaluate(values, at)
        known = ready & ~np.isnan(found)
        for column in values:
            known &= ~np.isnan(column)
        return np.where(known, found != 0, Truth.UNKNOWN).astype(np.int8)

    def clauses(
        self,
        values: Sequence[float],
        codes: Sequence[int],  # noqa: ARG002 - a value that counts is enough here
    ) -> tuple[Clause, ...]:
        """Return the sides of ``and`` and ``or``, and which of them hold."""
        return tuple(
            Clause(text=self._shown(part), held=self._held(part, values))
            for part in _parts(self._formula.tree)
        )

    def _shown(self, tree: ast.expr) -> str:
        names = {f"s{index}": name for index, name in enumerate(self.names)}
        renamed = _Renamed(names).visit(copy.deepcopy(tree))
        return ast.unparse(ast.fix_missing_locations(renamed))

    def _held(self, tree: ast.expr, values: Sequence[float]) -> bool | None:
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        needed = [values[i] for i in range(len(self.names)) if f"s{i}" in used]
        if _remembers(tree) or any(map(math.isnan, needed)):
            return None
        part = Evaluator(Formula(self.text, tree, self.names))
        found, _ = part.evaluate([np.array([v]) for v in values], np.zeros(1, np.int64))
        return None if math.isnan(found[0]) else bool(found[0])


def parse(text: str, units: Mapping[str, str], max_age_ms: float = 600_000.0) -> Expression:
    """Return the condition that a text says.

    Raises:
        FormulaError: The language has no such thing, or there is no such signal.
    """
    return Expression(formulas.parse(text, units), max_age_ms)


def _truth(result: Any) -> Truth:
    if result != result:  # noqa: PLR0124 - not a number
        return Truth.UNKNOWN
    return Truth.TRUE if result else Truth.FALSE


def _remembers(tree: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Call)
        and _called(node) in FUNCTIONS
        and FUNCTIONS[_called(node)].remembers
        for node in ast.walk(tree)
    )


def _parts(tree: ast.expr) -> list[ast.expr]:
    """Return the sides of ``and`` and ``or``, however deep, or the tree itself."""
    if isinstance(tree, ast.Call) and _called(tree) in {"all_of", "any_of"}:
        return [part for side in tree.args for part in _parts(side)]
    return [tree]


def _called(tree: ast.Call) -> str:
    return tree.func.id if isinstance(tree.func, ast.Name) else ""


def _fast(tree: ast.expr) -> Fast | None:
    """Return a closure that gives what the evaluator gives, or None: it cannot."""
    if isinstance(tree, ast.Constant):
        constant = tree.value
        return lambda _: constant
    if isinstance(tree, ast.Name):
        return operator.itemgetter(int(tree.id[1:]))
    if isinstance(tree, ast.UnaryOp):
        return _fast_unary(tree)
    if isinstance(tree, ast.BinOp | ast.Compare):
        return _fast_pair(tree)
    return _fast_call(tree)


def _fast_unary(tree: ast.UnaryOp) -> Fast | None:
    inner = _fast(tree.operand)
    if inner is None or not isinstance(tree.op, ast.USub | ast.Not):
        return None
    if isinstance(tree.op, ast.Not):
        return lambda values: not inner(values)
    return lambda values: -inner(values)


def _fast_pair(tree: ast.BinOp | ast.Compare) -> Fast | None:
    kind: type
    if isinstance(tree, ast.Compare):
        left, right, kind = tree.left, tree.comparators[0], type(tree.ops[0])
    else:
        left, right, kind = tree.left, tree.right, type(tree.op)
    a, b, op = _fast(left), _fast(right), _PLAIN.get(kind)
    if a is None or b is None or op is None:
        return None
    if isinstance(right, ast.Constant):
        limit = right.value
        return lambda values: op(a(values), limit)
    return lambda values: op(a(values), b(values))


def _fast_call(tree: ast.expr) -> Fast | None:
    if not isinstance(tree, ast.Call):
        return None
    sides = [_fast(side) for side in tree.args]
    known = [side for side in sides if side is not None]
    if len(known) < len(sides) or _called(tree) not in {"all_of", "any_of"}:
        return None
    if _called(tree) == "all_of":
        return lambda values: all([side(values) for side in known])  # noqa: C419 - all sides, as the evaluator does
    return lambda values: any([side(values) for side in known])  # noqa: C419


class _Renamed(ast.NodeTransformer):
    """Writes signals in place of ``s0``, ``s1``."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self._names.get(node.id, node.id), ast.Load())
