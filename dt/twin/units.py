"""Units by their UCUM codes: known or not, dimension, conversion, and how they look.

The whole UCUM grammar is read: prefixes, products ``W.h``, quotients ``m3/h``, ``/min``,
powers ``m2.s-1``, numbers ``10*3``, parentheses and annotations ``{count}``; besides it
the SenML names that mean nothing else in UCUM (``kWh %RH ppm``), and ``pH`` for acidity.
Units with a zero of their own (``Cel [degF]``) and logarithmic ones (``dB [pH]``)
convert only when they stand alone; in a product ``Cel`` and ``[degF]`` are intervals
(``Cel/min``).

Source: The Unified Code for Units of Measure 2.2, §§ 2–26; RFC 8428 §12.1; RFC 8798.
"""

import difflib
import math
import re
from functools import lru_cache
from typing import overload

import numpy as np

from dt.errors import UnitError
from dt.twin.unit_atoms import ALIASES, BASES, COMMON, MEANT, PREFIXES, SENML, SHOWN
from dt.twin.unit_grammar import (
    EXPONENT,
    TOKEN,
    Floats,
    Unit,
    atom,
    interval,
    parsed,
    takes_prefix,
)

_SUPER = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")


def parse(code: str) -> Unit:
    """Return what a code means.

    Raises:
        UnitError: It is no unit; the hint names the nearest that is.
    """
    unit = parsed(code)
    if unit is None:
        near = nearest(code)
        raise UnitError(
            f"unknown unit: saw {code[:60]!r}, expected a UCUM code like Cel, %, hPa or 1",
            hint=f"did you mean {near}?" if near else "",
        )
    return unit


def known(code: str) -> bool:
    """Tell whether a code is a unit."""
    return parsed(code) is not None


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
    a, b = parsed(one), parsed(other)
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
    return interval(a) / interval(b), zero


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
    if parsed(code) is None:
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


def _dimension_text(unit: Unit) -> str:
    parts = [
        base if power == 1 else f"{base}{power}"
        for base, power in zip(BASES, unit.dimension, strict=True)
        if power
    ]
    return ".".join(parts) or "a plain number"


class _Text:
    """Writes one UCUM expression for a person."""

    def __init__(self, code: str) -> None:
        self.code = code

    def read(self) -> str:
        out: list[str] = []
        at = 0
        while at < len(self.code):
            found = TOKEN.match(self.code, at)
            if found is None:
                return self.code
            at = found.end()
            kind, word = found.lastgroup, found.group()
            if kind in {"symbol", "power"}:
                exponent = EXPONENT.match(self.code, at)
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
        if prefix in PREFIXES and takes_prefix(rest) and atom(word) is None:
            return prefix.replace("u", "µ") + SHOWN.get(rest, rest)
    return word
