"""The calibration wizard's way: try, save, undo."""

import pytest

from dt.store.records import SignalRow
from dt.store.twins import Twin
from dt.twin.description import SensorSpec, SignalSpec, TwinDescription

NOW = 1_790_000_000_000
MOISTURE = "dt:PlantBox_001/soil.moisture"
URL = f"/api/v1/calibrations/{MOISTURE}"
LINE = {"kind": "two-point", "points": [[0, 0], [100, 50]], "reason": "new probe"}


@pytest.fixture
def client(house):
    house.log(MOISTURE, [40.0], start=NOW - 1000)
    return house.client("operator")


def test_before_anything_was_saved_the_file_decides(client):
    answer = client.get(URL).json
    assert (answer["current"], answer["history"]) == (None, [])
    assert (answer["value"], answer["raw"]) == (40.0, 40.0)


def test_a_proposal_tells_what_it_would_do_and_saves_nothing(client):
    told = client.post(f"{URL}/proposal", json=LINE).json
    assert told["value_now"] == pytest.approx(20.0)
    assert told["residuals"] == pytest.approx([0.0, 0.0])
    assert told["warnings"] == []
    assert len(told["curve"]) == 41
    assert client.get(URL).json["history"] == []


def test_what_looks_odd_is_said(client):
    flat = {"kind": "two-point", "points": [[0, 5], [100, 5]]}
    told = client.post(f"{URL}/proposal", json=flat).json["warnings"]
    assert told == ["every raw value would become the same true value"]
    zigzag = {"kind": "two-point", "points": [[0, 5], [50, 500], [100, 6]]}
    assert len(client.post(f"{URL}/proposal", json=zigzag).json["warnings"]) == 2


def test_a_saved_calibration_holds_and_undo_goes_back(house, client):
    saved = client.post(URL, json=LINE)
    assert saved.status_code == 201
    assert client.get(URL).json["current"]["points"] == [[0.0, 0.0], [100.0, 50.0]]
    shifted = client.post(URL, json={"kind": "offset", "points": [[40, 22]]})
    assert shifted.json["points"] == [[0.0, 2.0], [100.0, 52.0]]
    undone = client.post(f"{URL}/undo", json={"reason": "worse"})
    assert undone.json["points"] == [[0.0, 0.0], [100.0, 50.0]]
    assert len(client.get(URL).json["history"]) == 3
    actions = [one.action for one in house.context.appliance.audit.newest()]
    assert actions == ["calibration.undo", "calibration.save", "calibration.save"]


def test_an_offset_is_told_in_the_unit_of_the_driver(house, clock, client):
    """The driver says Cel, the signal is in K: a point has one number of each."""
    warm = TwinDescription(
        id="dt:Warm_001",
        name="Warm",
        signals={"air": SignalSpec(unit="K")},
        sensors={"climate": SensorSpec(driver="dht22", reads={"temperature": "air"})},
    )
    name = warm.full_name("air")
    house.context.appliance.twins.replace(
        [Twin(file="warm/twin.yaml", id=warm.id, description=warm)]
    )
    house.context.log.register([SignalRow(name=name, twin=warm.id, unit="K")])
    clock.advance(2)
    house.log(name, [294.15], start=NOW - 1000)
    assert client.get(f"/api/v1/calibrations/{name}").json["raw"] == pytest.approx(21.0)
    asked = {"kind": "offset", "points": [[21.0, 295.15]]}
    told = client.post(f"/api/v1/calibrations/{name}/proposal", json=asked).json
    assert told["value_now"] == pytest.approx(295.15)
    assert told["residuals"] == pytest.approx([0.0])


def test_there_is_nothing_to_undo_at_first(client):
    assert client.post(f"{URL}/undo", json={}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "offset", "points": []},
        {"kind": "two-point", "points": [[1, 1]]},
        {"kind": "two-point", "points": [[1, 1], [1, 2]]},
        {"kind": "polynomial", "coefficients": [1e308, 1e308]},
        {"kind": "magic"},
        {"kind": "none", "points": [[1, 1]]},
    ],
)
def test_an_impossible_calibration_is_neither_tried_nor_saved(client, wrong):
    assert client.post(f"{URL}/proposal", json=wrong).status_code == 422
    assert client.post(URL, json=wrong).status_code == 422


def test_a_viewer_may_look_but_not_save(house):
    viewer = house.client("viewer")
    assert viewer.get(URL).status_code == 200
    assert viewer.post(URL, json=LINE).status_code == 403


def test_an_unknown_signal_has_no_calibration(client):
    assert client.get("/api/v1/calibrations/dt:X/y").status_code == 404
