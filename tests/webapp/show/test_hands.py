"""Actuators in words: what is seen first, how long still, why not, what is used."""

import pytest
from msgspec.structs import replace

from dt.store.commands import CommandRow, Source, State
from dt.store.control import Lockout
from dt.store.properties import Limit, Property
from dt.twin.description import TwinDescription
from webapp.show import limits, rich
from webapp.show.hands import Known, hand, thing

NOW = 1_790_000_000_000
TWIN = TwinDescription(
    id="dt:Box_001",
    name="Box",
    metadata={"domain": ["Plant"]},
    actuators={
        "pump": {"driver": "relay"},
        "lamp": {"driver": "pwm", "title": "LED bar"},
        "valve": {"driver": "relay", "commands": ["ON", "OFF", "SET_PWM"]},
    },
)
PUMP = Limit(max_on=30.0, min_off=600.0, duty_on=120.0, duty_window=3600.0)
OFF = Property(twin=TWIN.id, name="pump", desired="OFF", reported="OFF", limit=PUMP)
ROW = CommandRow(
    seq=1,
    id="a",
    twin=TWIN.id,
    actuator="pump",
    command="ON",
    duration_s=10.0,
    source=Source.PERSON,
    by="ada",
    reason="",
    correlation_id="",
    asked_at=NOW - 5000,
    not_after=NOW,
    state=State.REFUSED,
    interlock="min_off",
    detail="pump rested 120 s of 600 s",
    allowed_at=NOW + 471_000,
    started_at=None,
    ended_at=NOW - 4900,
    revision=1,
)


def look(state, **known):
    found = hand(TWIN, "pump", Known(state=state, **known), NOW)
    return found.look, found.word, rich.plain(found.about, NOW)


def test_what_runs_says_for_how_long_still_and_what_is_used():
    state = replace(
        OFF,
        desired="ON",
        reported="ON",
        since=NOW - 4000,
        until=NOW + 6000,
        runs=((NOW - 1_000_000, NOW - 984_000), (NOW - 9_000_000, NOW - 8_000_000)),
    )
    told = "on for 6 s more · 20 of 120 s this hour"
    assert look(state) == ("on", "on", told)
    assert hand(TWIN, "pump", Known(state=state), NOW).ends


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"off_since": NOW - 120_000}, ("off", "off", "may run again in 8 min")),
        ({"held": "soil is lost"}, ("held", "held off", "safe: soil is lost")),
        ({"problem": "no answer"}, ("failed", "failed", "no answer")),
        ({"reported": ""}, ("unknown", "unknown", "wanted off, reports –")),
        ({"desired": "ON"}, ("off", "off", "wanted on, reports off")),
        ({}, ("off", "off", "has not run yet")),
    ],
)
def test_what_does_not_run_says_why(changes, expected):
    state = replace(OFF, limit=replace(PUMP, duty_on=None), **changes)
    assert look(state) == expected


def test_a_lock_out_is_seen_before_anything_was_told():
    lockout = Lockout(twin=TWIN.id, actuator="pump", by="ada", why="hose off", at=1)
    expected = ("locked", "locked", "locked out by ada: hose off")
    assert look(None, lockout=lockout) == expected
    assert look(None)[2] == "the controller has not told of it yet"


def test_an_actuator_that_is_dimmed_says_its_share():
    state = Property(
        twin=TWIN.id, name="lamp", desired="SET_PWM:0.4", reported="SET_PWM:0.4"
    )
    found = hand(TWIN, "lamp", Known(state=state), NOW)
    assert (found.word, found.level, found.dims, found.title) == (
        "40 %",
        40,
        True,
        "LED bar",
    )
    assert hand(TWIN, "valve", Known(), NOW).dims
    assert not hand(TWIN, "pump", Known(), NOW).dims


def test_a_persons_refusal_is_news_for_ten_minutes():
    said = hand(TWIN, "pump", Known(state=OFF, newest=ROW), NOW).said
    assert rich.plain(said, NOW) == "Refused, it rests 10 min between runs, 8 min left"
    old = replace(ROW, asked_at=NOW - 601_000)
    assert hand(TWIN, "pump", Known(state=OFF, newest=old), NOW).said == ""
    by_rule = replace(ROW, source=Source.RULE)
    assert hand(TWIN, "pump", Known(state=OFF, newest=by_rule), NOW).said == ""


@pytest.mark.parametrize(
    ("limit", "asks"),
    [
        (PUMP, True),
        (Limit(max_on=900.0), True),
        (Limit(excludes=("pump",)), True),
        (Limit(max_on=57_600.0, min_off=60.0), False),
        (Limit(), False),
    ],
)
def test_what_is_held_short_is_asked_for_by_name(limit, asks):
    assert limits.dangerous(limit) is asks


def test_runs_to_choose_from_end_with_the_longest_allowed():
    assert limits.lengths(PUMP)[1:] == [("10", "10 s"), ("20", "20 s"), ("30", "30 s")]
    assert limits.lengths(Limit(max_on=3.0)) == [("3", "3 s")]
    assert limits.lengths(Limit())[-1] == ("", "until it is stopped")


def test_a_duty_that_is_used_up_says_so():
    state = replace(OFF, runs=((NOW - 1_000_000, NOW - 880_000),))
    spent = limits.used(state, NOW)
    assert (spent.share, spent.kind) == (100, "over")
    long = Limit(duty_on=7200.0, duty_window=86_400.0)
    spent = limits.used(replace(state, limit=long), NOW)
    assert spent.text == "2 of 120 min in 1 d"
    assert limits.sentences(PUMP) == [
        "at most 30 s at a time",
        "rests 10 min between runs",
        "at most 2 min in 1 h",
    ]


def test_only_a_plant_is_watered():
    assert thing(TWIN, "pump").waters
    assert not thing(replace(TWIN, metadata={}), "pump").waters
    assert not thing(TWIN, "lamp").waters
