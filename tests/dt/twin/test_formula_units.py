"""Units in formulas: converted where known, trusted where not, refused where wrong."""

import ast

import pytest

from dt.errors import UnitError
from dt.twin import formula_units, formulas

CODES = {
    "t": "Cel",
    "f": "[degF]",
    "h": "%",
    "r": "1",
    "p": "W",
    "k": "kW",
    "v": "V",
    "i": "A",
    "l": "lx",
    "ph": "[pH]",
}


def _fitted(text, unit):
    formula = formulas.parse(text, CODES)
    tree = formula_units.fitted(formula, CODES, unit).tree
    return ast.unparse(ast.fix_missing_locations(tree))


@pytest.mark.parametrize(
    ("text", "unit", "written"),
    [
        ("vpd(t, h)", "kPa", "vpd(s0, s1)"),
        ("vpd(t, h)", "hPa", "vpd(s0, s1) * 10.0"),
        ("vpd(t, r)", "kPa", "vpd(s0, s1 * 100.0)"),
        ("integral(p)", "W.h", "integral(s0)"),
        ("integral(p)", "kW.h", "integral(s0) * 0.001"),
        ("integral(p)", "kJ", "integral(s0) * 3.6"),
        ("integral(p + p)", "kW.h", "integral(s0 + s0) * 0.001"),
        ("v * i", "W", "s0 * s1"),
        ("r * p", "kW", "s0 * s1 * 0.001"),
        ("p / r", "kW", "s0 / s1 * 0.001"),
        ("v * i", "kW", "s0 * s1 * 0.001"),
        ("p / v", "mA", "s0 / s1 * 1000.0"),
        ("max(p, p * 1)", "kW", "max(s0, s0 * 1.0)"),
        ("-p", "kW", "-s0 * 0.001"),
    ],
)
def test_known_units_are_converted(text, unit, written):
    assert _fitted(text, unit) == written


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("p / 1000", "kW"),
        ("t - 5", "K"),
        ("t - t", "K"),
        ("rate(t)", "Cel/min"),
        ("delta(p)", "kW"),
        ("p > 5", "1"),
        ("integral(r)", "L"),
        ("r + r * r", "Cel"),
        ("max(p, k)", "kW"),
        ("where(p > 5, 1, 0)", "1"),
        ("0.5 * t + 0.1 * l", "1"),
    ],
)
def test_what_is_unknown_is_trusted(text, unit):
    assert _fitted(text, unit) == _fitted(text, "1")


def test_a_fahrenheit_signal_is_converted_before_vpd():
    written = _fitted("vpd(f, h)", "kPa")
    assert written.startswith("vpd(s0 * 0.5555555555555556 + -17.7777")


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("vpd(l, h)", "kPa", "argument 1 of vpd"),
        ("vpd(t, h)", "Cel", "the result"),
        ("integral(p)", "kW", "the result"),
        ("ph", "mol/L", "the result"),
    ],
)
def test_units_that_do_not_fit_are_refused(text, unit, said):
    with pytest.raises(UnitError, match=said):
        _fitted(text, unit)
