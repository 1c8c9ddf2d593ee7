"""Units by their UCUM codes: known or not, dimension, conversion, and how they look.

The whole UCUM grammar is read: prefixes, products ``W.h``, quotients ``m3/h``, ``/min``,
powers ``m2 s-1``, numbers ``10*3``, parentheses and annotations ``{count}``; besides it
the SenML names that mean nothing else in UCUM (``kWh %RH pH ppm``). Units with a zero
of their own (``Cel [degF]``) and logarithmic ones (``dB [pH]``) convert only when they
stand alone; in a product ``Cel`` and ``[degF]`` are intervals (``Cel/min``).

Source: The Unified Code for Units of Measure 2.2, §§ 2–26; RFC 8428 §12.1; RFC 8798.
"""

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from dt.errors import UnitError
from dt.twin.unit_atoms import (
    ALIASES,
    ATOMS,
    BASES,
    COMMON,
    MEANT,
    PREFIXES,
    SENML,
    SHOWN,
)

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]
Dimension = tuple[int, ...]

_NOTHING: Dimension = (0,) * len(BASES)
_TOKEN = re.compile(
    r"(?P<open>\()|(?P<close>\))|(?P<dot>\.)|(?P<slash>/)|(?P<note>\{[!-z|~]*\})"
    r"|(?P<power>10[*^])|(?P<number>\d+)|(?P<symbol>(?:\[[!-Z^-~]+\]|[A-Za-z%'_])+)"
)
_EXPONENT = re.compile(r"[+-]?\d+")
_SUPER = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")


@dataclass(frozen=True, slots=True)
class _Scale:
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


_SCALES: dict[str, _Scale] = {
    "Cel": _Scale("K", lambda x: x + 273.15, lambda y: y - 273.15, 1.0),
    "[degF]": _Scale(
        "K", lambda x: (x + 459.67) * 5 / 9, lambda y: y * 9 / 5 - 459.67, 5 / 9
    ),
    "[pH]": _Scale("mol/l", *_log(0.1)),
    "B": _Scale("1", *_log(10.0)),
    "Np": _Scale("1", *_log(math.e)),
    "B[W]": _Scale("W", *_log(10.0)),
    "B[kW]": _Scale("kW", *_log(10.0)),
    "B[V]": _Scale("V", *_log(100.0**0.25)),
    "B[SPL]": _Scale("Pa", *_log(math.sqrt(10.0), 2e-5)),
    "dBm": _Scale("mW", *_log(10.0**0.1)),
    "dBW": _Scale("W", *_log(10.0**0.1)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """What a code means: `factor` times the base units, or a scale over them."""

    factor: float
    dimension: Dimension
    scale: _Scale | None = None
    step: float = 1.0  # prefix of a scale: dB is 0.1 B


def parse(code: str) -> Unit:
    """Return what a code means.

    Raises:
        UnitError: It is no unit; the hint names the nearest that is.
    """
    unit = _parsed(code)
    if unit is None:
        near = nearest(code)
        raise UnitError(
            f"unknown unit: saw {code[:60]!r}, expected a UCUM code like Cel, %, hPa or 1",
            hint=f"did you mean {near}?" if near else "",
        )
    return unit


def known(code: str) -> bool:
    """Tell whether a code is a unit."""
    return _parsed(code) is not None


def nearest(code: str) -> str | None:
    """Return the unit that was probably meant, or None."""
    if code in MEANT or code.strip().lower() in MEANT:
        return MEANT.get(code, MEANT.get(code.strip().lower()))
    if known(code.strip()):
        return code.strip()
    by_lower = {c.lower(): c for c in reversed(COMMON)}
    if code.lower() in by_lower:
        return by_lower[code.lower()]
    near = difflib.get_close_matches(code, COMMON, n=1, cutoff=0.5)
    return near[0] if near else None


def compatible(one: str, other: str) -> bool:
    """Tell whether values of one unit can be converted to the other."""
    a, b = _parsed(one), _parsed(other)
    return a is not None and b is not None and a.dimension == b.dimension


@overload
def convert(values: float, source: str, target: str) -> float: ...
@overload
def convert(values: Floats, source: str, target: str) -> Floats: ...
def convert(values: float | Floats, source: str, target: str) -> float | Floats:
    """Return the values in another unit; a number for a number, an array for an array.

    Raises:
        UnitError: A unit is unknown, or they are of different dimension.
    """
    a, b = _pair(source, target)
    x = np.asarray(values, np.float64)
    if a.scale is None and b.scale is None:
        result = x * (a.factor / b.factor)
    elif a == b:
        result = x.copy()
    else:
        result = _from_base(_to_base(x, a), b)
    return result if isinstance(values, np.ndarray) else float(result)


def line(source: str, target: str) -> tuple[float, float]:
    """Return (factor, offset): ``target = factor * source + offset``.

    Raises:
        UnitError: The units do not fit, or no straight line connects them.
    """
    a, b = _pair(source, target)
    if a == b:
        return 1.0, 0.0
    for unit, code in ((a, source), (b, target)):
        if unit.scale is not None and unit.scale.interval is None:
            raise UnitError(f"no straight line converts {source!r} to {target!r}: {code!r}")
    if a.scale is None and b.scale is None:
        return a.factor / b.factor, 0.0
    zero = float(_from_base(_to_base(np.float64(0.0), a), b))  # type: ignore[arg-type]
    return _interval(a) / _interval(b), zero


def _pair(source: str, target: str) -> tuple[Unit, Unit]:
    a, b = parse(source), parse(target)
    if a.dimension != b.dimension:
        raise UnitError(
            f"the unit {source!r} cannot be converted to {target!r}: "
            f"saw {_dimension_text(a)}, expected {_dimension_text(b)}"
        )
    return a, b


def from_senml(name: str) -> str:
    """Return the UCUM code of a SenML unit name; unknown names as they stand."""
    return SENML.get(name, name)


def to_senml(code: str) -> str:
    """Return the SenML name of a UCUM code; the code itself where SenML has none."""
    preferred = {"%": "%", "1": "/", "deg": "deg", "s": "s", "L": "l", "{count}": "count"}
    if code in preferred:
        return preferred[code]
    names = [name for name, ucum in SENML.items() if ucum == code]
    return names[0] if names else code


@lru_cache(maxsize=1024)
def display(code: str) -> str:
    """Return how a person sees a unit: ``°C``, ``m³/h``, ``kWh``; unknown as it stands."""
    if code in SHOWN:
        return SHOWN[code]
    code = ALIASES.get(code, code)
    if _parsed(code) is None:
        return code
    return _Text(code).read()


def digits(resolution: float) -> int:
    """Return the decimals that show a step of `resolution`, 0–6."""
    if not resolution > 0 or math.isinf(resolution):
        return 2
    return min(max(math.ceil(-math.log10(resolution) - 1e-9), 0), 6)


def text(value: float, code: str, decimals: int = 2) -> str:
    """Return a value with its unit for a person: ``22.3 °C``; no value is a dash."""
    if not math.isfinite(value):
        return "–"
    number = f"{value:.{decimals}f}"
    number = number.lstrip("-") if float(number) == 0 else number
    shown = display(code)
    glue = "" if shown in {"", "°"} else "\u00a0"
    return f"{number}{glue}{shown}"


def _to_base(x: Floats, unit: Unit) -> Floats:
    if unit.scale is None:
        return x * unit.factor
    return unit.scale.forward(x * unit.step) * unit.factor


def _from_base(y: Floats, unit: Unit) -> Floats:
    if unit.scale is None:
        return y / unit.factor
    return unit.scale.back(y / unit.factor) / unit.step


def _interval(unit: Unit) -> float:
    if unit.scale is None:
        return unit.factor
    return unit.step * (unit.scale.interval or 1.0) * unit.factor


def _dimension_text(unit: Unit) -> str:
    parts = [
        base if power == 1 else f"{base}{power}"
        for base, power in zip(BASES, unit.dimension, strict=True)
        if power
    ]
    return ".".join(parts) or "a plain number"


@lru_cache(maxsize=4096)
def _parsed(code: str) -> Unit | None:
    if not code or len(code) > 100:
        return None
    if code == "pH":  # by the letters a picohenry, which no twin measures
        code = "[pH]"
    try:
        return _Parser(code).read()
    except _NoUnit:
        alias = ALIASES.get(code)
        return _parsed(alias) if alias and alias != code else None


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
        found = _TOKEN.match(self.code, self.at)
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
            unit = Unit(float(word), _NOTHING)
        elif kind in {"power", "symbol"}:
            unit = self._exponent(_symbol(word))
        else:
            raise _NoUnit
        return self._annotated(unit)

    def _exponent(self, unit: Unit) -> Unit:
        found = _EXPONENT.match(self.code, self.at)
        if found is None:
            return unit
        self.at = found.end()
        exponent = int(found.group()[:4])
        if abs(exponent) > 30:
            raise _NoUnit
        return _power(unit, exponent)

    def _annotated(self, unit: Unit) -> Unit:
        found = _TOKEN.match(self.code, self.at)
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
    return Unit(_interval(unit), unit.dimension)


@lru_cache(maxsize=1024)
def _symbol(word: str) -> Unit:
    unit = _atom(word)
    if unit is not None:
        return unit
    for length in (2, 1):
        prefix, rest = word[:length], word[length:]
        if prefix in PREFIXES and rest and _takes_prefix(rest):
            unit = _atom(rest)
            if unit is not None and unit.scale is not None:
                return Unit(unit.factor, unit.dimension, unit.scale, PREFIXES[prefix])
            if unit is not None:
                return Unit(unit.factor * PREFIXES[prefix], unit.dimension)
    raise _NoUnit


def _takes_prefix(word: str) -> bool:
    if word in BASES or word in {"Cel", "B", "Np"} or word.startswith("B["):
        return True
    return word in ATOMS and ATOMS[word].metric


def _atom(word: str) -> Unit | None:
    if word in BASES:
        return Unit(1.0, tuple(int(base == word) for base in BASES))
    if word in _SCALES:
        under = _Parser(_SCALES[word].code).read()
        return Unit(under.factor, under.dimension, _SCALES[word])
    if word in ATOMS:
        under = _Parser(ATOMS[word].code).read()
        return Unit(under.factor * ATOMS[word].value, under.dimension)
    return None


class _Text:
    """Writes one UCUM expression for a person."""

    def __init__(self, code: str) -> None:
        self.code = code

    def read(self) -> str:
        out: list[str] = []
        at = 0
        while at < len(self.code):
            found = _TOKEN.match(self.code, at)
            if found is None:
                return self.code
            at = found.end()
            kind, word = found.lastgroup, found.group()
            if kind in {"symbol", "power"}:
                exponent = _EXPONENT.match(self.code, at)
                out.append(_shown(word))
                if exponent is not None:
                    at = exponent.end()
                    out.append(exponent.group().translate(_SUPER))
            elif kind == "note":
                out.append(self._note(word, out))
            elif kind != "number" or self.code != "1":
                out.append(word)
        return _glued(out)

    def _note(self, word: str, out: list[str]) -> str:
        """Return an annotation's words where no unit stands before them."""
        after_unit = bool(out) and out[-1] not in {".", "/", "("}
        return "" if after_unit else word[1:-1].replace("_", " ")


def _glued(parts: list[str]) -> str:
    """Return the product as one word: ``W.h`` is Wh, other dots are middle dots."""
    joined = "".join("·" if part == "." else part for part in parts)
    return re.sub(r"(?<=[WA])·h(?![A-Za-z])", "h", joined).replace("V·A", "VA")


def _shown(word: str) -> str:
    if word in SHOWN:
        return SHOWN[word]
    for length in (2, 1):
        prefix, rest = word[:length], word[length:]
        if prefix in PREFIXES and _takes_prefix(rest) and _atom(word) is None:
            return prefix.replace("u", "µ") + SHOWN.get(rest, rest)
    return word
