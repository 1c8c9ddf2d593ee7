"""Readings in: the batch of the wire, a plain list, and what is refused."""

import msgspec
import pytest

from dt.store.twins import Twin
from dt.twin.description import SensorSpec
from dt.twin.quality import Reason, quality_of, reason_of

NOW = 1_790_000_000_000
TEMPERATURE = "dt:PlantBox_001/air.temperature"
MOISTURE = "dt:PlantBox_001/soil.moisture"


def push(house, body):
    return house.program("operator", "readings:write").post("/api/v1/readings", json=body)


def stored(house):
    names = {row.id: row.name for row in house.context.log.signals().values()}
    from dt.twin.readings import Cursor, Readings

    parts = house.context.log.tail(Cursor())
    found = Readings.join([part.readings for part in parts])
    return [
        (
            names[signal],
            at,
            None if value != value else value,
            quality_of(code).value,
            reason_of(code),
        )
        for signal, at, value, code in zip(
            found.signal.tolist(),
            found.observed_at.tolist(),
            found.value.tolist(),
            found.code.tolist(),
            strict=True,
        )
    ]


def batch(**changes):
    plain = {
        "v": 1,
        "appliance": "other",
        "epoch": 7,
        "incarnation": "9f3c",
        "seq": 1200,
        "n": 4,
        "clock": "synced",
        "signals": [{"id": TEMPERATURE, "unit": "Cel"}, {"id": MOISTURE, "unit": "%"}],
        "t0": NOW - 6000,
        "dt": [0, 5, 5000, 5],
        "s": [0, 1, 0, 1],
        "x": [22.31, 41.2, 22.33, None],
        "q": {"2": "uncertain", "3": "bad"},
    }
    return plain | changes


def test_a_batch_of_the_wire_is_judged_and_stored_in_its_order(house):
    answer = push(house, batch())
    assert answer.status_code == 200, answer.data
    assert answer.json["accepted"] == 4
    assert (answer.json["refused"], answer.json["seq"]) == (0, 4)
    assert stored(house) == [
        (TEMPERATURE, NOW - 6000, 22.31, "good", Reason.NONE),
        (MOISTURE, NOW - 5995, 41.2, "good", Reason.NONE),
        (TEMPERATURE, NOW - 995, 22.33, "uncertain", Reason.SOURCE_SAID),
        (MOISTURE, NOW - 990, None, "bad", Reason.SOURCE_SAID),
    ]


def test_a_plain_list_is_stored_and_units_are_converted(house):
    answer = push(
        house,
        [
            {"signal": TEMPERATURE, "value": 293.15, "unit": "K", "at": NOW - 2000},
            {"signal": TEMPERATURE, "value": 20.5, "at": "2026-09-21T14:13:19Z"},
            {"signal": MOISTURE, "value": 130.0},
        ],
    )
    assert answer.json["accepted"] == 3
    first, second, third = stored(house)
    assert first == (TEMPERATURE, NOW - 2000, 20.0, "good", Reason.NONE)
    assert second == (TEMPERATURE, NOW - 1000, 20.5, "good", Reason.NONE)
    assert third == (MOISTURE, NOW, None, "bad", Reason.OUT_OF_RANGE)


def test_the_judge_remembers_what_came_before(house):
    push(house, [{"signal": TEMPERATURE, "value": 20.0, "at": NOW - 2000}])
    push(house, [{"signal": TEMPERATURE, "value": 60.0, "at": NOW - 1000}])
    assert stored(house)[1][3:] == ("uncertain", Reason.RATE_OF_CHANGE)


def test_what_cannot_be_taken_is_told_one_by_one_and_the_rest_is_stored(house):
    answer = push(
        house,
        [
            {"signal": TEMPERATURE, "value": 20.0},
            {"signal": "dt:PlantBox_001/nothing", "value": 1.0},
            {"signal": TEMPERATURE, "value": 20.0, "at": NOW + 90_000_000},
            {"signal": TEMPERATURE, "value": 20.0, "unit": "hPa"},
        ],
    ).json
    assert (answer["accepted"], answer["refused"]) == (1, 3)
    assert [(one["index"], one["code"]) for one in answer["first"]] == [
        (1, "request.not_found"),
        (2, "request.invalid"),
        (3, "twin.unit"),
    ]
    assert len(stored(house)) == 1


def test_if_nothing_can_be_taken_the_request_is_refused(house):
    answer = push(house, [{"signal": "dt:X/y", "value": 1.0}])
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")
    assert "dt:X/y" in answer.json["message"]


def test_derived_signals_are_computed_here_and_not_taken(house):
    answer = push(house, [{"signal": "dt:PlantBox_001/air.vpd", "value": 1.0}])
    assert answer.status_code == 422


def test_what_is_derived_from_pushed_readings_is_computed(house):
    humidity = "dt:PlantBox_001/air.humidity"
    push(
        house,
        [
            {"signal": TEMPERATURE, "value": 20.0, "at": NOW - 1000},
            {"signal": humidity, "value": 50.0, "at": NOW - 1000},
        ],
    )
    name, at, value, quality, _ = stored(house)[-1]
    assert (name, at, quality) == ("dt:PlantBox_001/air.vpd", NOW - 1000, "good")
    assert value == pytest.approx(1.169, abs=0.01)  # half of 2.339 kPa at 20 Cel


def test_what_needs_a_measured_signal_too_is_left_to_the_collector(house, clock):
    plant = house.context.twins()["dt:PlantBox_001"]
    climate = SensorSpec(driver="dht22", reads={"humidity": "air.humidity"})
    web = SensorSpec(driver="http", reads={"x": "air.temperature"})
    house.context.appliance.twins.replace(
        [
            Twin(
                file="plant/twin.yaml",
                id=plant.id,
                description=msgspec.structs.replace(
                    plant, sensors={"climate": climate, "web": web}
                ),
            )
        ]
    )
    clock.advance(2)
    push(
        house,
        [
            {"signal": TEMPERATURE, "value": 20.0},
            {"signal": "dt:PlantBox_001/air.humidity", "value": 50.0},
        ],
    )
    assert "dt:PlantBox_001/air.vpd" not in {name for name, *_ in stored(house)}


def test_a_wrong_formula_stops_no_readings(house, clock, caplog):
    plant = house.context.twins()["dt:PlantBox_001"]
    wrong = msgspec.structs.replace(plant.derived["air.vpd"], formula="nonsense(")
    broken = msgspec.structs.replace(plant, derived={"air.vpd": wrong})
    house.context.appliance.twins.replace(
        [Twin(file="plant/twin.yaml", id=plant.id, description=broken)]
    )
    clock.advance(2)
    assert push(house, [{"signal": TEMPERATURE, "value": 20.0}]).json["accepted"] == 1
    assert "derives nothing" in caplog.text


def test_a_calibration_is_for_the_twins_own_sensor_not_for_true_values(house, clock):
    plant = house.context.twins()["dt:PlantBox_001"]
    line = ((200.0, 0.0), (2000.0, 100.0))
    spec = msgspec.structs.replace(plant.signals["soil.moisture"], calibration=line)
    changed = msgspec.structs.replace(
        plant, signals=plant.signals | {"soil.moisture": spec}
    )
    house.context.appliance.twins.replace(
        [Twin(file="plant/twin.yaml", id=plant.id, description=changed)]
    )
    clock.advance(2)
    push(house, [{"signal": MOISTURE, "value": 50.0}])
    assert stored(house)[0][2] == 50.0


def test_nothing_is_nothing(house):
    assert push(house, []).json["accepted"] == 0
    empty = batch(n=0, dt=[], s=[], x=[], q={}, signals=[])
    assert push(house, empty).json["accepted"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"v": 2},
        {"n": 3},
        {"dt": [0, 1]},
        {"q": {"4": "bad"}},
        {"q": {"a": "bad"}},
        {"q": {"1": "odd"}},
        {"s": [0, 1, 0, -1]},
        {"x": [1, 2, 3, "4"]},
        {"t0": None},
        {"signals": [{"unit": "Cel"}]},
    ],
)
def test_a_batch_that_contradicts_itself_is_refused_whole(house, wrong):
    answer = push(house, batch(**wrong))
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")
    assert stored(house) == []


def test_an_index_without_a_signal_is_refused_alone(house):
    answer = push(house, batch(s=[0, 1, 9, 1])).json
    assert (answer["accepted"], answer["refused"]) == (3, 1)
    assert "s is 9" in answer["first"][0]["message"]


def test_times_that_overflow_are_refused_not_wrapped(house):
    answer = push(house, batch(dt=[2**53, 2**53, 2**53, 2**53]))
    assert answer.status_code == 422


def test_many_refusals_are_counted_and_the_first_hundred_told(house):
    body = [{"signal": TEMPERATURE, "value": 1.0}] + [{"signal": "a", "value": 1.0}] * 500
    answer = push(house, body).json
    assert (answer["refused"], len(answer["first"])) == (500, 100)


def test_a_twin_that_changed_is_judged_by_its_new_range(house, clock):
    plant = house.context.twins()["dt:PlantBox_001"]
    spec = msgspec.structs.replace(plant.signals["soil.moisture"], range=(0, 10))
    changed = msgspec.structs.replace(
        plant, signals=plant.signals | {"soil.moisture": spec}
    )
    push(house, [{"signal": MOISTURE, "value": 50.0}])
    house.context.appliance.twins.replace(
        [Twin(file="plant/twin.yaml", id=plant.id, description=changed)]
    )
    clock.advance(2)
    push(house, [{"signal": MOISTURE, "value": 50.0}])
    assert [row[3] for row in stored(house)] == ["good", "bad"]
