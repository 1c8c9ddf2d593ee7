"""What every driver of a chip owes, on simulated buses."""

import msgspec
import pytest

from collector.seam import Sensor
from dt import plugins
from dt.errors import (
    BusStuckError,
    ChecksumError,
    HardwareAbsentError,
    HardwareError,
)
from dt.hardware.faults import Fault, FaultKind
from dt.twin import units

TRUE = {
    "ads1115": {"a0": 0.0, "a1": 0.0, "a2": 0.0, "a3": 0.0},
    "bh1750": {"illuminance": 437.0},
    "bme280": {"temperature": 23.4, "humidity": 56.7, "pressure": 1013.25},
    "dht22": {"temperature": 23.4, "humidity": 56.7},
    "ds18b20": {"temperature": 18.5},
    "sht31": {"temperature": 23.4, "humidity": 56.7},
    "stemma_soil": {"moisture": 812.0, "temperature": 18.5},
}
WITH_CHECKSUM = ("dht22", "ds18b20", "sht31")
REST_S = 3.0
every_chip = pytest.mark.parametrize("kind", TRUE)


def near(kind):
    quantities = plugins.load("dt.sensors", kind).DESCRIPTION.quantities
    steps = {q.name: q.resolution for q in quantities}
    return {name: pytest.approx(true, abs=steps[name]) for name, true in TRUE[kind].items()}


@pytest.fixture
def opened(bench, kind):
    """A driver that has read once, and the target of its chip."""
    target = bench.plug(kind)
    sensor = bench.driver(kind)
    sensor.open()
    sensor.read()
    bench.time.sleep(REST_S)
    return sensor, target


@every_chip
def test_it_reads_what_is_true(bench, kind, read):
    bench.plug(kind)
    sensor = bench.driver(kind)
    sensor.open()
    assert read(sensor) == near(kind)
    bench.time.sleep(REST_S)
    assert read(sensor) == near(kind)
    sensor.close()
    sensor.close()


@every_chip
def test_it_describes_itself(kind):
    driver = plugins.load("dt.sensors", kind)
    about = driver.DESCRIPTION
    assert about.kind == kind
    assert about.title
    assert about.source
    assert set(TRUE[kind]) <= {q.name for q in about.quantities}
    for quantity in about.quantities:
        assert units.known(quantity.unit)
        assert quantity.range[0] < quantity.range[1]
        assert 0 < quantity.resolution < 10
        assert quantity.signal
        assert quantity.title
    assert "Attributes:" in driver.Options.__doc__


@every_chip
def test_it_is_a_sensor_and_touches_nothing_when_made(bench, kind):
    bench.faults.inject("i2c-1", Fault(kind=FaultKind.STUCK_BUS))
    assert isinstance(bench.driver(kind), Sensor)
    assert bench.time.monotonic() == 1000


@every_chip
def test_an_absent_chip_is_said_when_it_is_opened(bench, kind):
    with pytest.raises(HardwareAbsentError) as caught:
        bench.driver(kind).open()
    assert caught.value.hint.startswith("check wiring and power")


@every_chip
def test_a_chip_that_is_unplugged_and_plugged_in_again_is_read_again(
    bench, kind, opened, read
):
    sensor, target = opened
    bench.faults.inject(target, Fault(kind=FaultKind.ABSENT))
    with pytest.raises(HardwareAbsentError):
        sensor.read()
    bench.faults.clear()
    bench.time.sleep(REST_S)
    assert read(sensor) == near(kind)


@every_chip
def test_one_missing_acknowledge_costs_one_reading_at_most(bench, kind, opened, read):
    sensor, target = opened
    bench.faults.inject(target, Fault(kind=FaultKind.NO_ACK, times=1))
    with pytest.raises(HardwareAbsentError):
        sensor.read()
    bench.time.sleep(REST_S)
    assert read(sensor) == near(kind)


@every_chip
def test_a_stuck_bus_is_named(bench, kind, opened):
    sensor, target = opened
    bench.faults.inject(target.split("/")[0], Fault(kind=FaultKind.STUCK_BUS))
    with pytest.raises(BusStuckError):
        sensor.read()


@every_chip
def test_after_a_loss_of_power_it_is_right_again_within_two_readings(
    bench, kind, opened, read
):
    sensor, target = opened
    bench.faults.inject(target, Fault(kind=FaultKind.POWER_LOSS, times=1))
    try:
        assert read(sensor) == near(kind)
    except HardwareError:
        bench.time.sleep(REST_S)
        assert read(sensor) == near(kind)


@every_chip
def test_a_frozen_chip_repeats_itself(bench, kind, opened, read):
    sensor, target = opened
    before = read(sensor)
    bench.faults.inject(target, Fault(kind=FaultKind.FROZEN))
    for quantity in bench.world:
        bench.world[quantity] += 5
    bench.time.sleep(REST_S)
    read(sensor)
    bench.time.sleep(REST_S)
    assert read(sensor) == before


@every_chip
def test_a_slow_chip_takes_its_time(bench, kind, opened):
    sensor, target = opened
    bench.faults.inject(target, Fault(kind=FaultKind.SLOW, seconds=10))
    before = bench.time.monotonic()
    sensor.read()
    assert bench.time.monotonic() - before >= 10


@pytest.mark.parametrize("kind", WITH_CHECKSUM)
def test_a_damaged_frame_is_refused(bench, kind, opened, read):
    sensor, target = opened
    fault = Fault(kind=FaultKind.BIT_FLIP, times=1)
    for _ in range(100):
        bench.faults.inject(target, fault)
        with pytest.raises(ChecksumError):
            sensor.read()
        bench.faults.clear()
        bench.time.sleep(REST_S)
        assert read(sensor) == near(kind)
        bench.time.sleep(REST_S)


@every_chip
def test_options_that_cannot_be_are_refused(kind):
    options = plugins.load("dt.sensors", kind).Options
    wrong = {
        "ads1115": [{"address": 0x23}, {"full_scale": 5.0}, {"rate": 100}],
        "bh1750": [{"address": 0x24}, {"resolution": "best"}, {"measurement_time": 254}],
        "bme280": [{"address": 0x75}, {"oversampling": 3}],
        "dht22": [{"pin": 40}],
        "ds18b20": [{"id": 28}],
        "sht31": [{"address": 0x46}, {"repeatability": "some"}],
        "stemma_soil": [{"address": 0x40}],
    }
    for given in wrong[kind]:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(given, options)
