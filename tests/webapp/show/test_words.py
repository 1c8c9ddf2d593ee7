"""Numbers, times and limits as people read them."""

import math
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.show import numbers, times

NOW = 1_790_000_000_000


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(22.44, 1, "22.4"), (6410.2, 0, "6,410"), (-0.04, 1, "0.0"), (1e-05, 2, "0.00")],
)
def test_a_number_has_the_digits_of_its_sensor(value, digits, said):
    assert numbers.text(value, digits) == said


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash(value):
    assert numbers.text(value, 1) == "–"


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_no_number_is_ever_written_with_an_exponent(value, digits):
    text = numbers.text(value, digits)
    assert set(text) <= set("-0123456789,.")
    assert abs(float(text.replace(",", "")) - value) <= 0.51 * 10**-digits + 1e-3


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (18, 28, "18 – 28 °C"),
        (0.5, None, "≥ 0.5 °C"),
        (None, 80, "≤ 80 °C"),
        (None, None, ""),
    ],
)
def test_limits_are_written_short(low, high, said):
    assert numbers.limits(low, high, 2, "Cel") == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59.9, "59 s"), (240, "4 min"), (90_000, "1 d")]
)
def test_a_span_is_told_in_its_largest_unit(seconds, said):
    assert times.span(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.5, "0.5 s"), (5, "5 s"), (90, "90 s"), (600, "10 min")]
)
def test_how_often_is_told_exactly(seconds, said):
    assert times.every(seconds) == said


def test_an_age_of_less_than_a_second_is_just_now():
    assert times.ago(NOW - 400, NOW) == "just now"
    assert times.ago(NOW - 4000, NOW) == "4 s ago"
    assert times.ago(NOW + 4000, NOW) == "just now"


def test_hovering_says_utc_whatever_the_zone():
    assert times.utc(NOW) == "2026-09-21 14:13:20 UTC"
    assert times.local(NOW, ZoneInfo("Asia/Tokyo")).hour == 23


def test_aliases_of_time_zones_are_not_offered():
    assert times.is_city("Europe/Berlin")
    assert times.is_city("UTC")
    assert not times.is_city("US/Eastern")
    assert not times.is_city("Etc/GMT+3")
