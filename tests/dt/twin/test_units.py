"""Units: UCUM codes, conversion against pint as an independent source, display."""

import itertools

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.errors import UnitError
from dt.twin import units
from dt.twin.unit_atoms import ATOMS, COMMON, MEANT, SENML

PINT = {
    "Cel": "degC", "[degF]": "degF", "K": "kelvin", "Pa": "pascal", "hPa": "hPa",
    "kPa": "kPa", "bar": "bar", "mbar": "mbar", "atm": "atm", "[psi]": "psi",
    "V": "volt", "mV": "mV", "A": "ampere", "mA": "mA", "W": "watt", "kW": "kW",
    "V.A": "volt * ampere", "J": "joule", "kJ": "kJ", "W.h": "watt_hour", "kW.h": "kWh",
    "kWh": "kWh", "cal": "calorie", "m": "meter", "mm": "mm", "cm": "cm", "km": "km",
    "[in_i]": "inch", "[ft_i]": "foot", "[mi_i]": "mile", "s": "second", "ms": "ms",
    "min": "minute", "h": "hour", "d": "day", "wk": "week", "Hz": "1/second",
    "1/min": "1/minute", "/min": "1/minute", "m/s": "m/s", "km/h": "km/hour",
    "[kn_i]": "knot", "m/s2": "m/s**2", "m.s-2": "m/s**2", "m2": "m**2", "m3": "m**3",
    "L": "liter", "mL": "mL", "L/min": "liter/minute", "m3/h": "m**3/hour",
    "[gal_us]": "gallon", "g": "gram", "kg": "kg", "t": "metric_ton", "[lb_av]": "pound",
    "[oz_av]": "ounce", "N": "newton", "deg": "degree", "rad": "radian",
    "deg/s": "degree/second", "rad/s": "radian/second", "Ohm": "ohm", "kOhm": "kohm",
    "S": "siemens", "uS/cm": "uS/cm", "T": "tesla", "uT": "uT", "ug/m3": "ug/m**3",
    "g/m3": "g/m**3", "W/m2": "W/m**2", "lx": "lux", "klx": "kilolux", "cd": "candela",
    "By": "byte", "kBy": "kilobyte", "GBy": "gigabyte", "KiBy": "kibibyte", "bit": "bit",
    "By/s": "byte/s", "Mbit/s": "megabit/s", "mm[Hg]": "mmHg", "eV": "eV",
}  # fmt: skip
REGISTRY = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
QUANTITIES = {code: REGISTRY.Unit(name) for code, name in PINT.items()}
PAIRS = [
    (a, b)
    for a, b in itertools.permutations(PINT, 2)
    if QUANTITIES[a].dimensionality == QUANTITIES[b].dimensionality
    and units.compatible(a, b)
]


def test_the_same_units_are_compatible_as_in_pint():
    angles_and_bits = {"deg", "rad", "deg/s", "rad/s", "bit", "By", "kBy", "GBy", "KiBy"}
    angles_and_bits |= {"By/s", "Mbit/s", "Hz", "1/min", "/min"}  # pint: no dimension
    for a, b in itertools.combinations(set(PINT) - angles_and_bits, 2):
        same = QUANTITIES[a].dimensionality == QUANTITIES[b].dimensionality
        assert units.compatible(a, b) == same, (a, b)


@given(pair=st.sampled_from(PAIRS), value=st.floats(-1e6, 1e6))
def test_values_convert_as_in_pint(pair, value):
    a, b = pair
    expected = REGISTRY.Quantity(value, QUANTITIES[a]).to(QUANTITIES[b]).magnitude
    tolerance = 2e-5 if "[Hg]" in a + b else 1e-9  # UCUM rounds the mercury column
    assert units.convert(value, a, b) == pytest.approx(expected, rel=tolerance, abs=1e-9)


@given(pair=st.sampled_from(PAIRS), value=st.floats(-1e6, 1e6))
def test_the_straight_line_gives_what_the_conversion_gives(pair, value):
    factor, offset = units.line(*pair)
    expected = units.convert(value, *pair)
    assert factor * value + offset == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(pair=st.sampled_from(PAIRS), value=st.floats(-1e6, 1e6))
def test_there_and_back_is_the_same(pair, value):
    a, b = pair
    back = units.convert(units.convert(value, a, b), b, a)
    assert back == pytest.approx(value, rel=1e-9, abs=1e-6)


def test_an_array_stays_an_array_and_a_number_a_number():
    column = units.convert(np.array([0.0, 100.0]), "Cel", "[degF]")
    assert column.tolist() == pytest.approx([32.0, 212.0])
    assert isinstance(units.convert(0.0, "Cel", "K"), float)
    same = np.array([1.0])
    assert units.convert(same, "Cel", "Cel") is not same


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (7.0, "[pH]", "mol/L", 1e-7),
        (3.0, "B", "1", 1000.0),
        (30.0, "dB", "1", 1000.0),
        (0.0, "dBm", "mW", 1.0),
        (-30.0, "dBm", "dBW", -60.0),
        (94.0, "dB[SPL]", "Pa", 1.0023744672545456),
        (20.0, "dB[V]", "V", 10.0),
        (1.0, "Np", "1", np.e),
    ],
)
def test_logarithmic_units_convert_by_their_curve(value, source, target, expected):
    assert units.convert(value, source, target) == pytest.approx(expected)
    assert units.convert(expected, target, source) == pytest.approx(value)


def test_no_straight_line_leads_to_a_logarithmic_unit():
    with pytest.raises(UnitError, match="no straight line"):
        units.line("[pH]", "mol/L")
    assert units.line("dB", "dB") == (1.0, 0.0)


def test_temperatures_are_intervals_in_a_product():
    assert units.convert(60.0, "Cel/h", "K/min") == pytest.approx(1.0)
    assert units.convert(1.8, "[degF]/s", "Cel/s") == pytest.approx(1.0)
    assert not units.known("dB/s")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("Cel", "°C"), ("[degF]", "°F"), ("%", "%"), ("lx", "lx"), ("kPa", "kPa"),
        ("m3/h", "m³/h"), ("W.h", "Wh"), ("kW.h", "kWh"), ("kWh", "kWh"), ("1", ""),
        ("{count}", "count"), ("{count}/min", "count/min"), ("/min", "/min"),
        ("1/min", "1/min"), ("m.s-2", "m·s⁻²"), ("kBy/s", "kB/s"), ("[ppm]", "ppm"),
        ("pH", "pH"), ("kOhm", "kΩ"), ("uS/cm", "µS/cm"), ("mm[Hg]", "mmHg"), ("deg", "°"),
        ("m{apples}", "m"), ("10*3", "10³"), ("%RH", "%"), ("kvarh", "kvarh"),
        ("V.A", "VA"), ("Cel/min", "°C/min"), ("(m/s).s", "(m/s)·s"),
        ("no such", "no such"),
    ],
)  # fmt: skip
def test_a_person_sees(code, shown):
    assert units.display(code) == shown


@pytest.mark.parametrize(
    "code",
    ["", "m//s", "m.", ".m", "(m", "m)", "foo", "m/s/", "{a b}", "()", "10*999", "m2000",
     "Cel Cel", "km ", "0", "0/m",
     "m" * 101, "10*30.10*30.10*30.10*30.10*30.10*30.10*30",
     "(" * 50 + "m" + ")" * 50, "m²", "°C", "[", "1e3"],
)  # fmt: skip
def test_this_is_no_unit(code):
    assert not units.known(code)
    with pytest.raises(UnitError, match="unknown unit"):
        units.parse(code)


@given(st.text(st.sampled_from("mskgKCelW%hPa.()/{}[]-+*^0123456789'_ "), max_size=12))
def test_any_text_is_a_unit_or_is_not(code):
    if units.known(code):
        assert units.convert(2.0, code, code) == 2.0
        assert isinstance(units.display(code), str)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("°C", "Cel"), ("celcius", "Cel"), ("C", "Cel"), ("lux", "lx"), ("hpa", "hPa"),
     ("kwh", "kW.h"), ("psi", "[psi]"), ("m²", "m2"), (" Cel", "Cel"), ("xyzzy", None)],
)  # fmt: skip
def test_the_nearest_unit_is_suggested(said, meant):
    assert units.nearest(said) == meant


def test_an_unknown_unit_says_what_was_meant():
    with pytest.raises(UnitError) as raised:
        units.parse("lux")
    assert raised.value.hint == "did you mean lx?"


def test_units_of_another_dimension_are_refused_with_both():
    with pytest.raises(UnitError, match=r"'Cel' cannot be converted to 'lx'.*saw K"):
        units.convert(1.0, "Cel", "lx")


def test_all_tables_hold_units_only():
    for code in (*COMMON, *MEANT.values(), *SENML.values()):
        assert units.known(code), code
    for code, atom in ATOMS.items():
        assert units.known(code), code
        assert units.known(atom.code), code


@pytest.mark.parametrize("name", [*SENML, "Cel", "lx", "W", "m/s2", "1/s", "dBm", "mm/h"])
def test_senml_names_are_read_and_written(name):
    code = units.from_senml(name)
    assert units.known(code)
    assert units.compatible(units.from_senml(units.to_senml(code)), code)


def test_a_byte_of_senml_is_no_bel():
    assert units.from_senml("B") == "By"
    assert units.to_senml("By") == "B"
    assert units.to_senml("Cel") == "Cel"
    assert units.to_senml("L") == "l"


@pytest.mark.parametrize(
    ("resolution", "decimals"),
    [(0.1, 1), (0.01, 2), (1.0, 0), (10.0, 0), (0.5, 1), (0.0625, 2), (0.0, 2), (1e-9, 6)],
)
def test_the_digits_show_the_resolution(resolution, decimals):
    assert units.digits(resolution) == decimals


def test_a_value_is_written_with_its_unit():
    assert units.text(22.345, "Cel", 1) == "22.3\u00a0°C"
    assert units.text(-0.001, "Cel", 1) == "0.0\u00a0°C"
    assert units.text(3.0, "1", 0) == "3"
    assert units.text(45.0, "deg", 0) == "45°"
    assert units.text(float("nan"), "Cel") == "–"
