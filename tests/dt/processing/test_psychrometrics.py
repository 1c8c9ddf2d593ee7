"""Moist air, against published tables."""

import numpy as np
import pytest

from dt.processing import psychrometrics as air


def _one(function, *numbers):
    return float(function(*(np.array([n], np.float64) for n in numbers))[0])


@pytest.mark.parametrize(
    ("temperature", "kilopascal"),
    [(1, 0.657), (5, 0.872), (10, 1.228), (15, 1.705), (20, 2.338), (25, 3.168),
     (24.5, 3.075), (30, 4.243), (35, 5.624), (40, 7.378), (45, 9.585)],
)  # fmt: skip
def test_saturation_is_as_in_table_2_3_of_fao_56(temperature, kilopascal):
    # the table is rounded, and a little above its own equation where it is hot
    assert _one(air.saturation, temperature) == pytest.approx(kilopascal, rel=6e-4)


@pytest.mark.parametrize(
    ("temperature", "pascal"),
    [(0.01, 611.657), (10, 1228.2), (20, 2339.3), (30, 4247.0), (40, 7384.9)],
)
def test_saturation_is_near_the_formulation_of_iapws(temperature, pascal):
    assert _one(air.saturation, temperature) * 1000 == pytest.approx(pascal, rel=3e-3)


def test_the_deficit_is_that_of_the_example_in_fao_56():
    # example 4: 2.39 kPa mean saturation; here one temperature at 54 %
    assert _one(air.vpd, 25.0, 60.0) == pytest.approx(3.168 * 0.4, abs=1e-3)
    assert _one(air.vpd, 25.0, 100.0) == 0.0
    assert _one(air.vpd, 25.0, 0.0) == pytest.approx(3.168, abs=1e-3)


@pytest.mark.parametrize(
    ("temperature", "humidity", "dew"),
    [(20, 100, 20.0), (22, 70, 16.3), (22, 45, 9.5), (25, 50, 13.9), (20, 50, 9.3)],
)
def test_the_dew_point_is_as_in_published_tables(temperature, humidity, dew):
    assert _one(air.dew_point, temperature, humidity) == pytest.approx(dew, abs=0.06)


def test_dry_air_has_no_dew_point():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert not np.isfinite(_one(air.dew_point, 20.0, 0.0)) or (
            _one(air.dew_point, 20.0, 0.0) < -200
        )


@pytest.mark.parametrize(
    ("temperature", "gram"), [(0, 4.85), (10, 9.4), (20, 17.3), (30, 30.4)]
)
def test_saturated_air_holds_as_much_water_as_tables_say(temperature, gram):
    assert _one(air.abs_humidity, temperature, 100.0) == pytest.approx(gram, rel=5e-3)


@pytest.mark.parametrize(
    ("fahrenheit", "humidity", "felt"),
    [(80, 40, 80), (90, 50, 95), (90, 90, 122), (100, 40, 109), (86, 85, 102),
     (104, 50, 131), (110, 40, 136)],
)  # fmt: skip
def test_the_heat_index_is_as_in_the_chart_of_the_weather_service(
    fahrenheit, humidity, felt
):
    celsius = _one(air.heat_index, (fahrenheit - 32) / 1.8, humidity)
    assert celsius * 1.8 + 32 == pytest.approx(felt, abs=1.0)


def test_in_cool_air_the_heat_index_is_near_the_temperature():
    assert _one(air.heat_index, 20.0, 50.0) == pytest.approx(19.4, abs=0.2)
