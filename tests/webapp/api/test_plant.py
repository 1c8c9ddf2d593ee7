"""The older plant clients find what they ask for."""

import json

import pytest

from webapp.api.plant import plant_id

NOW = 1_790_000_000_000
TEMPERATURE = "dt:PlantBox_001/air.temperature"


@pytest.fixture
def client(house):
    house.log(TEMPERATURE, [20.0, 21.0, float("nan"), 22.0], start=NOW - 4000)
    return house.program("operator")


def test_readings_of_a_kind_in_seconds(client):
    body = {"data_type": "temperature", "since": NOW / 1000 - 3, "until": NOW / 1000}
    assert client.post("/data/timestamp", json=body).json == [
        {"value": 21.0, "time": NOW / 1000 - 3},
        {"value": 22.0, "time": NOW / 1000 - 1},
    ]


def test_readings_of_a_kind_in_milliseconds_and_json_inside_json(client):
    body = json.dumps({"data_type": "temperature", "since": NOW - 3000, "until": NOW})
    assert client.post("/api/data/timestamp", json=body).json == [
        {"value": 21.0, "time": NOW - 3000},
        {"value": 22.0, "time": NOW - 1000},
    ]


def test_the_older_names_of_the_keys_are_known(client):
    body = {"data_type": "temperature", "from_timestamp": NOW - 1000, "to_timestamp": NOW}
    assert len(client.post("/api/data/timestamp", json=body).json) == 1


def test_a_bound_sensor_keeps_its_id_and_gives_its_newest_readings_first(house, client):
    sensor = {"sensor_id": 0, "name": "temperature", "pin": 23, "read_interval": 5}
    bound = client.post("/bind_sensor", json=sensor).json
    assert bound["status"] == "Sensor bound successfully"
    again = client.post("/bind_sensor", json=json.dumps(sensor)).json
    assert again == bound
    other = client.post("/bind_sensor", json=sensor | {"name": "humidity"}).json
    assert other["sensor_id"] != bound["sensor_id"]
    body = {"sensor_id": bound["sensor_id"], "limit": 2}
    first, second = client.post("/data/id", json=body).json
    assert (first["value"], second["value"]) == (22.0, 21.0)
    assert first == {
        "plant_id": 1,
        "sensor_id": bound["sensor_id"],
        "timestamp": NOW / 1000 - 1,
        "value": 22.0,
        "unit": "Cel",
        "topic": "dt.sensors.processed.temperature",
        "correlation_id": first["correlation_id"],
    }


@pytest.mark.parametrize(
    ("url", "body", "status"),
    [
        ("/data/id", {"sensor_id": 1, "limit": 0}, 422),
        ("/data/id", {"sensor_id": 4711, "limit": 1}, 404),
        ("/data/timestamp", {"data_type": "colour"}, 422),
        ("/data/timestamp", {"data_type": "camera_image"}, 404),
        ("/data/timestamp", "no json", 400),
        ("/bind_sensor", {"pin": 3}, 422),
    ],
)
def test_what_is_wrong_gets_the_one_error_shape(client, url, body, status):
    answer = client.post(url, json=body)
    assert (answer.status_code, answer.json["status"]) == (status, status)


def test_the_setting_decides_which_signal_is_meant(house, client):
    humidity = "dt:PlantBox_001/air.humidity"
    house.log(humidity, [55.0], start=NOW - 1000)
    house.context.appliance.settings.set("plant.signals", {"temperature": humidity})
    body = {"data_type": "temperature"}
    assert client.post("/api/data/timestamp", json=body).json[0]["value"] == 55.0


def test_nobody_asks_without_an_account(house):
    assert house.client().post("/data/id", json={}).status_code == 401


def test_a_plants_number_is_in_its_name():
    assert plant_id("dt:PlantBox_001") == 1
    assert plant_id("dt:Fern") == plant_id("dt:Fern") > 0
