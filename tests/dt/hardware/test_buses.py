import logging

import pytest

from dt.config import Config
from dt.errors import HardwareError
from dt.hardware.buses import open_buses, plug, simulate
from dt.hardware.chip import Placement, VirtualTime
from dt.hardware.linux import LinuxBuses
from dt.hardware.sim import Calm, SimBuses
from dt.twin.description import SensorSpec, TwinDescription

from collector.simulators.bh1750 import BH1750  # isort: skip
from collector.simulators.sht31 import SHT31  # isort: skip


def twin(**sensors):
    return TwinDescription(id="dt:PlantBox_001", name="Box", sensors=sensors)


def sensor(driver, reads=None, **options):
    return SensorSpec(driver=driver, reads=reads or {}, options=options)


@pytest.fixture
def config(tmp_path):
    return Config(hardware="sim", data=str(tmp_path))


def test_real_hardware_opens_nothing_before_it_is_asked_for(tmp_path):
    buses = open_buses(Config(data=str(tmp_path)), [twin(light=sensor("bh1750"))])
    assert isinstance(buses, LinuxBuses)
    buses.close()
    buses.close()


def test_the_chips_of_the_twins_are_put_on_simulated_buses(config):
    found = twin(
        light=sensor("bh1750", address=0x5C),
        soil=sensor("stemma_soil", bus=3),
        probe=sensor("ds18b20", id="28-000000000009"),
        other=sensor("host"),
        strange=sensor("no-such-driver"),
    )
    buses = open_buses(config, [found])
    assert isinstance(buses, SimBuses)
    assert buses.i2c().scan() == [0x5C]
    assert buses.i2c(3).scan() == [0x36]
    assert buses.one_wire().scan() == ["28-000000000009"]


def test_two_sensors_may_read_one_chip(config):
    one = sensor("ads1115", {"a0": "battery"})
    other = sensor("ads1115", {"a1": "probe"})
    buses = open_buses(config, [twin(one=one, other=other)])
    assert buses.i2c().scan() == [0x48]


def test_a_chip_measures_what_its_signal_is_called(config):
    class World:
        def value(self, quantity):
            return {"canopy.temperature": 31.0, "air.humidity": 40.0}[quantity]

    seen = []

    def around(twin_id):
        seen.append(twin_id)
        return World()

    time = VirtualTime()
    spec = sensor("sht31", {"temperature": "canopy.temperature"})
    buses = simulate(config, [twin(air=spec)], surroundings=around, time=time)
    chip = buses.i2c().chips["0x44"]
    assert chip._sense("temperature") == 31
    assert chip._sense("humidity") == 40, "the usual name, for lack of another"
    assert chip._sense("altitude") == 0, "nothing there"
    assert seen == ["dt:PlantBox_001"]


def test_the_world_file_comes_before_the_surroundings(config):
    time = VirtualTime()
    (config.data_dir / "world.yaml").write_text("values: {light: 3}")
    buses = simulate(config, [twin(light=sensor("bh1750"))], time=time)
    chip = buses.i2c().chips["0x23"]
    assert chip._sense("illuminance") == 3
    (config.data_dir / "world.yaml").write_text("values: {i2c-1/0x23/illuminance: 44}")
    time.sleep(0.2)
    assert chip._sense("illuminance") == 44
    (config.data_dir / "world.yaml").unlink()
    time.sleep(0.2)
    assert chip._sense("illuminance") == Calm().value("light")


def test_two_kinds_of_chips_cannot_be_at_one_place():
    buses = SimBuses()
    buses.attach(BH1750, Placement(address=0x44), Calm())
    with pytest.raises(HardwareError, match="two chips at i2c-1/0x44"):
        buses.attach(SHT31, Placement(), Calm())


@pytest.mark.parametrize(
    "second", [sensor("sht31", address=0x23), sensor("bh1750", address="high")]
)
def test_a_sensor_that_cannot_be_placed_stops_no_other(config, caplog, second):
    with caplog.at_level(logging.WARNING):
        buses = open_buses(config, [twin(light=sensor("bh1750"), air=second)])
    assert buses.i2c().scan() == [0x23]
    assert [record.message for record in caplog.records] == ["chip not simulated"]


def test_chips_of_further_twins_can_be_plugged_in_later(config):
    buses = open_buses(config, [twin(light=sensor("bh1750"))])
    first = buses.i2c().chips["0x23"]
    plug(buses, [twin(light=sensor("bh1750"), air=sensor("sht31"))])
    assert buses.i2c().scan() == [0x23, 0x44]
    assert buses.i2c().chips["0x23"] is first
    plug(LinuxBuses(), [twin(light=sensor("bh1750"))])
