"""The controller at work: readings and wishes go in, actuators move, people are told."""

import sqlite3
from pathlib import Path

import msgspec
import numpy as np
import pytest

from dt.config import Control
from dt.rules.alerts import Condition
from dt.rules.description import Severity
from dt.store.commands import Source, State
from dt.store.control import LoopMode, LoopWish, Mode

TWIN = (Path(__file__).parent / "box.yaml").read_text("utf-8")
RULE = """
rules:
  - {id: too-dry, when: "soil < 30", for: 10s, clear: "soil > 35",
     message: "Soil is dry: {soil} %", then: [{actuator: pump, command: ON, duration: 15s}]}
"""


def test_a_dry_plant_is_watered_once_and_the_story_is_told(make_box):
    box = make_box(RULE)
    box.read(soil=25.0)
    box.run(40)
    assert box.devices["pump"].runs() == [15.0]
    row = box.last("pump")
    assert (row.state, row.source, row.by) == (State.DONE, Source.RULE, "too-dry")
    assert (row.reason, row.detail) == ("Soil is dry: 25 %", "ran 15 s")
    firing = box.appliance.firings.of_command(row.id)
    assert row.correlation_id == f"{firing.trace.epoch}:{firing.trace.seq}"
    (alert,) = box.appliance.alerts.all()
    assert (alert.key, alert.condition) == ("dt:Box/rules/too-dry", Condition.ACTIVE)
    box.read(soil=40.0)
    box.run(6)
    assert box.appliance.alerts.all() == []
    assert len(box.commands.newest()) == 1


def test_a_person_waters_and_is_refused_with_the_time_from_which_it_is_allowed(make_box):
    box = make_box()
    box.ask("pump", "ON", 10.0)
    box.run(11)
    assert box.devices["pump"].runs() == [10.0]
    box.ask("pump", "ON", 10.0)
    box.run(0.1)
    row = box.last("pump")
    assert (row.state, row.interlock) == (State.REFUSED, "min_off")
    assert row.detail.startswith("pump rested ")
    ended = box.told("pump").off_since
    assert row.allowed_at == ended + 600_000


def test_what_a_rule_was_refused_is_asked_again_when_it_is_allowed(make_box):
    box = make_box(RULE)
    box.ask("pump", "ON", 5.0)
    box.run(6)
    box.read(soil=25.0)
    box.run(620)
    rows = box.commands.newest(actuator="pump")
    assert [row.state for row in rows] == [State.DONE, State.REFUSED, State.DONE]
    assert box.devices["pump"].runs() == [5.0, 15.0]


def test_what_waits_is_not_done_while_the_sensor_is_lost(make_box):
    box = make_box(RULE)
    box.ask("pump", "ON", 5.0)
    box.run(6)
    box.read(soil=25.0)
    box.run(60)
    box.silence("soil")
    box.run(700)
    assert box.devices["pump"].runs() == [5.0]


def test_what_a_rule_wanted_is_forgotten_when_it_clears(make_box):
    box = make_box(RULE)
    box.ask("pump", "ON", 5.0)
    box.run(6)
    box.read(soil=25.0)
    box.run(60)
    box.read(soil=40.0)
    box.run(700)
    assert box.devices["pump"].runs() == [5.0]


def test_the_same_command_twice_is_carried_out_once(make_box):
    box = make_box()
    known = "018f2c60-0000-7000-8000-000000000001"
    box.ask("lamp", "ON", 5.0, id=known)
    box.run(6)
    box.ask("lamp", "ON", 5.0, id=known)
    box.run(6)
    assert box.devices["lamp"].runs() == [5.0]


def test_of_commands_that_come_together_the_last_one_counts(make_box):
    box = make_box()
    rows = [box.ask("lamp", word, 5.0 if word == "ON" else None) for word in ("ON", "OFF")]
    rows += [box.ask("lamp", "ON", 3.0)]
    box.run(6)
    states = [box.commands.get(row.id).state for row in rows]
    assert states == [State.SUPERSEDED, State.SUPERSEDED, State.DONE]
    assert box.devices["lamp"].runs() == [3.0]
    assert box.commands.unfinished() == []


def test_a_command_that_comes_too_late_expires(make_box, clock):
    box = make_box()
    box.ask("lamp", "ON", not_after=clock.now_ms() - 1)
    box.run(0.2)
    assert (box.last("lamp").state, box.devices["lamp"].switched) == (State.EXPIRED, [])


@pytest.mark.parametrize(
    ("mode", "source", "state"),
    [
        (Mode.MANUAL, Source.RULE, State.REFUSED),
        (Mode.MANUAL, Source.PERSON, State.RUNNING),
        (Mode.AUTOMATIC, Source.RULE, State.RUNNING),
        (Mode.AUTOMATIC, Source.MODEL, State.REFUSED),
        (Mode.AUTOPILOT, Source.MODEL, State.RUNNING),
        (Mode.AUTOPILOT, Source.ROUTINE, State.REFUSED),
        (Mode.AUTOPILOT, Source.CENTRE, State.RUNNING),
    ],
)
def test_a_mode_says_who_may_command(make_box, mode, source, state):
    box = make_box()
    box.appliance.control.set_mode("dt:Box", mode, "ada")
    box.ask("lamp", "ON", source=source, by="it")
    box.run(0.2)
    row = box.last("lamp")
    assert row.state is state
    assert (row.interlock == "mode") == (state is State.REFUSED)
    box.ask("lamp", "OFF", source=source, by="it")
    box.run(0.2)
    assert box.last("lamp").state is State.DONE


def test_a_lock_out_ends_a_run_and_refuses_the_next(make_box):
    box = make_box()
    box.ask("lamp", "ON")
    box.run(1)
    box.appliance.control.lock("dt:Box", "lamp", "bob", "new bulb")
    box.run(0.2)
    assert box.devices["lamp"].command.on is False
    ended = box.commands.newest(actuator="lamp")[0]
    assert (ended.state, ended.interlock) == (State.FAILED, "locked")
    box.ask("lamp", "ON")
    box.run(2)
    assert box.last("lamp").detail == "lamp is locked out by bob"
    assert (box.told("lamp").locked_by, box.told("lamp").held) == (
        "bob",
        "locked out by bob",
    )
    box.appliance.control.unlock("dt:Box", "lamp")
    box.ask("lamp", "ON")
    box.run(0.2)
    assert box.last("lamp").state is State.RUNNING


def test_an_actuator_that_needs_a_signal_ends_when_it_is_lost(make_box):
    box = make_box()
    box.read(air=20.0)
    box.run(1)
    box.ask("fan", "ON")
    box.run(10)
    assert box.devices["fan"].command.on
    box.read(air=None)
    box.run(6)
    assert not box.devices["fan"].command.on
    row = box.last("fan")
    assert (row.state, row.interlock) == (State.FAILED, "requires")
    assert box.told("fan").held == "needs air, which is not fresh and good"


def test_an_open_run_ends_at_its_longest(make_box):
    box = make_box()
    box.ask("pump", "ON")
    box.run(40)
    assert box.devices["pump"].runs() == [30.0]
    row = box.last("pump")
    assert (row.state, row.interlock) == (State.DONE, "max_on")


@pytest.mark.parametrize("step_s", [1800, -1800, 3600, -3600, 86_400])
def test_setting_the_clock_changes_no_dose(make_box, clock, step_s):
    box = make_box()
    box.ask("pump", "ON", 15.0)
    box.run(5)
    clock.set(step_s)
    box.run(20)
    (run,) = box.devices["pump"].runs()
    assert abs(run - 15.0) < 0.1


@pytest.mark.parametrize("step_s", [1800, -1800])
def test_setting_the_clock_fires_no_rule_and_makes_nothing_stale(make_box, clock, step_s):
    more = "rules: [{id: silent, kind: no_data, signal: air, after: 1min}]"
    box = make_box(more)
    box.read(air=20.0)
    box.run(10)
    box.ask("fan", "ON")
    box.run(5)
    clock.set(step_s)
    box.run(20)
    assert box.devices["fan"].command.on
    assert box.appliance.alerts.all() == []


def test_a_silent_sensor_raises_an_alert_without_a_rule(make_box):
    box = make_box()
    box.read(air=20.0)
    box.run(10)
    box.load()  # as the process does when a signal has its first reading
    box.silence("air")
    box.run(60)
    (alert,) = box.appliance.alerts.all()
    assert (alert.key, alert.text) == ("dt:Box/rules/no-data.air", "No data from air")


def test_a_killed_controller_fails_its_commands_and_acts_on_no_firing_twice(make_box):
    box = make_box(RULE)
    box.read(soil=25.0)
    box.run(20)
    assert box.devices["pump"].command.on
    box.start()
    assert not box.devices["pump"].command.on
    row = box.last("pump")
    assert (row.state, row.detail) == (
        State.FAILED,
        "the controller ended while it ran; the actuator was made safe",
    )
    box.run(60)
    assert len(box.appliance.firings.newest()) == 1
    assert len(box.commands.newest()) == 1


def test_limits_hold_over_a_killed_controller(make_box):
    box = make_box()
    box.ask("pump", "ON", 20.0)
    box.run(10)
    box.start()
    box.ask("pump", "ON", 20.0)
    box.run(1)
    assert box.last("pump").interlock == "min_off"


def test_a_store_that_cannot_be_written_makes_all_safe_and_is_told_later(make_box):
    box = make_box()
    box.ask("lamp", "ON")
    box.run(1)
    path = box.config.data_dir / "appliance.db"
    box.own.database.one("PRAGMA busy_timeout=1")
    other = sqlite3.connect(path, isolation_level=None)
    box.ask("fan", "OFF")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception, match="held by another process") as caught:
        box.run(2)
    box.work.fail_safe(caught.value)
    assert not box.devices["lamp"].command.on
    other.execute("ROLLBACK")
    other.close()
    box.run(1)
    rows = {row.actuator: row for row in box.commands.newest()}
    assert rows["lamp"].state is State.FAILED
    assert rows["lamp"].detail.startswith("the store could not be written")
    assert rows["fan"].state is State.DONE


def test_hardware_that_fails_fails_the_command_and_is_told(make_box):
    box = make_box()
    box.devices["pump"].broken = True
    box.ask("pump", "ON", 5.0)
    box.run(2)
    row = box.last("pump")
    assert row.state is State.FAILED
    assert "in use by another program" in row.detail
    assert "in use by another program" in box.told("pump").problem


def test_people_are_told_what_an_actuator_does_and_what_limits_it(make_box, clock):
    box = make_box()
    began = clock.now_ms()
    box.ask("pump", "ON", 15.0)
    box.run(5)
    told = box.told("pump")
    assert (told.desired, told.reported, told.desired_by) == ("ON", "ON", "ada")
    assert abs(told.until - began - 15_000) < 100
    assert (told.limit.max_on, told.limit.duty_on, told.limit.commands) == (
        30.0,
        120.0,
        ("OFF", "ON"),
    )
    box.run(15)
    told = box.told("pump")
    assert (told.desired, told.since, len(told.runs)) == ("OFF", None, 1)


def test_what_actuators_did_is_in_the_log(make_box, clock):
    box = make_box()
    start = clock.now_ms()
    box.run(2)
    box.ask("lamp", "ON")
    box.run(2)
    box.ask("lamp", "OFF")
    box.run(2)
    row = box.log.signals()["dt:Box/actuator.lamp"]
    found = [
        value
        for _, readings, _ in box.log.readings([row.id], start - 1, clock.now_ms())
        for value in readings.value.tolist()
    ]
    assert found == [0.0, 1.0, 0.0]


PID = "loops: {warmth: {input: air, output: heater, setpoint: 22, period: 5min}}\n"


def test_a_loop_heats_in_shares_of_time_and_stops_at_once_without_its_input(make_box):
    box = make_box(PID)
    box.read(air=18.0)
    box.run(30)
    assert box.devices["heater"].command.on
    row = box.last("heater")
    assert (row.source, row.by) == (Source.LOOP, "warmth")
    assert "setpoint 22" in row.reason
    box.read(air=None)
    box.run(5.1)
    assert not box.devices["heater"].command.on


def test_a_loops_output_is_told_in_as_many_digits_as_mean_something(make_box, clock):
    box = make_box(PID)
    start = clock.now_ms()
    box.read(air=18.37)
    box.run(120)
    row = box.log.signals()["dt:Box/loop.warmth.output"]
    told = [
        value
        for _, readings, _ in box.log.readings([row.id], start, clock.now_ms())
        for value in readings.value.tolist()
    ]
    assert len(set(told)) > 5
    assert all(value == round(value, 4) for value in told)


def test_a_loop_rests_when_refused_without_filling_the_table(make_box):
    box = make_box(PID)
    box.read(air=10.0)
    box.run(1200)  # 15 min at most, then a minute of rest
    runs = box.devices["heater"].runs()
    assert runs[0] == 900.0
    assert len(box.commands.newest()) <= 5


def test_a_person_holds_a_loops_actuator_until_the_loop_gets_it_back(make_box):
    box = make_box(PID)
    box.read(air=18.0)
    box.run(30)
    box.ask("heater", "OFF")
    box.run(300)
    assert not box.devices["heater"].command.on
    box.appliance.control.set_wish(LoopWish(twin="dt:Box", loop="warmth", by="ada"))
    box.run(30)
    assert box.devices["heater"].command.on


def test_a_loop_gives_way_to_a_rule_that_excludes_its_actuator(make_box):
    text = TWIN.replace("duty: 120s/h", "duty: 120s/h, excludes: [heater]")
    box = make_box(RULE + PID, text=text)
    box.read(air=10.0, soil=25.0)
    box.run(60)
    assert box.devices["pump"].runs() == [15.0]
    assert box.commands.newest(1, actuator="pump")[0].state is State.DONE
    first = box.commands.newest(actuator="heater")[-1]
    assert first.state is State.SUPERSEDED
    assert "rule too-dry asked for ON" in first.detail
    times = [at for name in ("heater", "pump") for at, _ in box.devices[name].switched]
    (on, off), (pumped, done) = times[:2], times[2:4]
    assert on < off <= pumped < done
    box.run(120)
    assert box.devices["heater"].command.on


def test_a_loop_does_not_give_way_to_another_loop(make_box):
    text = TWIN.replace("duty: 120s/h", "duty: 120s/h, excludes: [heater]")
    text = text.replace("max_on: 15min, ", "")
    soak = "  soak: {kind: hysteresis, input: soil, output: pump, setpoint: 50}\n"
    loops = PID.replace("loops: {", "loops:\n  ").replace("}}\n", "}\n")
    box = make_box(loops + soak, text=text)
    box.read(air=10.0)
    box.run(20)
    box.read(soil=25.0)
    box.run(20)
    assert box.devices["pump"].switched == []
    assert box.last("pump").interlock == "excludes"


def test_a_dimmer_follows_its_loop_and_hands_over_without_a_bump(make_box):
    text = (
        "  glow: {driver: pwm, pin: 18}\n"
        "loops: {warmth: {input: air, output: glow, setpoint: 22,"
        " gain: 0.1, integral: 60s}}\n"
    )
    box = make_box(text)
    box.read(air=20.0)
    box.run(60)
    steps = [float(c.partition(":")[2]) for _, c in box.devices["glow"].switched]
    assert steps == sorted(steps)
    assert len(steps) > 5
    assert len(box.commands.newest()) == 1
    wish = LoopWish(
        twin="dt:Box", loop="warmth", mode=LoopMode.MANUAL, output=0.3, by="ada"
    )
    box.appliance.control.set_wish(wish)
    box.run(30)
    assert str(box.devices["glow"].command) == "SET_PWM:0.3"
    box.appliance.control.set_wish(wish)
    box.run(5.1)
    assert abs(box.devices["glow"].command.value - 0.3) < 0.05


def test_autotune_finds_settings_and_gives_the_loop_back(make_box, clock):
    box = make_box("loops: {warmth: {input: air, output: heater, setpoint: 22}}\n")
    box.appliance.control.set_wish(
        LoopWish(twin="dt:Box", loop="warmth", mode=LoopMode.AUTOTUNE, by="ada")
    )
    air, lag = 20.0, 0.0
    for _ in range(4000):
        lag += (float(box.devices["heater"].command.on) - lag) * 5 / 60
        air += (18.0 + 10.0 * lag - air) * 5 / 300
        box.read(air=air)
        box.run(5, step=1.0)
        if box.appliance.control.wish("dt:Box", "warmth").mode is LoopMode.AUTO:
            break
    (event,) = [e for e in box.appliance.events.newest() if e.kind.startswith("LoopTune")]
    assert event.kind == "LoopTuned"
    assert event.body["gain"] > 0
    assert 60 < event.body["period_s"] < 1800


def test_a_routine_asks_in_automatic_mode_and_passes_in_others(make_box):
    box = make_box(
        "routines: [{id: hourly, every: 1min, then: [{actuator: lamp, command: ON}]}]"
    )
    box.run(62)
    row = box.last("lamp")
    assert (row.source, row.by, row.state) == (Source.ROUTINE, "hourly", State.RUNNING)
    box.appliance.control.set_mode("dt:Box", Mode.AUTOPILOT, "ada")
    box.ask("lamp", "OFF")
    box.run(62)
    assert box.last("lamp").by == "ada"


def test_a_changed_rule_stops_no_actuator_and_a_changed_actuator_stops_all(make_box):
    box = make_box(RULE)
    box.ask("lamp", "ON")
    box.run(1)
    box.load()
    box.run(1)
    assert box.devices["lamp"].command.on
    box.twin = msgspec.structs.replace(
        box.twin, actuators={**box.twin.actuators, "pump": {"driver": "pump", "pin": 5}}
    )
    box.load()
    assert not box.devices["lamp"].command.on


def test_nothing_is_written_while_nothing_happens(make_box):
    box = make_box(RULE)
    box.read(air=20.0, soil=40.0)
    box.run(10)
    before = box.own.database.one("SELECT total_changes()")
    box.run(120)
    assert box.own.database.one("SELECT total_changes()") == before


def test_an_hour_without_the_controller_is_judged_but_waters_nothing_late(make_box, clock):
    box = make_box(RULE)
    box.read(soil=40.0)
    box.run(5)
    box.read(soil=25.0)
    for _ in range(720):  # the controller is gone, the collector works
        box._append()
        clock.pass_time(5)
    box.read(soil=np.float64(25.0))
    box.start()
    box.run(3)
    assert box.last("pump").state is State.EXPIRED
    assert [a.key for a in box.appliance.alerts.all()] == ["dt:Box/rules/too-dry"]


def test_the_budget_of_the_appliance_limits_all_actuators_together(make_box):
    text = TWIN.replace("{driver: light, pin: 27}", "{driver: light, pin: 27, current: 2}")
    text = text.replace("requires: [air]", "current: 1.5")
    box = make_box(text=text)
    box.ask("lamp", "ON")
    box.ask("fan", "ON")
    box.run(1)
    assert box.devices["fan"].command.on
    box.config = msgspec.structs.replace(box.config, control=Control(budget=3.0))
    box.start()
    box.ask("lamp", "ON")
    box.ask("fan", "ON")
    box.run(1)
    row = box.last("fan")
    assert (row.interlock, row.detail) == ("budget", "fan would make it 3.5 A of 3 A")


SUNRISE = (
    "routines: [{id: dawn, sun: sunrise, missed: once,"
    " then: [{actuator: lamp, command: ON}]}]"
)


@pytest.mark.parametrize("place", [None, (50.85, 4.35)])
def test_routines_of_the_sun_wait_for_a_place(make_box, clock, place):
    box = make_box(SUNRISE)
    if place is not None:
        me = msgspec.structs.replace(
            box.config.appliance, latitude=place[0], longitude=place[1]
        )
        box.config = msgspec.structs.replace(box.config, appliance=me)
    box.start()
    box.run(1)
    clock.pass_time(86_400)
    box.run(1)
    assert bool(box.commands.newest(actuator="lamp")) == (place is not None)


def test_a_relay_that_goes_on_though_it_was_told_to_stop_raises_an_alert(make_box):
    box = make_box()
    box.ask("lamp", "ON", 5.0)
    box.run(3)
    box.devices["lamp"].welded = True
    box.run(6)
    assert box.appliance.alerts.all() == []  # it may take its time
    box.run(5)
    (alert,) = box.appliance.alerts.all()
    assert (alert.key, alert.severity) == ("dt:Box/actuators/lamp", Severity.CRITICAL)
    assert alert.text == "Actuator lamp is in doubt: told OFF, it reports ON"
    box.devices["lamp"].welded = False
    box.run(2)
    assert box.appliance.alerts.all() == []
    assert [s.change for s in box.appliance.alerts.steps()] == ["end", "raise"]


def test_an_actuator_that_cannot_be_driven_raises_an_alert(make_box):
    box = make_box()
    box.devices["pump"].broken = True
    box.ask("pump", "ON", 5.0)
    box.run(8)
    (alert,) = box.appliance.alerts.all()
    assert "in use by another program" in alert.text
