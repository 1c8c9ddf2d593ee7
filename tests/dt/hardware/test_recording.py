import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner

from dt.errors import HardwareError
from dt.hardware.chip import Placement, VirtualTime
from dt.hardware.recording import Frame, RecordedBuses, Title, load, save
from dt.hardware.sim import Calm, SimBuses
from dt.hardware.simbus import Conditions

from collector.simulators.bh1750 import BH1750  # isort: skip
from collector.simulators.dht22 import DHT22  # isort: skip
from collector.simulators.ds18b20 import DS18B20  # isort: skip

SCRIPT = Path(__file__).parents[3] / "scripts" / "record"


@pytest.fixture
def frames():
    return []


@pytest.fixture
def buses(frames):
    simulated = SimBuses(Conditions(time=VirtualTime()))
    for kind in (BH1750, DHT22, DS18B20):
        simulated.attach(kind, Placement(), Calm())
    return RecordedBuses(simulated, frames.append)


def test_what_is_said_on_each_bus_is_noted(buses, frames):
    bus = buses.i2c()
    bus.write(0x23, b"\x10")
    bus.read(0x23, 2)
    bus.write_read(0x23, b"\x11", 1)
    wire = buses.one_wire()
    chip = wire.scan()[0]
    wire.read_scratchpad(chip)
    pin = buses.pin(4)
    pin.pulses(wake_us=1000, count=81, timeout_s=0.25)
    assert frames[0] == Frame(bus="i2c-1", place="0x23", sent="10")
    assert frames[1] == Frame(bus="i2c-1", place="0x23", got="0000")
    assert frames[2] == Frame(bus="i2c-1", place="0x23", sent="11", got="00")
    assert (frames[3].place, len(frames[3].got)) == (chip, 18)
    assert len(frames[4].levels) == 81
    assert bus.scan() == [0x23]
    pin.write(True)
    assert pin.read() is True
    assert pin.count() == 0
    assert buses.spi().transfer(b"a") == b"\xff"
    for part in (bus, wire, pin, buses):
        part.close()
    assert len(frames) == 5


def test_a_recording_is_read_as_it_was_written(tmp_path):
    title = Title(driver="sht31", source="a test", expect={"temperature": 1.5})
    frames = [
        Frame(bus="i2c-1", place="0x44", sent="2400"),
        Frame(bus="gpio", levels=(80,)),
    ]
    save(tmp_path / "r.jsonl", title, frames)
    assert load(tmp_path / "r.jsonl") == (title, frames)


@pytest.mark.parametrize("text", ["", "{}", '{"driver": 1}', "not json"])
def test_what_is_no_recording_is_refused(tmp_path, text):
    path = tmp_path / "r.jsonl"
    path.write_text(text)
    with pytest.raises(HardwareError, match="no recording"):
        load(path)


def test_the_script_records_a_chip(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/world.yaml").write_text("chips: [{kind: sht31, address: 0x45}]")
    (tmp_path / "dt.yaml").write_text("hardware: sim\ntwins: []\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DT_CONFIG", "dt.yaml")
    record = runpy.run_path(str(SCRIPT))["record"]
    given = ["sht31", "r.jsonl", "--source", "simulated", "--option", "address=0x45"]
    done = CliRunner().invoke(record, given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    title, frames = load(tmp_path / "r.jsonl")
    assert title.options == {"address": 0x45}
    assert title.expect["temperature"] == pytest.approx(21, abs=0.01)
    assert frames[0] == Frame(bus="i2c-1", place="0x45")
