"""Twins, signals, notes, events, health and the caller."""

import pytest

from dt.store.events import Event, Severity
from dt.store.twins import Twin

NOW = 1_790_000_000_000
TEMPERATURE = "dt:PlantBox_001/air.temperature"
URL = "/api/v1"


def test_twins_are_listed_broken_ones_with_their_error(house, clock):
    plant = house.context.appliance.twins.all()[0]
    broken = Twin(file="b/twin.yaml", error="b/twin.yaml:1: not YAML")
    house.context.appliance.twins.replace([plant, broken])
    clock.advance(2)
    found = {one["file"]: one for one in house.client("viewer").get(f"{URL}/twins").json}
    assert TEMPERATURE in found["plant/twin.yaml"]["signals"]
    assert found["b/twin.yaml"]["error"] == "b/twin.yaml:1: not YAML"


def test_a_twin_tells_all_that_its_file_declares(house):
    answer = house.client("viewer").get(f"{URL}/twins/dt:PlantBox_001").json
    signal = answer["description"]["signals"]["air.temperature"]
    assert (signal["unit"], signal["max_rate"]) == ("Cel", 1.0)


def test_signals_are_listed_with_what_is_declared_and_the_newest_reading(house):
    house.log(TEMPERATURE, [20.0], start=NOW - 1000)
    found = {one["name"]: one for one in house.client("viewer").get(f"{URL}/signals").json}
    signal = found[TEMPERATURE]
    assert (signal["unit"], signal["title"]) == ("Cel", "Air temperature")
    assert (signal["range"], signal["latest"]["value"]) == ([-40.0, 80.0], 20.0)
    assert found["dt:PlantBox_001/air.vpd"]["derived"]
    assert found["dt:PlantBox_001/air.vpd"]["latest"] is None


def test_signals_of_one_twin_only(house):
    client = house.client("viewer")
    assert client.get(f"{URL}/signals?twin=dt:Other").json == []


def test_one_signal_by_its_full_name(house):
    answer = house.client("viewer").get(f"{URL}/signals/{TEMPERATURE}").json
    assert answer["name"] == TEMPERATURE


def test_a_note_is_written_changed_and_removed_and_all_of_it_is_in_the_audit(house):
    client = house.client("operator")
    body = {"target": TEMPERATURE, "text": "door open", "at": NOW - 5000}
    made = client.post(f"{URL}/notes", json=body)
    assert made.status_code == 201
    url = f"{URL}/notes/{made.json['id']}"
    assert client.get(url).json["author"] == "operator"
    assert client.patch(url, json={"text": "door was open"}).json["text"] == "door was open"
    assert [one["text"] for one in client.get(f"{URL}/notes").json] == ["door was open"]
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    actions = [one.action for one in house.context.appliance.audit.newest()]
    assert actions == ["note.remove", "note.edit", "note.add"]


def test_a_note_of_somebody_else_is_only_for_an_admin_to_change(house):
    body = {"target": "dt:PlantBox_001", "text": "x", "at": NOW}
    note = house.client("admin").post(f"{URL}/notes", json=body).json["id"]
    answer = house.client("operator").delete(f"{URL}/notes/{note}")
    assert (answer.status_code, answer.json["code"]) == (403, "auth.forbidden")
    note = house.client("operator").post(f"{URL}/notes", json=body).json["id"]
    assert house.client("admin").delete(f"{URL}/notes/{note}").status_code == 204


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"target": "dt:Nobody"}, 404),
        ({"text": ""}, 422),
        ({"text": " \n"}, 422),
        ({"text": "x" * 4001}, 422),
        ({"at": -1}, 422),
        ({"at": 2**60}, 422),
        ({"ends_at": NOW - 1}, 422),
        ({"colour": "red"}, 422),
    ],
)
def test_a_note_that_makes_no_sense_is_refused(house, change, status):
    body = {"target": TEMPERATURE, "text": "x", "at": NOW} | change
    assert house.client("operator").post(f"{URL}/notes", json=body).status_code == status


def test_events_come_newest_first_and_page_by_page(house):
    events = house.context.appliance.events
    for number in range(5):
        events.add(Event(kind="SensorLost", text=str(number), severity=Severity.WARNING))
    events.add(Event(kind="SensorFound", text="5", twin="dt:A"))
    client = house.client("viewer")
    first = client.get(f"{URL}/events?limit=2&severity=2").json
    assert [one["text"] for one in first] == ["4", "3"]
    then = client.get(f"{URL}/events?severity=2&before={first[-1]['id']}").json
    assert [one["text"] for one in then] == ["2", "1", "0"]
    assert [one["text"] for one in client.get(f"{URL}/events?twin=dt:A").json] == ["5"]


def test_what_does_not_run_yet_is_an_empty_list(house):
    client = house.client("viewer")
    assert client.get(f"{URL}/alerts").json == []


def test_declared_models_are_listed(house):
    assert house.client("viewer").get(f"{URL}/models").json == [
        {
            "id": "temp",
            "twin": "dt:PlantBox_001",
            "block": "kalman",
            "reads": [TEMPERATURE],
            "state": "declared",
        }
    ]


def test_health_tells_of_everything_and_what_is_not_well(house, clock):
    client = house.client("viewer")
    answer = client.get(f"{URL}/health").json
    assert (answer["appliance"], answer["well"], answer["troubles"]) == (
        "plantbox-1",
        True,
        [],
    )
    assert answer["clock"] == {"now": NOW, "trusted": True, "timezone": "UTC"}
    clock.advance(31)
    answer = client.get(f"{URL}/health").json
    assert answer["troubles"] == ["collector has been silent for 31 s"]


def test_me_is_a_person_or_a_program(house):
    assert house.client("operator").get(f"{URL}/me").json["kind"] == "user"
    told = house.program("viewer", "read").get(f"{URL}/me").json
    assert (told["kind"], told["role"], told["scopes"]) == ("token", "viewer", ["read"])


def test_a_person_may_change_how_they_like_it(house):
    client = house.client("viewer")
    change = {"timezone": "Europe/Berlin", "theme": "dark", "locale": "de"}
    assert client.patch(f"{URL}/me", json=change).json["theme"] == "dark"
    assert client.get(f"{URL}/me").json["timezone"] == "Europe/Berlin"
    assert client.patch(f"{URL}/me", json={"timezone": "Mars"}).status_code == 422


def test_a_new_password_ends_every_session(house):
    client = house.client("viewer")
    change = {"current": "correct horse battery", "new": "a better passphrase"}
    wrong = client.post(f"{URL}/me/password", json=change | {"current": "nonsense"})
    assert wrong.status_code == 401
    assert client.post(f"{URL}/me/password", json=change).status_code == 204
    assert client.get(f"{URL}/me").status_code == 401


def test_a_still_is_found_by_twin_signal_and_time(house):
    folder = house.context.config.media_dir / "dt:PlantBox_001" / "camera.image"
    folder.mkdir(parents=True)
    (folder / "1700000000000.jpg").write_bytes(b"\xff\xd8 picture")
    client = house.client("viewer")
    url = f"{URL}/media/dt:PlantBox_001/camera.image"
    with client.get(f"{url}/1700000000000.jpg") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert client.get(f"{url}/1700000000001.jpg").status_code == 404
    assert client.get(f"{url}/1700000000000.exe").status_code == 404
    outside = client.get(f"{URL}/media/%2e%2e/%2e%2e/1700000000000.jpg")
    assert outside.status_code == 404


def test_a_body_of_the_wrong_shape_that_is_no_json_either_is_malformed(house):
    client = house.client("operator")
    answer = client.post(f"{URL}/notes", data="[Infinity]", content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "request.malformed")
