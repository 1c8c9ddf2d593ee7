import pytest

from collector.proposal import propose
from collector.scan import Found, scan
from dt import plugins
from dt.config import Config
from dt.hardware.buses import simulate
from dt.hardware.chip import VirtualTime
from dt.twin import reader


def found(driver, place="0x44", sensor="", **values):
    return Found(
        bus="i2c-1",
        place=place,
        driver=driver,
        options={"bus": 1, "address": int(place, 16)},
        values=values,
        sensor=sensor,
    )


def test_a_proposal_is_a_twin_that_reads_what_was_found():
    text = propose([found("sht31", temperature=21.5, humidity=40.0)], "plantbox-1")
    twin = reader.read(text, "twin.yaml", "x")
    assert twin.id == "dt:Plantbox1_001"
    sensor = twin.sensors["sht31"]
    assert sensor.reads == {"temperature": "air.temperature", "humidity": "air.humidity"}
    assert sensor.options == {"bus": 1, "address": 0x44}
    assert twin.signals["air.humidity"].unit == "%"
    assert "address: 0x44" in text
    assert "# was 21.5 Cel" in text


def test_counts_get_the_calibration_of_their_driver():
    text = propose([found("stemma_soil", "0x36", moisture=812.0)], "box")
    signal = reader.read(text, "twin.yaml", "x").signals["soil.moisture"]
    assert signal.unit == "%"
    assert signal.range == (0, 100)
    assert signal.calibration == ((200, 0), (2000, 100))


def test_two_chips_of_a_kind_get_names_of_their_own():
    chips = [found("sht31", place, temperature=20.0) for place in ("0x44", "0x45")]
    twin = reader.read(propose(chips, "box"), "twin.yaml", "x")
    assert list(twin.sensors) == ["sht31", "sht31_2"]
    assert list(twin.signals) == ["air.temperature", "sht31_2.air.temperature"]


def test_what_is_used_or_unreadable_is_not_proposed():
    used = found("sht31", sensor="dt:Box_001/climate", temperature=20.0)
    dumb = Found(bus="i2c-1", place="0x50", problem="no driver knows it")
    assert propose([used, dumb], "box") == ""


@pytest.mark.parametrize("name", ["vm", "box-7.lab", "7", "weiß nicht", "a: b #c"])
def test_any_name_of_an_appliance_makes_a_valid_twin(name):
    text = propose([found("sht31", temperature=20.0)], name)
    assert reader.read(text, "twin.yaml", "x").name == name


def test_all_drivers_of_chips_describe_themselves_well_enough(tmp_path):
    kinds = ("ads1115", "bh1750", "bme280", "ds18b20", "sht31", "stemma_soil")
    chips = []
    for kind in kinds:
        about = plugins.load("dt.sensors", kind).DESCRIPTION
        values = {quantity.name: 1.0 for quantity in about.quantities}
        place = f"0x{(about.addresses or (0x10,))[0]:02x}"
        one = found(kind, place, **values)
        chips.append(one)
    twin = reader.read(propose(chips, "box"), "twin.yaml", "x")
    assert set(twin.sensors) == set(kinds)


def test_what_is_proposed_works_at_once(tmp_path, monkeypatch):
    config = Config(hardware="sim", data=str(tmp_path))
    time = VirtualTime()
    monkeypatch.setattr("adafruit_sht31d.time", time)  # what it sleeps passes at once
    (tmp_path / "world.yaml").write_text("chips: [{kind: sht31}, {kind: ds18b20}]")
    first = scan(config, buses=simulate(config, time=time), clock=time)
    twin = reader.read(propose(first, "box"), "twin.yaml", "x")
    again = scan(config, [twin], buses=simulate(config, [twin], time=time), clock=time)
    assert [one.sensor for one in again] == ["dt:Box_001/sht31", "dt:Box_001/ds18b20"]
    assert all(one.values for one in again)
