"""Loops and routines in words."""

import pytest

from dt.store.control import LoopMode, LoopWish
from dt.store.events import Event
from dt.twin.description import SignalSpec, TwinDescription
from webapp.show import loops, routines

PID = {"kind": "pid", "input": "air", "output": "heater", "setpoint": 22, "gain": 0.2}
DAY = {
    "kind": "hysteresis",
    "input": "air",
    "output": "heater",
    "setpoint": {360: 22, "sunset": 18},
}
TWIN = TwinDescription(
    id="dt:Box",
    name="Box",
    signals={"air": SignalSpec(unit="Cel", title="Air", digits=1)},
    actuators={"heater": {"driver": "relay"}},
    loops={"warmth": PID, "day": DAY},
)
FOUND = {"loop": "warmth", "gain": 0.31, "integral_s": 420.0, "derivative_s": 60.0}


def test_a_setpoint_is_the_entrys_until_a_person_says_another():
    wish = LoopWish(twin=TWIN.id, loop="warmth")
    card = loops.card(TWIN, "warmth", wish, None)
    assert (card.setpoint, card.about, card.tunes) == (
        "22.0 °C",
        "PID · Air by Heater",
        True,
    )
    assert card.goal.name == "dt:Box/loop.warmth.setpoint"
    wish = LoopWish(twin=TWIN.id, loop="warmth", setpoint=19.5, mode=LoopMode.MANUAL)
    assert loops.card(TWIN, "warmth", wish, None).setpoint == "19.5 °C"


def test_setpoints_over_the_day_are_listed():
    card = loops.card(TWIN, "day", LoopWish(twin=TWIN.id, loop="day"), None)
    assert card.setpoint == "06:00 22.0 °C, sunset 18.0 °C"
    assert not card.tunes


def test_what_an_autotune_found_can_be_used_once():
    event = Event(kind="LoopTuned", text="", body=FOUND, at=5)
    tuning = loops.tuning(event, PID)
    assert tuning.text == "gain 0.310, integral 7 min, derivative 1 min"
    assert tuning.settings == {"gain": 0.31, "integral": 420.0, "derivative": 60.0}
    assert loops.tuning(event, {**PID, **tuning.settings}).settings == {}
    failed = Event(kind="LoopTuneFailed", text="", body={"why": "input lost"})
    assert loops.tuning(failed, PID).text == "found nothing: input lost"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"at": "22:00"}, "every day at 22:00"),
        ({"at": [390, "18:00"], "days": ["mon", "sun"]}, "Mon, Sun at 06:30, 18:00"),
        ({"at": "08:00", "on": "2026-12-24"}, "on 2026-12-24 at 08:00"),
        ({"every": "90min"}, "every 90 min"),
        ({"sun": "sunrise"}, "at sunrise"),
        ({"sun": "sunset", "offset": "-30min"}, "30 min before sunset"),
        ({"sun": "sunrise", "offset": "1h"}, "1 h after sunrise"),
    ],
)
def test_a_routine_says_when(entry, expected):
    assert routines.when(entry) == expected


def test_a_routine_says_what_it_does():
    then = [{"actuator": "heater", "command": "ON", "duration": "10min"}]
    entry = {"id": "warm-up", "at": "05:00", "then": then, "enabled": False}
    twin = TwinDescription(
        id="dt:Box", name="Box", actuators=TWIN.actuators, routines=(entry,)
    )
    (row,) = routines.rows(twin, {"warm-up": 5, "other": 6})
    assert (row.title, row.what) == ("Warm up", "Heater on for 10 min")
    assert (row.enabled, row.next_at) == (False, 5)
