"""Alerts, rules, routines and the audit as pages: what they say, and who may what."""

import msgspec
import numpy as np
import pytest

from dt.rules.alerts import Alert, Condition, hardware_lost
from dt.rules.description import Firing, Happening, Seen, Severity, Trace
from dt.store.automation import Kind
from dt.store.commands import NewCommand, Source, State
from dt.store.twins import Twin

NOW = 1_790_000_000_000
BOX = "dt:PlantBox_001"
KEY = f"{BOX}/rules/too-dry"
MOISTURE = f"{BOX}/soil.moisture"
RULE = {"id": "too-dry", "when": "soil.moisture < 30", "message": "Dry: {soil.moisture}"}
FORM = {
    "twin": BOX,
    "id": "too-dry",
    "version": "0",
    "kind": "expression",
    "expression.when": "soil.moisture < 25",
    "severity": "warning",
    "enabled": "on",
}


@pytest.fixture
def box(house, clock):
    """The plant with a pump, a rule and a routine in its file."""
    plant = house.context.appliance.twins.get(BOX).description
    step = {"actuator": "pump", "command": "ON", "duration": "10s"}
    twin = msgspec.structs.replace(
        plant,
        actuators={"pump": {"driver": "relay"}},
        rules=(RULE,),
        routines=({"id": "dawn", "at": "06:00", "then": [step]},),
    )
    house.context.appliance.twins.replace([Twin(file="p", id=BOX, description=twin)])
    clock.advance(2)
    return house


def browser(house, role="admin"):
    return house.client(role, accept="text/html")


def raised(house, key=KEY, **changes):
    values = {"key": key, "group": key, "twin": BOX, "severity": Severity.WARNING}
    values |= {"text": "Soil is dry", "raised_at": NOW - 60_000, "changed_at": NOW - 60_000}
    return house.context.appliance.alerts.raise_(Alert(**(values | changes)))


def rules(house):
    return house.context.appliance.automation.current(kind=Kind.RULE)


def test_an_empty_list_of_alerts_offers_the_next_step(box):
    page = browser(box).get("/alerts").text
    assert "no alert is open" in page
    assert 'href="/rules/new"' in page
    assert 'href="/rules/new"' not in browser(box, "viewer").get("/alerts").text


def test_the_worst_alert_comes_first_and_the_bar_counts_those_that_call(box):
    raised(box)
    raised(box, f"{BOX}/rules/fire", severity=Severity.CRITICAL, text="Fire")
    page = browser(box).get("/alerts").text
    assert page.index("Fire") < page.index("Soil is dry")
    assert '<dt-count class="count">2</dt-count>' in page
    assert "2 want somebody" in page


def test_a_viewer_sees_alerts_and_no_buttons(box):
    raised(box)
    page = browser(box, "viewer").get("/alerts").text
    assert "Soil is dry" in page
    assert "Acknowledge" not in page
    answer = browser(box, "viewer").post(f"/alerts/{KEY}/acknowledge")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("next_", "target"),
    [("/?twin=x", "/?twin=x"), ("//evil.example", "/alerts"), ("", "/alerts")],
)
def test_after_acknowledging_one_is_back_where_one_was(box, next_, target):
    raised(box)
    data = {"next": next_, "why": "on my way"}
    answer = browser(box, "operator").post(f"/alerts/{KEY}/acknowledge", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, target)
    alert = box.context.appliance.alerts.get(KEY)
    assert (alert.condition, alert.by) == (Condition.ACKNOWLEDGED, "operator")
    assert "seen by operator: on my way" in browser(box).get("/alerts").text


def test_a_shelf_lasts_as_long_as_the_button_or_the_field_says(box):
    raised(box)
    client = browser(box, "operator")
    client.post(f"/alerts/{KEY}/shelve", data={"for": "8h"})
    shelved = box.context.appliance.alerts.get(KEY)
    assert shelved.shelved_until == box.clock.ms + 8 * 3_600_000
    client.post(f"/alerts/{KEY}/shelve", data={"for": "", "until": "2026-10-01T12:00"})
    shelved = box.context.appliance.alerts.get(KEY)
    assert shelved.shelved_until == 1_790_856_000_000
    assert "shelved by operator until" in client.get("/alerts?tab=shelved").text
    client.post(f"/alerts/{KEY}/unshelve")
    assert box.context.appliance.alerts.get(KEY).condition is Condition.ACTIVE


@pytest.mark.parametrize(
    ("what", "data", "status", "said"),
    [
        ("shelve", {"until": "soon"}, 422, "expected a date and a time"),
        ("shelve", {"until": "2020-01-01T12:00"}, 409, "expected a time after"),
        ("unshelve", {}, 409, "saw it active"),
    ],
)
def test_what_cannot_be_done_is_told_on_the_list(box, what, data, status, said):
    raised(box)
    answer = browser(box, "operator").post(f"/alerts/{KEY}/{what}", data=data)
    assert answer.status_code == status
    assert said in answer.text
    assert "Soil is dry" in answer.text


def test_an_alert_or_an_act_that_is_not_there_is_not_found(box):
    assert browser(box).get("/alerts/nothing").status_code == 404
    assert browser(box).post("/alerts/nothing/acknowledge").status_code == 404
    raised(box)
    assert browser(box).post(f"/alerts/{KEY}/explode").status_code == 404


def test_the_history_tells_every_step_page_by_page(box):
    for index in range(30):
        raised(box, raised_at=NOW + index, changed_at=NOW + index)
        box.context.appliance.alerts.end(KEY, NOW + index)
    page = browser(box).get("/alerts?tab=history").text
    assert page.count("<li>") == 50
    older = page.partition("before=")[2].partition('"')[0]
    rest = browser(box).get(f"/alerts?tab=history&before={older}").text
    assert rest.count("<li>") == 10


def test_the_page_of_a_lost_sensor_says_so(box):
    box.context.appliance.alerts.raise_(hardware_lost(BOX, "leaf", NOW, "no answer"))
    page = browser(box).get(f"/alerts/{BOX}/sensors/leaf").text
    assert "could not read sensor leaf" in page


def test_rules_are_listed_with_condition_and_state(box):
    page = browser(box).get("/rules").text
    assert "soil.moisture &lt; 30" in page
    assert "quiet" in page
    raised(box)
    assert "fires now" in browser(box).get("/rules").text


def test_a_rule_that_cannot_run_is_shown_as_wrong_and_can_be_mended(box):
    twin = box.context.appliance.twins.get(BOX).description
    broken = msgspec.structs.replace(twin, rules=({"id": "odd", "when": "nothing <"},))
    box.context.appliance.twins.replace([Twin(file="p", id=BOX, description=broken)])
    box.clock.advance(2)
    assert "wrong" in browser(box).get("/rules").text
    page = browser(box).get(f"/rules/{BOX}/odd").text
    assert "It cannot run like this" in page
    assert 'aria-invalid="true"' in page


def test_a_rule_is_kept_as_a_new_version_with_what_it_changed(box):
    admin = browser(box)
    answer = admin.post("/rules/save", data=FORM)
    assert answer.status_code == 303
    kept = rules(box)[0]
    assert kept.body == {"when": "soil.moisture < 25"}
    page = admin.get(answer.headers["Location"]).text
    assert "Version 1" in page
    assert "<del>soil.moisture &lt; 30</del>" in page
    assert "<ins>soil.moisture &lt; 25</ins>" in page


def test_somebody_who_saw_an_older_version_is_told_and_keeps_what_was_typed(box):
    admin = browser(box)
    admin.post("/rules/save", data=FORM)
    late = admin.post("/rules/save", data=FORM | {"expression.when": "soil.moisture < 9"})
    assert late.status_code == 409
    assert "version 1 by admin" in late.text
    assert "soil.moisture &lt; 9" in late.text
    assert len(rules(box)) == 1


def test_a_new_rule_does_not_take_the_place_of_another_unseen(box):
    answer = browser(box).post("/rules/save", data=FORM | {"fresh": "yes"})
    assert answer.status_code == 409
    assert "already" in answer.text
    assert rules(box) == []


def test_what_is_wrong_with_a_form_is_told_at_its_fields(box):
    wrong = {"for": "soon", "then.0.actuator": "pump", "then.0.command": "GO"}
    answer = browser(box).post("/rules/save", data=FORM | wrong)
    assert answer.status_code == 422
    assert "Saw &#39;soon&#39;, expected a duration like" in answer.text
    assert 'id="f-then-0-command-wrong"' in answer.text
    assert 'value="soon"' in answer.text


def test_a_dry_run_is_shown_and_nothing_is_kept(box):
    values = np.where(np.arange(100) % 50 < 25, 40.0, 20.0)
    box.log(MOISTURE, values, start=NOW - 100_000)
    page = browser(box).post("/rules/try", data=FORM | {"range": "1d"}).text
    assert "It would have fired 2 times" in page
    assert "100 readings judged" in page
    assert rules(box) == []


def test_a_range_that_nobody_offers_is_a_week(box):
    page = browser(box).post("/rules/try", data=FORM | {"range": "never"})
    assert (page.status_code, "in the last 7 d" in page.text) == (200, True)


def test_a_dry_run_without_history_says_so(box):
    page = browser(box).post("/rules/try", data=FORM).text
    assert "no history of its signals" in page


def test_a_rule_is_switched_off_restored_and_given_back(box):
    admin = browser(box)
    named = {"kind": "rule", "twin": BOX, "name": "too-dry"}
    admin.post("/written/enable", data=named | {"version": "0", "enabled": ""})
    assert rules(box)[0].body == {**_without_id(RULE), "enabled": False}
    admin.post("/written/enable", data=named | {"version": "1", "enabled": "on"})
    assert rules(box)[0].body == _without_id(RULE)
    admin.post("/written/restore", data=named | {"version": "2", "restore": "1"})
    assert rules(box)[0].body["enabled"] is False
    back = admin.post("/written/back", data=named | {"version": "3"})
    assert back.headers["Location"] == f"/rules/{BOX}/too-dry"
    assert rules(box) == []
    assert "Given back" in admin.get(f"/rules/{BOX}/too-dry").text


def _without_id(entry):
    return {key: value for key, value in entry.items() if key != "id"}


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("enable", {"kind": "rule", "twin": BOX, "name": "none"}, 404),
        ("enable", {"kind": "user", "twin": BOX, "name": "too-dry"}, 422),
        ("restore", {"kind": "rule", "twin": BOX, "name": "too-dry", "restore": "7"}, 404),
        ("back", {"kind": "rule", "twin": BOX, "name": "too-dry", "version": "0"}, 409),
    ],
)
def test_what_is_not_there_cannot_be_switched_or_restored(box, path, data, status):
    assert browser(box).post(f"/written/{path}", data=data).status_code == status


def test_operators_see_rules_and_change_none(box):
    operator = browser(box, "operator")
    page = operator.get(f"/rules/{BOX}/too-dry").text
    assert "Keep this rule" not in page
    assert "Admins change rules" in page
    assert operator.post("/rules/save", data=FORM).status_code == 403
    assert operator.get("/rules/new").status_code == 403


def test_a_routine_shows_its_next_slots_and_is_kept(box):
    box.context.appliance.settings.set("appliance.timezone", "Europe/Helsinki")
    admin = browser(box)
    assert "06:00:00" in admin.get(f"/routines/{BOX}/dawn").text
    form = {"twin": BOX, "id": "dusk", "fresh": "yes", "kind": "at", "at": "18:30, 19:00"}
    form |= {"day.mon": "on", "enabled": "on", "then.0.actuator": "pump"}
    wrong = admin.post("/routines/try", data=form)
    assert wrong.status_code == 422
    assert 'id="f-then-0-command-wrong"' in wrong.text
    form |= {"then.0.command": "ON", "then.0.duration": "5s"}
    assert "18:30:00" in admin.post("/routines/try", data=form).text
    assert admin.post("/routines/save", data=form).status_code == 303
    kept = box.context.appliance.automation.get(BOX, Kind.ROUTINE, "dusk")
    step = {"actuator": "pump", "command": "ON", "duration": "5s"}
    assert kept.body == {"at": ["18:30", "19:00"], "days": ["mon"], "then": [step]}
    listed = admin.get("/routines").text
    assert "18:30, 19:00, Mon" in listed
    assert "pump ON for 5s" in listed


def test_the_audit_tells_before_and_after_and_can_be_narrowed(box):
    browser(box).post("/rules/save", data=FORM)
    operator = browser(box, "operator")
    page = operator.get("/audit").text
    assert "rule written" in page
    assert "<ins>soil.moisture &lt; 25</ins>" in page
    assert "rule written" in operator.get(f"/audit?target={BOX}&who=admin").text
    assert "Nothing like this" in operator.get("/audit?who=operator").text
    assert browser(box, "viewer").get("/audit").status_code == 403


def test_the_audit_is_paged(box):
    for index in range(60):
        box.context.appliance.audit.add("ada", "note.add", f"note {index}")
    page = browser(box).get("/audit").text
    assert page.count("<tr>") == 51
    older = page.partition("before=")[2].partition('"')[0]
    assert "note 0<" in browser(box).get(f"/audit?before={older}").text


def test_the_audit_tells_the_story_from_the_reading_to_the_pump(box):
    appliance = box.context.appliance
    trace = Trace(
        text="soil.moisture < 30",
        why="held for 60 s",
        since=NOW - 60_000,
        count=13,
        inputs=(Seen(signal="soil.moisture", value=24.6, observed_at=NOW, code=0),),
        epoch=3,
        seq=941,
    )
    firing = Firing(
        rule="too-dry",
        twin=BOX,
        happening=Happening.FIRED,
        at=NOW,
        severity=Severity.WARNING,
        latch=False,
        message="Soil is dry",
        trace=trace,
    )
    asked = NewCommand(
        twin=BOX,
        actuator="pump",
        command="ON",
        duration_s=20.0,
        source=Source.RULE,
        by="too-dry",
        correlation_id="3:941",
    )
    row = appliance.commands.submit(asked)
    appliance.firings.add(firing, [row.id])
    appliance.commands.move(row.id, State.DONE, "ran 20 s")
    page = browser(box, "operator").get("/audit?show=hands").text
    for said in (
        "Rule <b>too-dry</b>: Pump on for 20 s",
        "24.6 %",
        "soil.moisture &lt; 30",
        "in 13 readings",
        "3:941",
        "ran 20 s",
    ):
        assert said in page
    assert f"/alerts/{KEY}" in page
    assert "ran 20 s" in browser(box).get(f"/audit?show=hands&target={BOX}").text
    assert "Nothing like this" in browser(box).get("/audit?show=hands&target=dt:No").text
