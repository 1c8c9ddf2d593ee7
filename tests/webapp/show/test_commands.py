"""Commands, alerts and what happened as sentences."""

import msgspec
import pytest

from dt.rules.alerts import Alert, Condition
from dt.rules.description import Severity
from dt.store.alerts import AlertStep
from dt.store.commands import CommandRow, Source, State
from dt.store.properties import Limit
from webapp.show import banner, commands, feed, rich
from webapp.show.commands import Thing

NOW = 1_790_000_000_000
PUMP = Thing(
    title="Pump",
    waters=True,
    limit=Limit(
        min_off=600.0, max_on=30.0, duty_on=120.0, duty_window=3600.0, excludes=("heater",)
    ),
)
REFUSED = (
    "Rule too-dry asked the pump for 10 s: refused, it rests 10 min between runs,"
    " 8 min left"
)
ROW = CommandRow(
    seq=1,
    id="a",
    twin="dt:Box",
    actuator="pump",
    command="ON",
    duration_s=10.0,
    source=Source.RULE,
    by="too-dry",
    reason="Soil is dry",
    correlation_id="",
    asked_at=NOW - 20_000,
    not_after=NOW + 40_000,
    state=State.QUEUED,
    interlock="",
    detail="",
    allowed_at=None,
    started_at=None,
    ended_at=None,
    revision=1,
)


def row(**changes):
    return msgspec.structs.replace(ROW, **changes)


def said(found, thing=PUMP):
    return rich.plain(commands.sentence(found, thing, NOW), NOW)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Rule too-dry asked the pump for 10 s: waiting"),
        (
            {"state": State.RUNNING, "started_at": NOW - 4000},
            "Rule too-dry asked the pump for 10 s: runs for 6 s more",
        ),
        (
            {"state": State.DONE, "started_at": NOW - 11_000, "ended_at": NOW - 1000},
            "Rule too-dry watered for 10 s",
        ),
        (
            {
                "state": State.REFUSED,
                "interlock": "min_off",
                "allowed_at": NOW + 471_000,
            },
            REFUSED,
        ),
        (
            {"state": State.REFUSED, "interlock": "requires", "detail": "soil is stale"},
            "Rule too-dry asked the pump for 10 s: refused, soil is stale",
        ),
        (
            {"state": State.FAILED, "detail": "pin 17 is taken"},
            "Rule too-dry asked the pump for 10 s: failed, pin 17 is taken",
        ),
        (
            {"state": State.EXPIRED, "source": Source.PERSON, "by": "ada"},
            "ada asked the pump for 10 s: nobody took it in time; does the controller run?",
        ),
        (
            {"command": "OFF", "duration_s": None, "source": Source.ROUTINE, "by": "night"},
            "Routine night asked the pump to stop: waiting",
        ),
        (
            {"command": "SET_PWM:0.4", "source": Source.CENTRE},
            "The centre asked the pump for 40 % for 10 s: waiting",
        ),
        ({"duration_s": None}, "Rule too-dry asked the pump to run: waiting"),
    ],
)
def test_a_command_is_told_with_who_what_and_what_became_of_it(changes, expected):
    assert said(row(**changes)) == expected


def test_another_actuator_runs_instead_of_watering():
    fan = Thing(title="LED bar")
    done = row(state=State.DONE, started_at=NOW - 10_000, ended_at=NOW)
    assert said(done, fan) == "Rule too-dry ran the LED bar for 10 s"
    assert commands.mark(done, fan, NOW) == "LED bar 10 s · rule too-dry"
    assert commands.mark(done, PUMP, NOW) == "watered 10 s · rule too-dry"


@pytest.mark.parametrize(
    ("interlock", "expected"),
    [
        ("locked", "it is locked out"),
        ("max_on", "at most 30 s at a time"),
        ("duty", "at most 2 min in 1 h"),
        ("excludes", "never with heater"),
        ("mode", "the mode does not let it"),
        ("budget", "it would draw too much current"),
        ("unknown", "the controller's words"),
    ],
)
def test_every_interlock_has_words(interlock, expected):
    refused = row(state=State.REFUSED, interlock=interlock, detail="the controller's words")
    assert commands.refusal(refused, PUMP.limit, NOW) == expected


def test_every_state_has_a_word():
    assert len({commands.word(state) for state in State}) == len(State)


def test_what_people_wrote_cannot_become_markup():
    found = commands.sentence(row(by="<script>", source=Source.PERSON), PUMP, NOW)
    assert str(rich.html(found, NOW)).startswith("<b>&lt;script&gt;</b> asked")
    sly = commands.sentence(row(by="a\x02b\x04123\x05"), PUMP, NOW)
    assert str(rich.html(sly, NOW)).startswith("Rule <b>ab123</b> asked")


def test_a_time_that_runs_is_an_element_that_counts():
    text = rich.html(f"{rich.left(NOW + 90_000)} and {rich.since(NOW - 5000)}", NOW)
    left = f'<dt-left until="{NOW + 90_000}">2 min</dt-left>'
    assert text == f'{left} and <dt-age at="{NOW - 5000}" bare>5 s</dt-age>'
    assert rich.plain(rich.left(NOW + 4_200_000), NOW) == "1 h 10 min"
    assert rich.plain(rich.left(NOW - 1), NOW) == "0 s"


def alert(key, **changes):
    before = Alert(
        key=key,
        group=key,
        twin="dt:Box",
        severity=Severity.WARNING,
        text="Soil is dry: 29.6 %",
        raised_at=NOW - 120_000,
        changed_at=NOW,
    )
    return msgspec.structs.replace(before, **changes)


def test_the_worst_alert_comes_first_then_this_twins_then_the_newest():
    seen = alert("seen", condition=Condition.ACKNOWLEDGED, severity=Severity.CRITICAL)
    other = alert("other", twin="dt:Other", raised_at=NOW)
    old = alert("old", raised_at=1)
    mine = alert("mine")
    assert banner.worst([seen, other, old, mine], "dt:Box").key == "mine"
    worse = alert("worse", twin="dt:Other", severity=Severity.CRITICAL)
    assert banner.worst([mine, worse], "dt:Box").key == "worse"
    assert banner.worst([seen], "dt:Box") is None


def test_a_banner_says_since_when_or_that_it_is_over():
    found = banner.banner(alert("a"), "", 2)
    assert (found.lead, found.kind, found.others) == ("Soil is dry", "warn", 2)
    assert rich.plain(found.text, NOW) == "29.6 % for 2 min"
    over = banner.banner(alert("a", holds=False, condition=Condition.LATCHED), "", 0)
    assert over.text == "29.6 % over, but nobody has seen it yet"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"state": State.REFUSED, "interlock": "min_off", "allowed_at": NOW + 480_000},
            "the pump may water again in 8 min",
        ),
        (
            {"state": State.REFUSED, "interlock": "locked"},
            "the pump was refused: it is locked out",
        ),
        (
            {"state": State.RUNNING, "started_at": NOW - 4000},
            "the pump runs for 6 s more",
        ),
        (
            {"state": State.RUNNING, "started_at": NOW, "duration_s": None},
            "the pump runs",
        ),
        (
            {"state": State.DONE, "started_at": NOW - 10_000, "ended_at": NOW},
            "the pump ran 10 s at 14:13",
        ),
        ({}, "the pump was asked: waiting"),
    ],
)
def test_what_is_being_done_is_said(changes, expected):
    assert rich.plain(banner.doing(row(**changes), PUMP, NOW), NOW) == expected


def test_steps_of_alerts_are_told_and_lost_sensors_once():
    def step(number, change, **changes):
        before = AlertStep(
            id=number,
            at=number,
            key="dt:Box/rules/dry",
            twin="dt:Box",
            change=change,
            condition=Condition.ACTIVE,
            severity="critical",
            text="Soil is dry: 29 %",
            by="ada",
            why="",
            calls=0,
        )
        return msgspec.structs.replace(before, **changes)

    steps = [
        step(1, "raise"),
        step(2, "acknowledge", why="on my way"),
        step(3, "shelve"),
        step(4, "unshelve"),
        step(5, "end"),
        step(6, "raise", key="dt:Box/sensors/leaf"),
    ]
    told = feed.merged(feed.of_steps(steps), 9)
    assert [rich.plain(f"{one.lead} {one.text}", 0).strip() for one in told] == [
        "Soil is dry is over",
        "Soil is dry is back from the shelf",
        "ada shelved: Soil is dry",
        "ada acknowledged: Soil is dry (on my way)",
        "Soil is dry 29 %",
    ]
    assert told[-1].kind == "crit"
