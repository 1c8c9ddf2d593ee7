import math

import pytest

from dt.hardware.faults import Fault, FaultKind


@pytest.mark.parametrize(
    ("options", "lux", "step"),
    [
        ({}, 54_600.0, 1.0),
        ({"resolution": "high"}, 27_300.0, 0.5),
        ({"resolution": "low"}, 54_000.0, 4.0),
        ({"measurement_time": 31}, 121_000.0, 2.0),
        ({"resolution": "high", "measurement_time": 40}, 40_000.0, 1.0),
    ],
)
def test_its_options_set_range_and_step(bench, read, options, lux, step):
    bench.plug("bh1750")
    bench.world["light"] = lux
    sensor = bench.driver("bh1750", **options)
    sensor.open()
    assert read(sensor)["illuminance"] == pytest.approx(lux, abs=step)


@pytest.mark.parametrize("options", [{}, {"resolution": "high"}, {"measurement_time": 31}])
def test_light_beyond_its_range_is_no_value(bench, read, options):
    bench.plug("bh1750")
    bench.world["light"] = 130_000.0
    sensor = bench.driver("bh1750", **options)
    sensor.open()
    assert math.isnan(read(sensor)["illuminance"])


def test_darkness_is_a_value(bench, read):
    bench.plug("bh1750")
    bench.world["light"] = 0.0
    sensor = bench.driver("bh1750")
    sensor.open()
    assert read(sensor)["illuminance"] == 0


def test_a_chip_that_lost_its_power_does_not_pass_for_darkness(bench, read):
    target = bench.plug("bh1750")
    sensor = bench.driver("bh1750")
    sensor.open()
    bench.faults.inject(target, Fault(kind=FaultKind.POWER_LOSS, times=1))
    assert read(sensor)["illuminance"] == pytest.approx(437, abs=1)


def test_two_of_them_share_a_bus(bench, read):
    bench.plug("bh1750")
    bench.plug("bh1750", address=0x5C, reads={"illuminance": "air.humidity"})
    one, other = bench.driver("bh1750"), bench.driver("bh1750", address=0x5C)
    one.open()
    other.open()
    assert read(one)["illuminance"] == pytest.approx(437, abs=1)
    assert read(other)["illuminance"] == pytest.approx(56.7, abs=1)
