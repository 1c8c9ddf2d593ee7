"""Rules, routines and loops by the API: as they run, in versions, tried before kept."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dt.store.twins import Twin

NOW = 1_790_000_000_000
URL = "/api/v1"
BOX = "dt:PlantBox_001"
MOISTURE = f"{BOX}/soil.moisture"
DRY = {"when": "soil.moisture < 30", "for": "60s", "message": "Dry: {soil.moisture}"}


@pytest.fixture
def box(house, clock):
    """The plant with a rule, a routine and a loop in its file, and a pump and a heater."""
    plant = house.context.appliance.twins.get(BOX).description
    twin = msgspec.structs.replace(
        plant,
        actuators={"pump": {"driver": "relay"}, "heater": {"driver": "relay"}},
        rules=({"id": "too-dry", **DRY},),
        routines=({"id": "morning", "at": "06:00", "then": [_step()]},),
        loops={"warm": {"input": "air.temperature", "output": "heater", "setpoint": 21}},
    )
    file = Twin(file="plant/twin.yaml", id=BOX, description=twin)
    house.context.appliance.twins.replace([file])
    clock.advance(2)
    return house


def _step():
    return {"actuator": "pump", "command": "ON", "duration": "10s"}


def put(house, path, entry, version=0, role="admin"):
    body = {"entry": entry, "version": version}
    return house.client(role).put(f"{URL}/{path}", json=body)


def test_what_a_file_says_is_listed_as_it_runs(box):
    viewer = box.client("viewer")
    rule = viewer.get(f"{URL}/rules").json[0]
    assert (rule["name"], rule["version"], rule["by"]) == ("too-dry", 0, "")
    assert (rule["entry"], rule["in_file"]) == (DRY, True)
    assert viewer.get(f"{URL}/routines?twin={BOX}").json[0]["name"] == "morning"
    loop = viewer.get(f"{URL}/loops/{BOX}/warm/entry").json
    assert loop["entry"]["setpoint"] == 21
    assert viewer.get(f"{URL}/rules?twin=dt:Other").json == []


def test_a_written_rule_takes_the_place_of_the_files_and_goes_back(box):
    path = f"rules/{BOX}/too-dry"
    made = put(box, path, {**DRY, "for": "2min"}).json
    assert (made["version"], made["by"]) == (1, "admin")
    assert box.client("viewer").get(f"{URL}/{path}").json["entry"]["for"] == "2min"
    admin = box.client("admin")
    assert admin.delete(f"{URL}/{path}?version=1").status_code == 204
    back = admin.get(f"{URL}/{path}").json
    assert (back["entry"], back["by"], back["version"]) == (DRY, "", 2)
    bodies = [one["body"] for one in admin.get(f"{URL}/{path}/history").json]
    assert bodies == [None, {**DRY, "for": "2min"}]
    actions = [one.action for one in box.context.appliance.audit.newest()]
    assert actions == ["rule.remove", "rule.put"]
    changed = box.context.appliance.audit.newest()[0]
    assert (changed.before["for"], changed.after["for"]) == ("2min", "60s")


def test_a_rule_that_no_file_has_is_gone_when_it_is_removed(box):
    path = f"rules/{BOX}/cold"
    put(box, path, {"kind": "threshold", "signal": "air.temperature", "below": 5})
    admin = box.client("admin")
    assert admin.delete(f"{URL}/{path}?version=1").status_code == 204
    assert admin.get(f"{URL}/{path}").status_code == 404


def test_a_change_that_did_not_see_the_newest_version_is_a_conflict(box):
    path = f"rules/{BOX}/too-dry"
    put(box, path, DRY)
    late = put(box, path, DRY)
    assert (late.status_code, late.json["code"]) == (409, "request.conflict")
    assert "version 1 by admin" in late.json["message"]
    admin = box.client("admin")
    assert admin.delete(f"{URL}/{path}?version=0").status_code == 409


def test_what_is_the_files_own_cannot_be_given_back(box):
    answer = box.client("admin").delete(f"{URL}/rules/{BOX}/too-dry?version=0")
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("path", "entry", "said"),
    [
        ("rules/{}/a", {"when": "soil.wet < 3"}, "soil.wet"),
        ("rules/{}/a", {"when": "soil.moisture < 3", "fro": "1s"}, "fro"),
        ("rules/{}/a", {"when": "soil.moisture < 3", "for": "soon"}, "a duration like"),
        ("rules/{}/a", {"kind": "magic"}, "kind"),
        ("rules/{}/a", {"id": "b", "when": "soil.moisture < 3"}, "'b'"),
        (
            "rules/{}/a",
            {"when": "soil.moisture < 3", "then": [{"actuator": "pum", "command": "ON"}]},
            "pump",
        ),
        ("routines/{}/a", {"at": "25:00"}, "25:00"),
        ("loops/{}/a/entry", {"input": "x", "output": "heater", "setpoint": 1}, "input"),
        ("rules/{}/-odd", {"when": "soil.moisture < 3"}, "too-dry"),
    ],
)
def test_a_wrong_entry_is_refused_with_what_was_seen_and_expected(box, path, entry, said):
    answer = put(box, path.format(BOX), entry)
    assert (answer.status_code, answer.json["code"]) == (422, "twin.rule")
    assert said in answer.json["message"]
    assert box.context.appliance.automation.current() == []


def test_another_entry_that_is_wrong_hinders_nobody(box):
    twin = box.context.appliance.twins.get(BOX).description
    rules = ({"id": "broken", "when": "nothing <"}, *twin.rules)
    broken = msgspec.structs.replace(twin, rules=rules)
    box.context.appliance.twins.replace([Twin(file="p", id=BOX, description=broken)])
    box.clock.advance(2)
    assert put(box, f"rules/{BOX}/too-dry", DRY).status_code == 200


def test_a_twin_or_rule_that_is_not_there_is_not_found(box):
    assert put(box, "rules/dt:Other/a", DRY).status_code == 404
    client = box.client("admin")
    assert client.get(f"{URL}/rules/{BOX}/none").status_code == 404
    assert client.delete(f"{URL}/rules/{BOX}/none?version=0").status_code == 404
    assert client.get(f"{URL}/rules/dt:Other/none/history").status_code == 404


def test_only_admins_write_and_operators_and_viewers_read(box):
    for role in ("viewer", "operator"):
        assert put(box, f"rules/{BOX}/too-dry", DRY, role=role).status_code == 403
        assert box.client(role).get(f"{URL}/rules").status_code == 200


def dry_run(house, what="rules", role="viewer", **body):
    return house.client(role).post(f"{URL}/{what}/dry-run", json={"twin": BOX, **body})


def test_a_dry_run_tells_where_a_rule_would_have_fired(box):
    minutes = np.arange(600)
    values = np.where((minutes > 100) & (minutes < 200), 25.0, 40.0)
    start = NOW - 600 * 60_000
    box.log(MOISTURE, values, start=start, step=60_000)
    told = dry_run(box, name="too-dry", **{"from": "-1d"}).json
    assert (told["fired"], told["rows"], told["bucket_ms"]) == (1, 600, 0)
    fired, cleared = told["firings"]
    assert fired["at"] == start + 102 * 60_000
    assert (fired["message"], fired["happening"]) == ("Dry: 25", "fired")
    assert told["held_ms"] == cleared["at"] - fired["at"] == 98 * 60_000
    other = {"when": "soil.moisture < 20"}
    assert dry_run(box, entry=other, **{"from": "-1d"}).json["fired"] == 0
    assert box.context.appliance.automation.current() == []
    assert box.context.appliance.firings.newest() == []


def test_a_rule_that_still_holds_counts_until_the_end(box):
    box.log(MOISTURE, [25.0] * 100, start=NOW - 100_000)
    told = dry_run(box, entry={"when": "soil.moisture < 30"}, **{"from": "-1h"}).json
    assert told["fired"] == 1
    assert told["held_ms"] == pytest.approx(100_000, abs=2_100)


def test_a_dry_run_of_a_wrong_rule_or_too_long_a_range_is_refused(box):
    assert dry_run(box, entry={"when": "<"}).status_code == 422
    assert dry_run(box, name="too-dry", **{"from": "-3y"}).status_code == 422
    assert dry_run(box, name="unknown").status_code == 404


def test_a_dry_run_of_a_routine_tells_its_slots(box):
    box.context.appliance.settings.set("appliance.timezone", "Europe/Helsinki")
    span = {"from": str(NOW), "to": str(NOW + 3 * 86_400_000)}
    told = dry_run(box, "routines", name="morning", **span).json
    assert len(told["slots"]) == 3
    assert {(at // 3_600_000) % 24 for at in told["slots"]} == {3}
    every = {"every": "10min", "then": [_step()]}
    assert dry_run(box, "routines", entry=every, **span).json["slots"] == []
    assert dry_run(box, "routines", entry={}, **span).status_code == 422


def test_operators_read_the_audit_by_target_and_by_name(box):
    put(box, f"rules/{BOX}/too-dry", DRY)
    operator = box.client("operator")
    found = operator.get(f"{URL}/audit?target={BOX}").json
    assert [one["target"] for one in found] == [f"{BOX}/rules/too-dry"]
    assert operator.get(f"{URL}/audit?target={BOX[:-1]}").json == []
    assert operator.get(f"{URL}/audit?who=nobody").json == []
    assert len(operator.get(f"{URL}/audit?who=admin").json) == 1
    assert box.client("viewer").get(f"{URL}/audit").status_code == 403


_WORDS = st.sampled_from(["actuator", "command", "duration", "06:00", "x"])
_SAID = """kind when clear for persistence cooldown repeat max_age then signal above below
low high margin rising after message at days on every sun offset missed grace severity id
input output setpoint gain ramp rate period enabled latch"""
_KEYS = st.sampled_from(_SAID.split())
_LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
_LEAF |= st.text(max_size=8) | st.sampled_from(["soil.moisture < 3", "5s", "1/min", "ON"])
_JSON = st.recursive(
    _LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
)


@pytest.mark.parametrize("kind", ["rules", "routines", "loops"])
def test_no_entry_breaks_the_checker(box, kind):
    client = box.client("admin")
    path = f"{kind}/{BOX}/x" + ("/entry" if kind == "loops" else "")

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(st.dictionaries(_KEYS, _JSON, max_size=6))
    def probe(entry):
        answer = client.put(f"{URL}/{path}", json={"entry": entry, "version": 0})
        assert answer.status_code in {200, 400, 409, 422}, (entry, answer.text[:300])

    probe()
