"""Numbers as people read them: digits as the sensor resolves, unit as a sign."""

import math

from babel.numbers import format_decimal

from dt.errors import UnitError
from dt.twin import units
from webapp.language import babel_locale

DASH = "–"
_DIGITS = {
    "Cel": 1,
    "%": 1,
    "lx": 0,
    "hPa": 1,
    "kPa": 2,
    "By": 0,
    "kBy": 0,
    "MBy": 1,
    "GBy": 1,
    "kBy/s": 1,
    "MBy/s": 2,
    "rpm": 0,
    "By/s": 0,
    "W": 0,
    "kWh": 2,
    "V": 2,
    "A": 2,
    "mA": 1,
    "s": 0,
    "min": 0,
    "ppm": 0,
    "[ppm]": 0,
}


def sign(unit: str) -> str:
    """Return the sign of a UCUM code that people know: ``Cel`` is °C."""
    try:
        return units.display(unit)
    except UnitError:
        return unit


def digits_for(unit: str, declared: int | None, sample: float | None = None) -> int:
    """Return how many decimals to show: as declared, as usual, or by size (3 figures)."""
    if declared is not None:
        return declared
    if unit in _DIGITS:
        return _DIGITS[unit]
    if sample is None or not math.isfinite(sample) or sample == 0:
        return 2
    return min(4, max(0, 2 - math.floor(math.log10(abs(sample)))))


def text(value: float | None, digits: int) -> str:
    """Return a number in the reader's way of writing; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return DASH
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    rounded = round(value, digits) + 0.0  # no "-0.0"
    return str(format_decimal(rounded, format=pattern, locale=babel_locale()))


def with_unit(value: float | None, digits: int, unit: str) -> str:
    """Return a number with its sign: ``22.4 °C``."""
    mark = sign(unit)
    return f"{text(value, digits)} {mark}" if mark else text(value, digits)


def size(count: float) -> str:
    """Return a number of bytes in the unit that suits it: ``44.1 MB``."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{text(count / factor, 1)} {unit}"
    return f"{text(count, 0)} B"


def limits(low: float | None, high: float | None, digits: int, unit: str) -> str:
    """Return limits in words: ``18 – 28 °C``, ``≥ 30 %``, ``≤ 80 °C``."""
    if low is not None and high is not None:
        return f"{_short(low, digits)} {DASH} {_short(high, digits)} {sign(unit)}".strip()
    if low is not None:
        return f"≥ {_short(low, digits)} {sign(unit)}".strip()
    if high is not None:
        return f"≤ {_short(high, digits)} {sign(unit)}".strip()
    return ""


def _short(value: float, digits: int) -> str:
    needed = next((d for d in range(digits) if round(value, d) == value), digits)
    return text(value, needed)


def count(number: int, one: str, many: str) -> str:
    """Return a count with its noun, both forms already translated."""
    return f"{text(number, 0)} {one if number == 1 else many}"
