"""The grammar of UCUM: what one unit expression means, as a factor over base units.

Source: The Unified Code for Units of Measure 2.2, §§ 2–13 (syntax), 21 (special units).
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dt.twin.unit_atoms import ALIASES, ATOMS, BASES, PREFIXES

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]
Dimension = tuple[int, ...]

TOKEN = re.compile(
    r"(?P<open>\()|(?P<close>\))|(?P<dot>\.)|(?P<slash>/)|(?P<note>\{[!-z|~]*\})"
    r"|(?P<power>10[*^])|(?P<number>\d+)|(?P<symbol>(?:\[[!-Z^-~]+\]|[A-Za-z%'_])+)"
)
EXPONENT = re.compile(r"[+-]?\d+")

_NOTHING: Dimension = (0,) * len(BASES)


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale with a zero or a curve of its own, over the unit `code`."""

    code: str
    forward: Curve
    back: Curve
    interval: float | None = None  # of one step, in `code`; None: no straight line


def _log(base: float, factor: float = 1.0) -> tuple[Curve, Curve]:
    def forward(x: Floats) -> Floats:
        return np.asarray(factor * np.power(base, x))

    def back(y: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(y / factor) / math.log(base))

    return forward, back


_SCALES: dict[str, Scale] = {
    "Cel": Scale("K", lambda x: x + 273.15, lambda y: y - 273.15, 1.0),
    "[degF]": Scale(
        "K", lambda x: (x + 459.67) * 5 / 9, lambda y: y * 9 / 5 - 459.67, 5 / 9
    ),
    "[pH]": Scale("mol/l", *_log(0.1)),
    "B": Scale("1", *_log(10.0)),
    "Np": Scale("1", *_log(math.e)),
    "B[W]": Scale("W", *_log(10.0)),
    "B[kW]": Scale("kW", *_log(10.0)),
    "B[V]": Scale("V", *_log(100.0**0.25)),
    "B[SPL]": Scale("Pa", *_log(math.sqrt(10.0), 2e-5)),
    "dBm": Scale("mW", *_log(10.0**0.1)),
    "dBW": Scale("W", *_log(10.0**0.1)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """What a code means: `factor` times the base units, or a scale over them."""

    factor: float
    dimension: Dimension
    scale: Scale | None = None
    step: float = 1.0  # prefix of a scale: dB is 0.1 B


@lru_cache(maxsize=4096)
def parsed(code: str) -> Unit | None:
    """Return what a code means; None: it is no unit."""
    if not code or len(code) > 100:
        return None
    if code == "pH":  # by the letters a picohenry, which no twin measures
        code = "[pH]"
    try:
        return _Parser(code).read()
    except _NoUnit:
        alias = ALIASES.get(code)
        return parsed(alias) if alias and alias != code else None


class _NoUnit(Exception):  # noqa: N818 - never leaves this module
    """The text is no unit."""


class _Parser:
    """Reads one UCUM expression. Grammar: UCUM §§ 5–13."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.at = 0
        self.depth = 0

    def read(self) -> Unit:
        unit = self._term()
        if self.at != len(self.code):
            raise _NoUnit
        return unit

    def _peek(self) -> str:
        return self.code[self.at : self.at + 1]

    def _term(self) -> Unit:
        self.depth += 1
        if self.depth > 10:
            raise _NoUnit
        sign = 1
        if self._peek() == "/":
            self.at, sign = self.at + 1, -1
        first = self._component()
        unit = first if sign == 1 else _power(first, -1)
        while self._peek() in {".", "/"}:
            sign = 1 if self._peek() == "." else -1
            self.at += 1
            unit = _product(unit, self._component(), sign)
        self.depth -= 1
        return unit

    def _component(self) -> Unit:
        found = TOKEN.match(self.code, self.at)
        if found is None:
            raise _NoUnit
        self.at = found.end()
        kind, word = found.lastgroup, found.group()
        if kind == "open":
            unit = self._term()
            if self._peek() != ")":
                raise _NoUnit
            self.at += 1
            return unit
        if kind == "note":
            return Unit(1.0, _NOTHING)
        if kind == "number":
            unit = _checked(float(word), _NOTHING)
        elif kind in {"power", "symbol"}:
            unit = self._exponent(_symbol(word))
        else:
            raise _NoUnit
        return self._annotated(unit)

    def _exponent(self, unit: Unit) -> Unit:
        found = EXPONENT.match(self.code, self.at)
        if found is None:
            return unit
        self.at = found.end()
        exponent = int(found.group()[:4])
        if abs(exponent) > 30:
            raise _NoUnit
        return _power(unit, exponent)

    def _annotated(self, unit: Unit) -> Unit:
        found = TOKEN.match(self.code, self.at)
        if found is not None and found.lastgroup == "note":
            self.at = found.end()
        return unit


def _product(a: Unit, b: Unit, sign: int) -> Unit:
    a, b = _plain(a), _plain(b)
    factor = a.factor * b.factor if sign == 1 else a.factor / b.factor
    both = zip(a.dimension, b.dimension, strict=True)
    return _checked(factor, tuple(x + sign * y for x, y in both))


def _power(unit: Unit, exponent: int) -> Unit:
    if exponent == 1:
        return unit
    unit = _plain(unit)
    try:
        factor = unit.factor**exponent
    except (OverflowError, ZeroDivisionError):
        raise _NoUnit from None
    return _checked(factor, tuple(x * exponent for x in unit.dimension))


def _checked(factor: float, dimension: Dimension) -> Unit:
    if not 1e-200 < factor < 1e200 or max(map(abs, dimension)) > 60:
        raise _NoUnit
    return Unit(factor, dimension)


def _plain(unit: Unit) -> Unit:
    """Return a unit that may stand in a product; ``Cel`` becomes its interval."""
    if unit.scale is None:
        return unit
    if unit.scale.interval is None:
        raise _NoUnit
    return Unit(interval(unit), unit.dimension)


@lru_cache(maxsize=1024)
def _symbol(word: str) -> Unit:
    unit = atom(word)
    if unit is not None:
        return unit
    for length in (2, 1):
        prefix, rest = word[:length], word[length:]
        if prefix in PREFIXES and rest and takes_prefix(rest):
            unit = atom(rest)
            if unit is not None and unit.scale is not None:
                return Unit(unit.factor, unit.dimension, unit.scale, PREFIXES[prefix])
            if unit is not None:
                return Unit(unit.factor * PREFIXES[prefix], unit.dimension)
    raise _NoUnit


def takes_prefix(word: str) -> bool:
    """Tell whether an atom may stand behind a prefix."""
    if word in BASES or word in {"Cel", "B", "Np"} or word.startswith("B["):
        return True
    return word in ATOMS and ATOMS[word].metric


def atom(word: str) -> Unit | None:
    """Return what an atom means; None: it is none."""
    if word in BASES:
        return Unit(1.0, tuple(int(base == word) for base in BASES))
    if word in _SCALES:
        under = _Parser(_SCALES[word].code).read()
        return Unit(under.factor, under.dimension, _SCALES[word])
    if word in ATOMS:
        under = _Parser(ATOMS[word].code).read()
        return Unit(under.factor * ATOMS[word].value, under.dimension)
    return None


def interval(unit: Unit) -> float:
    """Return the length of one step of a unit, in base units."""
    if unit.scale is None:
        return unit.factor
    return unit.step * (unit.scale.interval or 1.0) * unit.factor
