"""Alerts by the API: listed, acknowledged, shelved, with who and why."""

import pytest

from dt.rules.alerts import Alert
from dt.rules.description import Firing, Happening, Severity, Trace

NOW = 1_790_000_000_000
URL = "/api/v1"
BOX = "dt:PlantBox_001"
KEY = f"{BOX}/rules/too-dry"


def raised(house, key=KEY, at=NOW - 60_000, **changes):
    values = {"key": key, "group": key, "twin": BOX, "severity": Severity.WARNING}
    values |= {"text": "Soil is dry: 29.6 %", "raised_at": at, "changed_at": at}
    return house.context.appliance.alerts.raise_(Alert(**(values | changes)))


def test_alerts_are_listed_by_condition_and_twin(house):
    raised(house)
    raised(house, f"{BOX}/rules/cold", NOW - 30_000)
    house.context.appliance.alerts.end(f"{BOX}/rules/cold", NOW - 10_000)
    viewer = house.client("viewer")
    assert [one["key"] for one in viewer.get(f"{URL}/alerts").json] == [KEY]
    over = viewer.get(f"{URL}/alerts?condition=cleared&condition=active").json
    assert [one["condition"] for one in over] == ["cleared", "active"]
    assert viewer.get(f"{URL}/alerts?twin=dt:Other").json == []
    assert viewer.get(f"{URL}/alerts?condition=gone").status_code == 422


def test_a_person_acknowledges_an_alert_whose_key_has_slashes(house):
    raised(house)
    operator = house.client("operator")
    answer = operator.post(f"{URL}/alerts/{KEY}/acknowledge", json={"why": "on my way"})
    assert (answer.status_code, answer.json["condition"]) == (200, "acknowledged")
    assert (answer.json["by"], answer.json["why"]) == ("operator", "on my way")
    assert operator.get(f"{URL}/alerts/{KEY}").json == answer.json
    entry = house.context.appliance.audit.newest(1)[0]
    assert (entry.who, entry.action, entry.target) == ("operator", "alert.acknowledge", KEY)
    assert entry.after["why"] == "on my way"


def test_what_cannot_be_done_to_an_alert_is_a_conflict_and_is_not_in_the_audit(house):
    raised(house)
    operator = house.client("operator")
    operator.post(f"{URL}/alerts/{KEY}/acknowledge", json={})
    again = operator.post(f"{URL}/alerts/{KEY}/acknowledge", json={})
    assert (again.status_code, again.json["code"]) == (409, "alert.refused")
    assert len(house.context.appliance.audit.newest()) == 1


@pytest.mark.parametrize(
    ("until", "status"), [(NOW - 1, 409), (NOW + 3_600_000, 200), (NOW + 10**13, 409)]
)
def test_a_shelf_has_an_end_after_now_and_within_90_days(house, until, status):
    raised(house)
    answer = house.client("operator").post(
        f"{URL}/alerts/{KEY}/shelve", json={"until": until}
    )
    assert answer.status_code == status


def test_a_shelved_alert_is_brought_back(house):
    raised(house)
    operator = house.client("operator")
    operator.post(f"{URL}/alerts/{KEY}/shelve", json={"until": NOW + 3_600_000})
    assert operator.get(f"{URL}/alerts?condition=shelved").json[0]["key"] == KEY
    back = operator.post(f"{URL}/alerts/{KEY}/unshelve", json={}).json
    assert (back["condition"], back["shelved_until"]) == ("active", None)


def test_the_steps_of_a_life_are_listed_newest_first_page_by_page(house):
    raised(house)
    operator = house.client("operator")
    operator.post(f"{URL}/alerts/{KEY}/acknowledge", json={})
    steps = operator.get(f"{URL}/alerts/steps?key={KEY}").json
    assert [(one["change"], one["calls"]) for one in steps] == [
        ("acknowledge", -1),
        ("raise", 1),
    ]
    older = operator.get(f"{URL}/alerts/steps?before={steps[0]['id']}").json
    assert older == steps[1:]


def test_a_viewer_reads_and_changes_nothing(house):
    raised(house)
    viewer = house.client("viewer")
    assert viewer.get(f"{URL}/alerts/{KEY}").status_code == 200
    for what in ("acknowledge", "unshelve"):
        assert viewer.post(f"{URL}/alerts/{KEY}/{what}", json={}).status_code == 403


def test_an_alert_that_is_not_there_is_not_found(house):
    operator = house.client("operator")
    assert operator.get(f"{URL}/alerts/nothing").status_code == 404
    answer = operator.post(f"{URL}/alerts/nothing/acknowledge", json={})
    assert (answer.status_code, answer.json["code"]) == (404, "request.not_found")


def test_firings_are_listed_with_their_trace(house):
    trace = Trace(text="soil.moisture < 30", why="held for 60 s", since=NOW, count=3)
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
    house.context.appliance.firings.add(firing, ["a", "b"])
    viewer = house.client("viewer")
    found = viewer.get(f"{URL}/firings?twin={BOX}&rule=too-dry").json
    assert found[0]["trace"]["text"] == "soil.moisture < 30"
    assert found[0]["commands"] == ["a", "b"]
    assert viewer.get(f"{URL}/firings?rule=other").json == []
