"""Alerts are moved in transactions, and each step of their lives is kept."""

import pytest

from dt.errors import AlertError, NotFoundError
from dt.rules.alerts import Alert, Change, Condition, Note
from dt.rules.description import Severity


def fresh(key="dt:Box/rules/too-dry", at=1000, **changes):
    values = {"key": key, "group": key, "twin": "dt:Box", "severity": Severity.WARNING}
    values |= {"text": "Soil is dry", "raised_at": at, "changed_at": at}
    return Alert(**(values | changes))


def test_the_steps_of_a_life_are_kept_with_who_and_why(appliance):
    alerts, key = appliance.alerts, fresh().key
    alerts.raise_(fresh())
    alerts.change(key, Change.ACKNOWLEDGE, Note(at=2000, by="ada", why="on my way"))
    alerts.end(key, 3000)
    assert alerts.get(key).condition is Condition.CLEARED
    steps = alerts.steps(key=key)
    assert [(s.change, s.by, s.calls) for s in steps] == [
        ("end", "", 0),
        ("acknowledge", "ada", -1),
        ("raise", "", 1),
    ]
    assert alerts.steps_after(steps[1].id) == [steps[0]]
    assert alerts.last_step() == steps[0].id


def test_only_what_is_not_over_is_listed_unless_asked(appliance):
    alerts = appliance.alerts
    alerts.raise_(fresh())
    alerts.raise_(fresh("dt:Box/rules/cold", 2000))
    alerts.end("dt:Box/rules/cold", 3000)
    assert [a.key for a in alerts.all()] == ["dt:Box/rules/too-dry"]
    every = alerts.all(conditions=tuple(Condition))
    assert every[0].key == "dt:Box/rules/cold"
    assert alerts.all(twin="dt:Other") == []


def test_nothing_is_written_while_nothing_happens(appliance):
    alerts = appliance.alerts
    alerts.end("dt:Box/rules/too-dry", 500)
    alerts.raise_(fresh())
    alerts.end(fresh().key, 2000)
    steps = alerts.last_step()
    alerts.end(fresh().key, 3000)
    assert alerts.last_step() == steps == 2


def test_a_shelf_that_is_over_calls_again(appliance):
    alerts, key = appliance.alerts, fresh().key
    alerts.raise_(fresh())
    alerts.change(key, Change.SHELVE, Note(at=2000, by="ada", until=9000))
    assert alerts.unshelve_due(8999) == []
    assert [a.condition for a in alerts.unshelve_due(9000)] == [Condition.ACTIVE]
    assert alerts.steps(1)[0].calls == 1


def test_what_cannot_be_changed_is_refused(appliance):
    with pytest.raises(NotFoundError):
        appliance.alerts.change("none", Change.ACKNOWLEDGE, Note(at=1, by="ada"))
    appliance.alerts.raise_(fresh())
    with pytest.raises(AlertError):
        appliance.alerts.change(fresh().key, Change.UNSHELVE, Note(at=1, by="ada"))


def test_those_that_want_somebody_are_counted(appliance):
    alerts = appliance.alerts
    alerts.raise_(fresh())
    alerts.raise_(fresh("dt:Box/rules/cold", latch=True))
    alerts.end("dt:Box/rules/cold", 3000)
    alerts.raise_(fresh("dt:Box/rules/over"))
    alerts.end("dt:Box/rules/over", 3000)
    assert alerts.calling() == 2
    alerts.change(fresh().key, Change.ACKNOWLEDGE, Note(at=4000, by="ada"))
    assert alerts.calling() == 1
