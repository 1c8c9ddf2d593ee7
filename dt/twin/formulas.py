"""The language of formulas: what ``derived:`` in a twin may say. Parsed, never run here.

A formula has numbers, signal names (dots and dashes included), ``+ - * / // % **``,
comparisons, ``and or not``, ``a if c else b`` and the functions of `FUNCTIONS`. Nothing
else passes: no text, no attribute, no subscript, no keyword, no comprehension. So it can
be neither Python nor long: at most `MAX_LENGTH` characters and `MAX_DEPTH` levels.
"""

import ast
import difflib
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dt.errors import FormulaError

MAX_LENGTH = 500
MAX_DEPTH = 25

_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*", re.ASCII)
_SIGN = re.compile(r"\*\*|//|<=|>=|==|!=|[-+*/%<>(),]")
_WORDS = frozenset({"and", "or", "not", "if", "else"})
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


@dataclass(frozen=True, slots=True)
class Function:
    """What a formula may call.

    Attributes:
        least: Fewest arguments.
        most: Most arguments.
        title: What it gives, for the documentation.
        takes: UCUM codes in which the arguments are converted; empty: as they are.
        gives: UCUM code of the result; ``same``: the arguments' common unit;
            ``hour`` or ``second``: the argument's unit times h, or per s; empty: unknown.
        remembers: It needs what was before.
    """

    least: int
    most: int
    title: str
    takes: tuple[str, ...] = ()
    gives: str = ""
    remembers: bool = False


_AIR = ("Cel", "%")
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "vpd": Function(2, 2, "vapour pressure deficit of air", _AIR, "kPa"),
        "dew_point": Function(2, 2, "dew point of air", _AIR, "Cel"),
        "abs_humidity": Function(2, 2, "mass of water in a volume of air", _AIR, "g/m3"),
        "heat_index": Function(2, 2, "temperature as people feel it", _AIR, "Cel"),
        "min": Function(2, 20, "the least of the arguments", gives="same"),
        "max": Function(2, 20, "the greatest of the arguments", gives="same"),
        "mean": Function(2, 20, "the mean of the arguments", gives="same"),
        "abs": Function(1, 1, "without its sign"),
        "sqrt": Function(1, 1, "square root"),
        "exp": Function(1, 1, "e to the power"),
        "log": Function(1, 1, "natural logarithm"),
        "log10": Function(1, 1, "decimal logarithm"),
        "clip": Function(3, 3, "the first, not below the second or above the third"),
        "where": Function(3, 3, "the second if the first is true, else the third"),
        "if": Function(3, 3, "another name of where"),
        "delta": Function(1, 1, "change since the reading before", remembers=True),
        "rate": Function(1, 1, "change per second", gives="second", remembers=True),
        "integral": Function(
            1, 1, "trapezoids over time, times h: W gives W.h", gives="hour", remembers=True
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that may be evaluated.

    Attributes:
        text: As the twin says it.
        tree: Only nodes of the language; the name ``s3`` stands for ``names[3]``.
        names: The signals that it uses, each once.
    """

    text: str
    tree: ast.expr
    names: tuple[str, ...]


def parse(text: str, names: Collection[str]) -> Formula:
    """Return the formula.

    Args:
        text: For instance ``vpd(air.temperature, air.humidity) * 10``.
        names: The signals that it may use.

    Raises:
        FormulaError: It says what the language has not; the message tells what and
            where, the hint the nearest name.
    """
    if len(text) > MAX_LENGTH:
        seen = f"saw {len(text)} characters, expected at most {MAX_LENGTH}"
        raise FormulaError(f"formula too long: {seen}")
    used: dict[str, str] = {}
    code = " ".join(_tokens(text, names, used))
    try:
        tree = ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise FormulaError(f"formula is not complete: saw {text!r}") from None
    _check_depth(tree, text)
    return Formula(text, _Checker(text).visit(tree), tuple(used))


def check(text: str, names: Collection[str]) -> None:
    """Raise a FormulaError unless `parse` takes the formula."""
    parse(text, names)


def order(formulas: Mapping[str, Formula]) -> tuple[str, ...]:
    """Return the names so that each formula comes after those whose results it uses.

    Raises:
        FormulaError: Some use each other in a circle.
    """
    done: list[str] = []
    waiting = dict(formulas)
    while waiting:
        free = [
            name
            for name, formula in waiting.items()
            if not any(used in waiting for used in formula.names)
        ]
        if not free:
            raise FormulaError(f"formulas use each other in a circle: {_circle(waiting)}")
        for name in free:
            done.append(name)
            del waiting[name]
    return tuple(done)


def _circle(waiting: Mapping[str, Formula]) -> str:
    name = next(iter(waiting))
    path: list[str] = []
    while name not in path:
        path.append(name)
        name = next(used for used in waiting[name].names if used in waiting)
    return " -> ".join([*path[path.index(name) :], name])


def _tokens(text: str, names: Collection[str], used: dict[str, str]) -> Iterator[str]:
    """Yield the formula's tokens as Python would write them; fill `used`."""
    by_length = sorted(names, key=len, reverse=True)
    at = 0
    before = ""
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        word, shown = _token(text, at, by_length)
        if word == "if" and (not before or before in "(,+-*/%<>=" or before in _WORDS):
            shown = "where"
        elif word in _WORDS or shown:
            pass
        elif text[at + len(word) :].lstrip().startswith("("):
            shown = _function(word, text)
        else:
            shown = used.setdefault(_signal(word, names, text), f"s{len(used)}")
        yield shown or word
        at += len(word)
        before = word if word in _WORDS else word[-1]


def _token(text: str, at: int, by_length: list[str]) -> tuple[str, str]:
    """Return the word at a place, and its Python text if it is a number or a sign."""
    for name in by_length:
        if text.startswith(name, at):
            after = text[at + len(name) : at + len(name) + 1]
            if not (after.isalnum() or after in {"_", "(", "."}):
                return name, ""
    for pattern in (_NUMBER, _SIGN):
        found = pattern.match(text, at)
        if found:
            return found.group(), found.group()
    found = _NAME.match(text, at)
    if not found:
        hint = "a power is written **" if text[at] == "^" else ""
        raise FormulaError(
            f"formula has no such sign: saw {text[at]!r} at {at + 1} of {text!r}", hint=hint
        )
    return found.group(), ""


def _function(word: str, text: str) -> str:
    if word not in FUNCTIONS:
        raise FormulaError(
            f"unknown function in {text!r}: saw {word!r}, "
            f"expected one of {', '.join(FUNCTIONS)}",
            hint=_near(word, FUNCTIONS),
        )
    return word


def _signal(word: str, names: Collection[str], text: str) -> str:
    if word not in names:
        raise FormulaError(
            f"unknown signal in {text!r}: saw {word!r}, "
            f"expected one of {', '.join(sorted(names)) or 'none'}",
            hint=_near(word, names),
        )
    return word


def _near(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else ""


def _check_depth(tree: ast.expr, text: str) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise FormulaError(f"formula too deep: saw more than {MAX_DEPTH} levels in {text!r}")


class _Checker(ast.NodeTransformer):
    """Lets the language's nodes pass and writes some of them in simpler ones."""

    def __init__(self, text: str) -> None:
        self.text = text

    def visit(self, node: ast.AST) -> ast.expr:
        method = getattr(self, f"visit_{type(node).__name__}", None)
        if method is None:
            raise FormulaError(
                f"formula may not use this: saw {type(node).__name__} in {self.text!r}"
            )
        result: ast.expr = method(node)
        return result

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        try:
            value = float(node.value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            value = math.inf
        if not math.isfinite(value):
            raise FormulaError(f"formula has a number that is too large: {self.text!r}")
        return ast.Constant(value)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if not isinstance(node.op, _OPERATORS):
            raise FormulaError(f"formula may not use this operator: {self.text!r}")
        return ast.BinOp(self.visit(node.left), node.op, self.visit(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        return ast.UnaryOp(node.op, self.visit(node.operand))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        name = "all_of" if isinstance(node.op, ast.And) else "any_of"
        return _call(name, [self.visit(value) for value in node.values])

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        if not all(isinstance(op, _COMPARISONS) for op in node.ops):
            raise FormulaError(f"formula may not use this comparison: {self.text!r}")
        pairs: list[ast.expr] = [
            ast.Compare(sides[i], [op], [sides[i + 1]]) for i, op in enumerate(node.ops)
        ]
        return pairs[0] if len(pairs) == 1 else _call("all_of", pairs)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        parts = (node.test, node.body, node.orelse)
        return _call("where", [self.visit(part) for part in parts])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = FUNCTIONS.get(name)
        if function is None or node.keywords:
            raise FormulaError(f"formula calls what is no function: {self.text!r}")
        if not function.least <= len(node.args) <= function.most:
            raise FormulaError(
                f"{name} in {self.text!r}: saw {len(node.args)} arguments, "
                f"expected {_count(function)}"
            )
        return _call(name, [self.visit(argument) for argument in node.args])


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _count(function: Function) -> str:
    if function.least == function.most:
        return str(function.least)
    return f"{function.least} to {function.most}"
