"""Modes, lock-outs, actuators and loops by the API."""

import msgspec
import pytest

from dt.store.automation import Entry, Kind
from dt.store.properties import Property
from dt.store.twins import Twin

URL = "/api/v1"
TWIN = "dt:PlantBox_001"


@pytest.fixture
def client(house, clock):
    plant = house.context.appliance.twins.all()[0]
    description = msgspec.structs.replace(
        plant.description,
        actuators={"pump": {"driver": "relay"}, "heater": {"driver": "relay"}},
        loops={"warmth": {"input": "air.temperature", "output": "heater", "setpoint": 22}},
    )
    twin = Twin(file=plant.file, id=plant.id, description=description)
    house.context.appliance.twins.replace([twin])
    clock.advance(2)
    return house.client("operator")


def audited(house):
    return [(e.action, e.target, e.who) for e in house.context.appliance.audit.newest()]


def test_every_declared_actuator_is_listed_with_what_is_known_of_it(client, house):
    house.context.appliance.properties.put(Property(twin=TWIN, name="pump", reported="ON"))
    client.post(f"{URL}/actuators/{TWIN}/heater/lockout", json={"why": "smells burnt"})
    pump, heater = client.get(f"{URL}/actuators").json
    assert (pump["driver"], pump["state"]["reported"], pump["lockout"]) == (
        "relay",
        "ON",
        None,
    )
    assert heater["state"] is None
    assert (heater["lockout"]["by"], heater["lockout"]["why"]) == (
        "operator",
        "smells burnt",
    )
    assert client.get(f"{URL}/actuators?twin=dt:Other").json == []


def test_a_lock_out_is_made_kept_and_ended(client, house):
    url = f"{URL}/actuators/{TWIN}/pump/lockout"
    assert client.post(url, json={"why": "hose off"}).status_code == 201
    assert house.client("admin").post(url, json={}).status_code == 409
    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 404
    assert client.post(f"{URL}/actuators/{TWIN}/siren/lockout", json={}).status_code == 404
    assert audited(house)[:2] == [
        ("actuator.unlock", f"{TWIN}/pump", "operator"),
        ("actuator.lock", f"{TWIN}/pump", "operator"),
    ]


def test_a_mode_is_chosen_by_somebody(client, house):
    url = f"{URL}/twins/{TWIN}/mode"
    assert client.get(url).json == {"twin": TWIN, "mode": "automatic", "by": "", "at": 0}
    told = client.put(url, json={"mode": "manual"}).json
    assert (told["mode"], told["by"]) == ("manual", "operator")
    assert client.get(url).json == told
    assert client.put(url, json={"mode": "wild"}).status_code == 422
    assert client.get(f"{URL}/twins/dt:Nobody/mode").status_code == 404
    assert (
        client.put(f"{URL}/twins/dt:Nobody/mode", json={"mode": "manual"}).status_code
        == 404
    )
    assert audited(house)[0] == ("mode.choose", TWIN, "operator")


def test_a_loop_is_listed_as_it_runs_with_what_is_wanted_of_it(client, house):
    loop = client.get(f"{URL}/loops").json[0]
    assert (loop["name"], loop["entry"]["setpoint"]) == ("warmth", 22)
    assert loop["signals"]["output"] == f"{TWIN}/loop.warmth.output"
    body = {"mode": "manual", "setpoint": 23.5, "output": 0.4}
    told = client.put(f"{URL}/loops/{TWIN}/warmth/wish", json=body)
    assert told.status_code == 200
    loop = client.get(f"{URL}/loops?twin={TWIN}").json[0]
    assert (loop["wish"]["setpoint"], loop["wish"]["by"]) == (23.5, "operator")
    house.context.appliance.automation.put(
        Entry(
            twin=TWIN,
            kind=Kind.LOOP,
            name="warmth",
            version=0,
            body={"input": "air.temperature", "output": "heater", "setpoint": 19},
            changed_at=0,
            changed_by="ada",
        )
    )
    assert client.get(f"{URL}/loops").json[0]["entry"]["setpoint"] == 19
    assert audited(house)[0] == ("loop.wish", f"{TWIN}/warmth", "operator")


@pytest.mark.parametrize(
    ("loop", "body", "status"),
    [
        ("cold", {}, 404),
        ("warmth", {"output": 1.5}, 422),
        ("warmth", {"mode": "fast"}, 422),
        ("warmth", {"setpoint": "warm"}, 422),
    ],
)
def test_an_impossible_wish_is_refused(client, loop, body, status):
    answer = client.put(f"{URL}/loops/{TWIN}/{loop}/wish", json=body)
    assert answer.status_code == status


def test_a_viewer_looks_and_changes_nothing(client, house):
    viewer = house.client("viewer")
    assert viewer.get(f"{URL}/loops").status_code == 200
    for method, url in (
        ("POST", f"{URL}/actuators/{TWIN}/pump/lockout"),
        ("DELETE", f"{URL}/actuators/{TWIN}/pump/lockout"),
        ("PUT", f"{URL}/twins/{TWIN}/mode"),
        ("PUT", f"{URL}/loops/{TWIN}/warmth/wish"),
    ):
        assert viewer.open(url, method=method, json={}).status_code == 403
