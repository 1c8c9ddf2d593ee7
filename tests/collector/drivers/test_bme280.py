import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.drivers.bme280 import Bme280, Bme280Options
from collector.seam import Context
from collector.simulators.bme280 import BME280
from dt.errors import HardwareError
from dt.hardware.chip import Placement, VirtualTime
from dt.hardware.sim import SimBuses
from dt.hardware.simbus import Conditions
from dt.twin.readings import pairs


class Air:
    def __init__(self, celsius, percent, hectopascals):
        self.now = {
            "air.temperature": celsius,
            "air.humidity": percent,
            "air.pressure": hectopascals,
        }

    def value(self, quantity):
        return self.now[quantity]


@given(
    st.floats(-40, 85, allow_nan=False),
    st.floats(0, 100, allow_nan=False),
    st.floats(300, 1100, allow_nan=False),
    st.sampled_from([1, 2, 4, 8, 16]),
)
@settings(max_examples=60, deadline=None)
def test_compensation_undoes_what_the_chip_does(celsius, percent, hectopascals, times):
    time = VirtualTime()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("adafruit_bme280.basic.sleep", time.sleep)
        buses = SimBuses(Conditions(time=time))
        buses.attach(BME280, Placement(), Air(celsius, percent, hectopascals))
        context = Context(twin="dt:X", sensor="s", reads={}, media_dir="", twin_dir="")
        sensor = Bme280(Bme280Options(oversampling=times), buses, time, context)
        sensor.open()
        found = dict(pairs(sensor.read()))
    assert found["temperature"] == pytest.approx(celsius, abs=0.02)
    assert found["humidity"] == pytest.approx(percent, abs=0.05)
    assert found["pressure"] == pytest.approx(hectopascals, abs=0.06)


class BMP280(BME280):
    """Its sister without humidity, at the same addresses."""

    def power_on(self):
        super().power_on()
        self._memory[0xD0] = 0x58


def test_a_bmp280_which_has_no_humidity_is_refused(bench, world):
    bench.buses.attach(BMP280, Placement(), world)
    with pytest.raises(HardwareError, match="0x58"):
        bench.driver("bme280").open()


def test_one_measurement_gives_all_three_values(bench, time):
    begun = []

    class Counted(BME280):
        def _measure_s(self):
            begun.append(time.monotonic())
            return super()._measure_s()

    bench.buses.attach(Counted, Placement(), Air(21.5, 48.0, 990.0))
    sensor = bench.driver("bme280", oversampling=16)
    sensor.open()
    found = dict(pairs(sensor.read()))
    sensor.read()
    assert len(begun) == 2
    assert found["temperature"] == pytest.approx(21.5, abs=0.02)
    assert found["humidity"] == pytest.approx(48.0, abs=0.05)
    assert found["pressure"] == pytest.approx(990.0, abs=0.06)


def test_the_chip_is_asked_once_whether_it_is_done(bench, world, time):
    asked = []

    class Watched(BME280):
        def read(self, count):
            if self._pointer == 0xF3:
                asked.append(time.monotonic())
            return super().read(count)

    bench.buses.attach(Watched, Placement(), world)
    sensor = bench.driver("bme280", oversampling=4)
    sensor.open()
    sensor.read()
    assert len(asked) == 1
