"""Which signal a plant client means."""

from dt.store.records import SignalRow
from webapp.plants import mapping


def row(name, unit):
    return SignalRow(name=name, twin=name.partition("/")[0], unit=unit)


def test_the_plainest_name_with_the_right_unit_wins():
    rows = [
        row("dt:A/leaf.temperature", "Cel"),
        row("dt:Plant_2/air.temperature", "Cel"),
        row("dt:Plant_1/air.temperature", "[degF]"),
        row("dt:Host/cpu.temperature", "Cel"),
        row("dt:Plant_1/soil.moisture", "%"),
    ]
    found = {kind: one.name for kind, one in mapping(rows, {}).items()}
    assert found == {
        "temperature": "dt:Plant_2/air.temperature",
        "soil_moisture": "dt:Plant_1/soil.moisture",
    }


def test_the_setting_wins_over_everything():
    rows = [row("dt:A/air.temperature", "Cel"), row("dt:B/x", "K")]
    found = mapping(rows, {"temperature": "dt:B/x"})
    assert found["temperature"].name == "dt:B/x"


def test_the_plant_that_is_shipped_is_understood():
    rows = [
        row("dt:PlantBox_001/air.temperature", "Cel"),
        row("dt:PlantBox_001/air.humidity", "%"),
        row("dt:PlantBox_001/light", "lx"),
        row("dt:PlantBox_001/soil.moisture", "%"),
        row("dt:PlantBox_001/soil.temperature", "Cel"),
        row("dt:PlantBox_001/image.size", "kBy"),
        row("dt:PlantBox_001/leaf.green", "%"),
        row("dt:Host_001/cpu.temperature", "Cel"),
    ]
    found = {kind: one.name.partition("/")[2] for kind, one in mapping(rows, {}).items()}
    assert found == {
        "temperature": "air.temperature",
        "humidity": "air.humidity",
        "soil_moisture": "soil.moisture",
        "light_intensity": "light",
        "camera_image": "leaf.green",
    }
