"""Calibration: each form, its inverse, units folded in, many signals at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.errors import UnitError
from dt.processing.calibrate import Calibration, Calibrator
from dt.twin.description import SignalSpec

SOIL = ((200.0, 0.0), (2000.0, 100.0))
BENT = ((0.0, 0.0), (10.0, 100.0), (20.0, 120.0), (40.0, 100.0))


def _apply(calibration, *raw):
    return calibration.apply(np.array(raw, np.float64)).tolist()


def test_without_points_a_value_stays_as_it_is():
    assert _apply(Calibration(), 1.5, -3.0) == [1.5, -3.0]


def test_one_point_is_an_offset():
    assert _apply(Calibration(points=((20.0, 20.7),)), 20.0, 30.0) == pytest.approx(
        [20.7, 30.7]
    )


def test_two_points_are_a_line_that_goes_on():
    values = _apply(Calibration(points=SOIL), 200, 1100, 2000, 2180, 20)
    assert values == pytest.approx([0, 50, 100, 110, -10])


def test_more_points_are_a_line_between_each_two():
    values = _apply(Calibration(points=BENT), -1, 0, 5, 10, 15, 20, 30, 40, 50)
    assert values == pytest.approx([-10, 0, 50, 100, 110, 120, 110, 100, 90])


def test_a_polynomial_starts_with_its_constant():
    values = _apply(Calibration(polynomial=(1.0, 2.0, 3.0)), 0, 1, 2)
    assert values == pytest.approx([1, 6, 17])


def test_units_are_converted_where_no_points_say_otherwise():
    spec = SignalSpec(unit="Cel")
    assert _apply(Calibration.of(spec, "[degF]"), 212.0) == pytest.approx([100.0])
    offset = SignalSpec(unit="Cel", calibration=((212.0, 101.0),))
    assert _apply(Calibration.of(offset, "[degF]"), 212.0, 32.0) == pytest.approx(
        [101.0, 1.0]
    )
    assert _apply(Calibration.of(SignalSpec(unit="kBy/s"), "By/s"), 1500.0) == [1.5]


def test_two_points_bridge_any_units():
    spec = SignalSpec(unit="%", calibration=SOIL)
    assert _apply(Calibration.of(spec, "V"), 1100.0) == pytest.approx([50.0])
    with pytest.raises(UnitError):
        Calibration.of(SignalSpec(unit="%"), "V")


def test_many_signals_are_calibrated_at_once_each_by_its_own():
    table = Calibrator(
        [
            Calibration(),
            Calibration(points=SOIL),
            Calibration(points=BENT),
            Calibration(polynomial=(0.0, 0.0, 1.0)),
            Calibration(points=((1.0, 2.0),)),
            Calibration(polynomial=(5.0,)),
            Calibration(points=BENT[:3]),
        ]
    )
    index = np.array([3, 0, 1, 2, 4, 5, 6, 2, 3], np.int32)
    raw = np.array([3.0, 7.0, 1100.0, 15.0, 5.0, 9.0, 30.0, 30.0, -2.0])
    values = table.apply(index, raw).tolist()
    assert values == pytest.approx([9, 7, 50, 110, 6, 5, 140, 110, 4])
    assert raw[0] == 3.0


def test_another_calibration_holds_from_now_on():
    table = Calibrator([Calibration(), Calibration(points=SOIL)])
    index, raw = np.array([0, 1], np.int32), np.array([1.0, 1100.0])
    table.change(0, Calibration(points=BENT))
    assert table.apply(index, raw).tolist() == pytest.approx([10.0, 50.0])
    table.change(0, Calibration())
    table.change(1, Calibration())
    assert table.apply(index, raw).tolist() == [1.0, 1100.0]


def test_no_number_stays_none_and_overflow_is_infinite():
    assert np.isnan(_apply(Calibration(points=BENT), np.nan)).all()
    assert np.isinf(_apply(Calibration(polynomial=(0.0, 0.0, 1.0)), 1e300)).all()


points = st.lists(
    st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)),
    min_size=1,
    max_size=6,
    unique_by=lambda p: p[0],
).map(lambda ps: tuple((float(a), float(b)) for a, b in sorted(ps)))


@given(points)
def test_the_points_themselves_are_met(given_points):
    calibration = Calibration(points=given_points)
    raws, trues = zip(*given_points, strict=True)
    assert _apply(calibration, *raws) == pytest.approx(list(trues), abs=1e-6)


@given(points, st.floats(-2000, 2000))
def test_between_points_it_is_numpys_interpolation(given_points, raw):
    raws, trues = zip(*given_points, strict=True)
    if len(raws) > 1 and raws[0] <= raw <= raws[-1]:
        expected = float(np.interp(raw, raws, trues))
        assert _apply(Calibration(points=given_points), raw) == pytest.approx([expected])


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.floats(-500, 500))
def test_the_inverse_of_a_rising_calibration_leads_back(steps, raw):
    corners = np.cumsum([0, *steps]).astype(float)
    rising = tuple((x, 3.0 * x + i) for i, x in enumerate(corners.tolist()))
    calibration = Calibration(points=rising)
    (true,) = _apply(calibration, raw)
    assert calibration.inverse(true) == pytest.approx(raw, abs=1e-6)


def test_the_inverse_of_other_forms():
    assert Calibration().inverse(3.0) == pytest.approx(3.0)
    assert Calibration(points=((20.0, 21.0),)).inverse(21.0) == pytest.approx(20.0)
    assert Calibration(points=SOIL).inverse(50.0) == pytest.approx(1100.0)
    assert Calibration(polynomial=(1.0, 2.0)).inverse(5.0) == pytest.approx(2.0)
    assert Calibration(polynomial=(0.0, 0.0, 0.0, 1.0)).inverse(8.0) == pytest.approx(2.0)


def test_no_single_raw_value_is_nan():
    assert np.isnan(Calibration(points=BENT).inverse(110.0))
    assert np.isnan(Calibration(polynomial=(0.0, 0.0, 1.0)).inverse(4.0))
    assert np.isnan(Calibration(polynomial=(5.0,)).inverse(5.0))
    assert np.isnan(Calibration(points=((0.0, 1.0), (1.0, 1.0))).inverse(2.0))
