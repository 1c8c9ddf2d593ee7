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
