import threading

import pytest

from collector.scan import Found, _read_once, scan
from collector.seam import BusKind, Description
from dt import plugins
from dt.config import Config
from dt.errors import DriverTimeoutError, HardwareError
from dt.hardware.buses import simulate
from dt.hardware.chip import VirtualTime
from dt.hardware.faults import Fault, FaultKind
from dt.twin.description import SensorSpec, TwinDescription
from dt.twin.readings import Raw

QUICK = (("sht31", {}), ("dht22", {"pin": 23}), ("ds18b20", {"id": "28-000000000001"}))


@pytest.fixture
def time(monkeypatch):
    time = VirtualTime()
    monkeypatch.setattr("adafruit_sht31d.time", time)  # what it sleeps passes at once
    return time


@pytest.fixture
def config(tmp_path):
    return Config(hardware="sim", data=str(tmp_path))


def twin(*sensors):
    specs = {kind: SensorSpec(driver=kind, options=options) for kind, options in sensors}
    return TwinDescription(id="dt:Box_001", name="Box", sensors=specs, source="twin.yaml")


def places(found):
    return [(one.bus, one.place, one.driver) for one in found]


def test_each_chip_is_found_and_read_once(config, time):
    one = twin(*QUICK)
    buses = simulate(config, [one], time=time)
    found = scan(config, [one], buses=buses, clock=time)
    assert places(found) == [
        ("i2c-1", "0x44", "sht31"),
        ("1-wire", "28-000000000001", "ds18b20"),
        ("gpio", "23", "dht22"),
    ]
    assert all(f.values and not f.problem and f.sure for f in found)
    assert [f.sensor for f in found] == [
        "dt:Box_001/sht31",
        "dt:Box_001/ds18b20",
        "dt:Box_001/dht22",
    ]


def test_chips_that_no_twin_names_are_found_too(config, time):
    (config.data_dir / "world.yaml").write_text(
        "chips: [{kind: sht31, address: 0x45}, {kind: ads1115}, {kind: dht22, pin: 17}]"
    )
    buses = simulate(config, time=time)
    found = scan(config, buses=buses, clock=time, pins=[17])
    assert [(f.place, f.driver, f.sure) for f in found] == [
        ("0x45", "sht31", True),
        ("0x48", "ads1115", False),
        ("17", "dht22", True),
    ]
    assert not any(f.sensor for f in found)
    assert found[0].options == {"bus": 1, "address": 0x45}


def test_only_the_asked_sort_of_bus_is_looked_at(config, time):
    one = twin(*QUICK)
    buses = simulate(config, [one], time=time)
    found = scan(config, [one], only=[BusKind.ONE_WIRE], buses=buses, clock=time)
    assert [f.driver for f in found] == ["ds18b20"]


def test_a_sensor_that_does_not_answer_is_told(config, time):
    one = twin(*QUICK)
    buses = simulate(config, [one], time=time)
    for target in ("i2c-1/0x44", "1-wire/28-000000000001", "gpio/23"):
        buses.conditions.faults.inject(target, Fault(kind=FaultKind.ABSENT))
    found = scan(config, [one], buses=buses, clock=time)
    assert [(f.driver, f.code) for f in found] == [
        ("sht31", "hardware.absent"),
        ("ds18b20", "hardware.absent"),
        ("dht22", "hardware.absent"),
    ]
    assert all(f.sensor and f.hint for f in found)


def test_a_bus_in_trouble_is_told_once_with_whom_it_hurts(config, time):
    one = twin(*QUICK)
    buses = simulate(config, [one], time=time)
    for bus in ("i2c-1", "1-wire"):
        buses.conditions.faults.inject(bus, Fault(kind=FaultKind.STUCK_BUS))
    found = scan(config, [one], buses=buses, clock=time)
    stuck = [f for f in found if f.code == "hardware.bus_stuck"]
    assert [(f.bus, f.place, f.sensor) for f in stuck] == [
        ("i2c-1", "", "dt:Box_001/sht31"),
        ("1-wire", "", "dt:Box_001/ds18b20"),
    ]


def test_what_nobody_knows_is_shown_as_unknown(config, time):
    class Nameless:
        def power_on(self):
            """Forget nothing."""

        def write(self, data):
            """Take anything."""

        def read(self, count):
            return b"\0" * count

    buses = simulate(config, time=time)
    buses.i2c().chips["0x1d"] = Nameless()
    buses.i2c().chips["0x77"] = Nameless()
    unknown, other = scan(config, buses=buses, clock=time)
    assert (unknown.driver, unknown.code) == ("", "hardware.unknown")
    assert other.driver == "bme280"
    assert "0x0" in other.problem


def test_wrong_options_of_a_sensor_are_told(config, time):
    one = twin(("sht31", {"repeatability": "perfect"}))
    buses = simulate(config, [one], time=time)
    (found,) = scan(config, [one], buses=buses, clock=time)
    assert "refuses its options" in found.problem


def test_a_driver_that_hangs_is_given_up():
    go = threading.Event()

    class Hanging:
        def open(self):
            go.wait(5)

        def read(self):
            return Raw.of(x=1.0)

        def close(self):
            """Hold nothing."""

    about = Description(kind="hang", title="Hang", bus=BusKind.I2C, timeout_s=0.01)
    with pytest.raises(DriverTimeoutError, match="hang did not return"):
        _read_once(Hanging(), about)
    go.set()


def test_a_value_beyond_what_the_chip_can_say_is_no_value():
    class Liar:
        def open(self):
            """Open."""

        def read(self):
            return Raw.of(temperature=400.0, humidity=float("nan"))

        def close(self):
            """Close."""

    about = plugins.load("dt.sensors", "sht31").DESCRIPTION
    with pytest.raises(HardwareError, match="temperature 400 Cel, expected -40 to 125"):
        _read_once(Liar(), about)


def test_a_scan_is_pure_data():
    assert Found(bus="i2c-1").options == {}
