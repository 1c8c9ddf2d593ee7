"""The units in formulas: what a formula gives, and where its arguments need converting.

Known are the units of signals, of `vpd` and its like, of products and quotients of
signals, of `integral` (times h) and `rate` (per s). A number that multiplies makes the
unit unknown, because ``power / 1000`` is how people write kW; so does a difference of
temperatures. What is unknown, or a plain number, is trusted to be in the unit that the
twin declares.
"""

import ast
from collections.abc import Mapping

from dt.errors import UnitError
from dt.twin import units
from dt.twin.formulas import FUNCTIONS, Formula

_PLAIN = "1"


def fitted(formula: Formula, codes: Mapping[str, str], declared: str) -> Formula:
    """Return the formula with conversions written in, so that it gives `declared`.

    Args:
        formula: As `dt.twin.formulas.parse` returned it.
        codes: Unit of each signal in ``formula.names``.
        declared: Unit that the result shall have.

    Raises:
        UnitError: An argument or the result is of another dimension.
    """
    walker = _Walker(formula, codes)
    tree, seen = walker.walk(formula.tree)
    if seen not in {None, _PLAIN, declared}:
        tree = walker.converted(tree, seen, declared, "the result")
    return Formula(formula.text, tree, formula.names)


class _Walker:
    def __init__(self, formula: Formula, codes: Mapping[str, str]) -> None:
        self.formula = formula
        self.codes = codes

    def converted(self, tree: ast.expr, seen: str, wanted: str, what: str) -> ast.expr:
        try:
            factor, offset = units.line(seen, wanted)
        except UnitError as error:
            raise UnitError(
                f"{what} of {self.formula.text!r}: saw {seen}, expected {wanted}",
                hint=error.hint,
            ) from error
        if (factor, offset) == (1.0, 0.0):
            return tree
        scaled = ast.BinOp(tree, ast.Mult(), ast.Constant(factor))
        return ast.BinOp(scaled, ast.Add(), ast.Constant(offset)) if offset else scaled

    def walk(self, node: ast.expr) -> tuple[ast.expr, str | None]:
        """Return the node with conversions in it, and its unit if that is known."""
        match node:
            case ast.Name():
                seen: tuple[ast.expr, str | None] = node, self._unit_of(node)
            case ast.Call():
                seen = self._call(node)
            case ast.BinOp():
                seen = self._operation(node)
            case ast.UnaryOp():
                operand, unit = self.walk(node.operand)
                keeps = unit is not None and _is_plain(unit)
                seen = ast.UnaryOp(node.op, operand), unit if keeps else None
            case ast.Compare():
                left, right = self.walk(node.left)[0], self.walk(node.comparators[0])[0]
                seen = ast.Compare(left, node.ops, [right]), None
            case _:
                seen = node, None
        return seen

    def _unit_of(self, node: ast.Name) -> str:
        return self.codes[self.formula.names[int(node.id[1:])]]

    def _operation(self, node: ast.BinOp) -> tuple[ast.expr, str | None]:
        left, a = self.walk(node.left)
        right, b = self.walk(node.right)
        result = ast.BinOp(left, node.op, right)
        if a is None or b is None or not (_is_plain(a) and _is_plain(b)):
            return result, None
        if isinstance(node.op, ast.Mult):
            return result, _product(a, b, ".")
        if isinstance(node.op, ast.Div):
            return result, _product(a, b, "/")
        same = isinstance(node.op, (ast.Add, ast.Sub)) and a == b
        return result, a if same else None

    def _call(self, node: ast.Call) -> tuple[ast.expr, str | None]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        walked = [self.walk(argument) for argument in node.args]
        function = FUNCTIONS.get(name)
        arguments = [tree for tree, _ in walked]
        if function is None:
            return _again(node, arguments), None
        for index, wanted in enumerate(function.takes):
            tree, seen = walked[index]
            if seen is not None and seen != wanted:
                what = f"argument {index + 1} of {name} in"
                arguments[index] = self.converted(tree, seen, wanted, what)
        return _again(node, arguments), _result(function.gives, [u for _, u in walked])


def _result(gives: str, seen: list[str | None]) -> str | None:
    if gives == "same":
        return seen[0] if len(set(seen)) == 1 else None
    if gives in {"hour", "second"}:
        unit = seen[0]
        if unit in {None, _PLAIN} or not _is_plain(str(unit)):
            return None
        return _known(f"({unit}).h" if gives == "hour" else f"({unit})/s")
    return gives or None


def _product(a: str, b: str, sign: str) -> str | None:
    if b == _PLAIN:
        return a
    return b if a == _PLAIN and sign == "." else _known(f"({a}){sign}({b})")


def _again(node: ast.Call, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(node.func, arguments, [])


def _is_plain(code: str) -> bool:
    """Tell whether a unit has neither a zero nor a curve of its own."""
    return units.known(code) and units.parse(code).scale is None


def _known(code: str) -> str | None:
    return code if units.known(code) else None
