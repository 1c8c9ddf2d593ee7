"""Commands by the API: asked, told, refused in words, done once."""

import msgspec
import pytest

from dt.store.commands import State
from dt.store.twins import Twin

URL = "/api/v1/commands"
PUMP = {"twin": "dt:PlantBox_001", "actuator": "pump", "command": "ON"}
ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture
def client(house, clock):
    plant = house.context.appliance.twins.all()[0]
    description = msgspec.structs.replace(
        plant.description,
        actuators={"pump": {"driver": "relay", "pin": 17}, "fan": {"driver": "relay"}},
    )
    twin = Twin(file=plant.file, id=plant.id, description=description)
    house.context.appliance.twins.replace([twin])
    clock.advance(2)
    return house.client("operator")


def test_a_command_is_queued_and_told_by_its_id(client, house):
    body = PUMP | {"duration": "10s", "reason": "leaves hang"}
    answer = client.post(URL, json=body)
    assert answer.status_code == 202
    made = answer.json
    assert (made["state"], made["duration_s"], made["by"]) == ("queued", 10.0, "operator")
    assert (made["source"], made["reason"]) == ("person", "leaves hang")
    assert client.get(f"{URL}/{made['id']}").json == made
    house.context.appliance.commands.move(
        made["id"], State.REFUSED, "pump must rest", interlock="min_off", allowed_at=5
    )
    told = client.get(f"{URL}/{made['id']}").json
    assert (told["interlock"], told["detail"], told["allowed_at"]) == (
        "min_off",
        "pump must rest",
        5,
    )


@pytest.mark.parametrize(("said", "seconds"), [(2.5, 2.5), ("2min", 120.0), (None, None)])
def test_a_duration_is_seconds_or_words(client, said, seconds):
    made = client.post(URL, json=PUMP | {"duration": said}).json
    assert made["duration_s"] == seconds


def test_the_audit_says_who_asked_once(client, house):
    for _ in range(2):
        assert client.post(URL, json=PUMP | {"id": ID}).status_code == 202
    found = house.context.appliance.audit.newest()
    mine = [(e.who, e.target) for e in found if e.action == "command.ask"]
    assert mine == [("operator", "dt:PlantBox_001/pump")]
    assert len(client.get(URL).json) == 1


def test_an_id_of_another_command_is_a_conflict(client):
    client.post(URL, json=PUMP | {"id": ID})
    answer = client.post(URL, json=PUMP | {"id": ID, "command": "OFF"})
    assert (answer.status_code, answer.json["code"]) == (409, "request.conflict")


@pytest.mark.parametrize(
    ("changes", "status", "seen"),
    [
        ({"twin": "dt:Nobody_001"}, 404, "dt:Nobody_001"),
        ({"actuator": "siren"}, 404, "siren"),
        ({"command": "GO"}, 422, "GO"),
        ({"command": "SET_PWM:1.5"}, 422, "SET_PWM:1.5"),
        ({"duration": "soon"}, 422, "soon"),
        ({"duration": "0s"}, 422, "0 s"),
        ({"id": "mine"}, 422, "mine"),
        ({"speed": 1}, 422, "speed"),
    ],
)
def test_what_is_wrong_is_said_with_the_value_seen(client, changes, status, seen):
    answer = client.post(URL, json=PUMP | changes)
    assert answer.status_code == status
    assert seen in answer.json["message"]
    assert client.get(URL).json == []


def test_commands_are_listed_by_actuator_state_and_page(client, house):
    ids = [
        client.post(URL, json=PUMP | {"actuator": a}).json["id"] for a in ("pump", "fan")
    ]
    house.context.appliance.commands.move(ids[1], State.DONE)
    newest = client.get(URL).json
    assert [one["id"] for one in newest] == ids[::-1]
    assert [o["id"] for o in client.get(f"{URL}?actuator=pump").json] == [ids[0]]
    assert [o["id"] for o in client.get(f"{URL}?state=done").json] == [ids[1]]
    assert [o["id"] for o in client.get(f"{URL}?before={newest[0]['seq']}").json] == [
        ids[0]
    ]
    assert len(client.get(f"{URL}?limit=1").json) == 1
    assert client.get(f"{URL}?twin=dt:Other").json == []
    assert client.get(f"{URL}?state=asleep").status_code == 422


def test_a_viewer_asks_for_nothing(client, house):
    assert house.client("viewer").post(URL, json=PUMP).status_code == 403
    assert house.program("operator", "read").post(URL, json=PUMP).status_code == 403
    assert client.get(URL).json == []


def test_an_unknown_command_is_told(client):
    assert client.get(f"{URL}/{ID}").status_code == 404
