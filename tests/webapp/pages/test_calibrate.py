"""The calibration wizard: take a point, try it, keep it with a reason, undo it."""

import re

import pytest

SIGNAL = "dt:PlantBox_001/air.temperature"
PATH = f"/calibrate/{SIGNAL}"


@pytest.fixture
def client(house):
    house.log(SIGNAL, [20.0, 21.0, 22.0], start=house.clock.ms - 4000)
    return house.client("operator", accept="text/html")


def test_the_reading_of_now_becomes_a_point(client):
    text = client.post(PATH, data={"kind": "offset", "what": "take:0"}).text
    assert re.search(r'id="raw0"[^>]*value="22"', text)


def test_a_point_is_taken_back_through_the_calibration_that_holds(house, client):
    house.context.appliance.calibrations.add(SIGNAL, "offset", points=((10.0, 12.0),))
    text = client.post(PATH, data={"kind": "offset", "what": "take:0"}).text
    assert re.search(r'id="raw0"[^>]*value="20"', text)


def test_a_draft_shows_before_and_after_and_changes_nothing(house, client):
    asked = {"kind": "offset", "raw0": "22", "true0": "21.4", "what": "preview"}
    text = client.post(PATH, data=asked).text
    assert re.search(r"Before</dt><dd>22\.0 °C", text)
    assert re.search(r"After</dt><dd><b>21\.4 °C", text)
    assert house.context.appliance.calibrations.current(SIGNAL) is None


def test_it_is_kept_with_who_and_why_and_audited(house, client):
    asked = {"kind": "two-point", "raw0": "0", "true0": "0.5", "raw1": "100"}
    asked |= {"true1": "99", "what": "save", "reason": "ice and steam"}
    assert client.post(PATH, data=asked).status_code == 303
    kept = house.context.appliance.calibrations.current(SIGNAL)
    assert (kept.points, kept.author) == (((0.0, 0.5), (100.0, 99.0)), "operator")
    page = client.get(f"/signals/{SIGNAL}").text
    assert "ice and steam" in page
    assert "0.00 → 0.50, 100.00 → 99.00" in page
    newest = house.context.appliance.audit.newest(1)[0]
    assert (newest.who, newest.action) == ("operator", "calibration.add")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kind": "offset", "raw0": "x", "true0": "1"}, "expected a number"),
        ({"kind": "offset", "raw0": "inf", "true0": "1"}, "expected a number"),
        ({"kind": "offset"}, "expected one point"),
        ({"kind": "two-point", "raw0": "1", "true0": "1"}, "two or more"),
        ({"kind": "polynomial"}, "1 to 8 coefficients"),
        ({"kind": "offset", "raw0": "1", "true0": "2", "what": "save"}, "reason is empty"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_and_kept_in_the_form(client, asked, said):
    answer = client.post(PATH, data={"what": "preview", **asked})
    assert answer.status_code == 422
    assert said in answer.text
    if asked.get("raw0"):
        assert f'value="{asked["raw0"]}"' in answer.text


def test_undo_enters_what_was_before(house, client):
    calibrations = house.context.appliance.calibrations
    calibrations.add(SIGNAL, "offset", points=((0.0, 1.0),))
    calibrations.add(SIGNAL, "offset", points=((0.0, 2.0),))
    client.post(f"/calibrate-undo/{SIGNAL}", data={"reason": "wrong one"})
    current = calibrations.current(SIGNAL)
    assert (current.points, current.reason) == (((0.0, 1.0),), "wrong one")


def test_a_computed_signal_cannot_be_calibrated(client):
    answer = client.get("/calibrate/dt:PlantBox_001/air.vpd")
    assert answer.status_code == 422
    assert "only measured ones are calibrated" in answer.text


def test_an_offset_over_a_curve_shifts_the_curve(house, client):
    calibrations = house.context.appliance.calibrations
    calibrations.add(SIGNAL, "two-point", points=((0.0, 0.0), (10.0, 20.0)))
    asked = {"kind": "offset", "raw0": "5", "true0": "11"}
    client.post(PATH, data={**asked, "what": "save", "reason": "fresh ice"})
    kept = calibrations.current(SIGNAL)
    assert (kept.kind, kept.points) == ("two-point", ((0.0, 1.0), (10.0, 21.0)))


def test_a_point_is_in_the_unit_of_the_driver(house, client):
    from msgspec.structs import replace

    from dt.store.twins import Twin
    from dt.twin.description import SensorSpec, SignalSpec

    plant = house.context.twins()["dt:PlantBox_001"]
    spec = SignalSpec(unit="kPa", title="Pressure")
    sensor = SensorSpec(driver="bme280", reads={"pressure": "air.temperature"})
    signals = {**plant.signals, "air.temperature": spec}
    plant = replace(plant, signals=signals, sensors={"air": sensor})
    file = Twin(file="plant/twin.yaml", id=plant.id, description=plant)
    house.context.appliance.twins.replace([file])
    house.clock.advance(5)
    house.log(SIGNAL, [101.3], start=house.clock.ms - 1000)
    text = client.post(PATH, data={"kind": "offset", "what": "take:0"}).text
    assert re.search(r'id="raw0"[^>]*value="1013"', text)
    asked = {"kind": "offset", "raw0": "1013", "true0": "101.4", "what": "preview"}
    assert re.search(r"After</dt><dd><b>101\.40 kPa", client.post(PATH, data=asked).text)
