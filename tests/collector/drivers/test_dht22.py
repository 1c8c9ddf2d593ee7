import pytest

from dt.errors import HardwareAbsentError
from dt.hardware.faults import Fault, FaultKind


@pytest.mark.parametrize("celsius", [-40.0, -10.1, -0.1, 0.0, 35.1, 80.0])
def test_it_reads_both_sides_of_zero(bench, read, celsius):
    bench.plug("dht22")
    bench.world["air.temperature"] = celsius
    sensor = bench.driver("dht22")
    sensor.open()
    assert read(sensor)["temperature"] == pytest.approx(celsius)


def test_opening_and_reading_ask_the_part_once(bench, read):
    bench.plug("dht22", pin=23)
    sensor = bench.driver("dht22", pin=23)
    sensor.open()
    before = bench.time.monotonic()
    assert read(sensor)["humidity"] == pytest.approx(56.7)
    assert bench.time.monotonic() == before


def test_what_opening_kept_is_not_given_twice_or_late(bench, read):
    bench.plug("dht22")
    sensor = bench.driver("dht22")
    sensor.open()
    bench.world["air.temperature"] = 30.0
    bench.time.sleep(2.5)
    sensor.read()
    bench.time.sleep(2.5)
    assert read(sensor)["temperature"] == pytest.approx(30)


def test_asked_too_soon_it_says_so_and_never_repeats_an_old_value(bench):
    bench.plug("dht22")
    sensor = bench.driver("dht22")
    sensor.open()
    sensor.read()
    bench.time.sleep(1.0)
    with pytest.raises(HardwareAbsentError, match="DHT22 at gpio/4"):
        sensor.read()


def test_a_failure_is_not_hidden_by_the_value_before(bench):
    target = bench.plug("dht22")
    sensor = bench.driver("dht22")
    sensor.open()
    sensor.read()
    bench.faults.inject(target, Fault(kind=FaultKind.ABSENT))
    for _ in range(3):
        bench.time.sleep(2.5)
        with pytest.raises(HardwareAbsentError):
            sensor.read()
