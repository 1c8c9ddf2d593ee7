"""Loops and routines of a twin, and everything that is wrong with what it controls."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from controller import day_times
from controller.checks import check, wanted
from controller.loop_entries import LoopKind, loops_of
from controller.routine_entries import routines_of, title_of
from controller.routines import Missed, Place, Sun
from dt.twin.document import Reader
from dt.twin.reader import read

ROOT = Path(__file__).parents[2]
HEAD = (
    '"@id": dt:Box_001\n'
    "signals: {air: {unit: Cel}, soil: {}}\n"
    "actuators: {heater: {driver: relay, pin: 22, min_off: 60s}, "
    "pump: {driver: relay, pin: 17}}\n"
)


def box(text):
    return read(HEAD + text, "box/twin.yaml")


@pytest.mark.parametrize("file", sorted(ROOT.glob("twins/*/twin.yaml")), ids=str)
def test_the_twins_that_are_shipped_have_nothing_wrong(file):
    twin = read(file.read_text("utf-8"), str(file))
    found = wanted(twin)
    assert found.problems == ()
    assert len(found.rules) == len(twin.rules)
    assert len(found.routines) == len(twin.routines)
    assert len(found.loops) == len(twin.loops)


def test_a_loop_has_defaults_for_all_but_where_and_what():
    (loop,) = loops_of(
        box("loops: {warmth: {input: air, output: heater, setpoint: 22}}"), Reader("")
    )
    assert (loop.name, loop.spec.kind, loop.ramp_s) == ("warmth", LoopKind.PID, 0.0)
    assert [turn.value for turn in loop.turns] == [22.0]


def test_a_setpoint_may_follow_the_day():
    text = '{"06:00": 22, "sunset+30min": 18}'
    twin = box(
        f"loops: {{warmth: {{input: air, output: heater, setpoint: {text}, ramp: all}}}}"
    )
    (loop,) = loops_of(twin, Reader(""))
    assert loop.ramp_s is None
    brussels = Place(zone="Europe/Brussels", latitude=50.85, longitude=4.35)
    points = day_times.points(loop.turns, brussels, date(2026, 6, 21))
    assert [point.setpoint for point in points] == [22.0, 18.0]
    assert points[0].at_s == 6 * 3600
    assert 22.4 < points[1].at_s / 3600 < 22.6  # sunset is at 22:00
    polar = Place(zone="UTC", latitude=85.0)
    noon = day_times.points(loop.turns, polar, date(2026, 6, 21))[1]
    assert noon.at_s == 43_200 + 1800 or noon.at_s == 43_200


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("input: air, output: valve, setpoint: 2", "one of heater, pump"),
        ("input: air, output: heater", "loops.warmth.setpoint: saw nothing"),
        ("input: air, output: heater, setpoint: warm", "expected a number, or times"),
        ("input: air, output: heater, setpoint: {noon: 2}", "expected a time of day"),
        ('input: air, output: heater, setpoint: {"06:00": x}', "expected a number"),
        ("input: air, output: heater, setpoint: 2, gain: 0", "gain: saw 0"),
        ("input: air, output: heater, setpoint: 2, high: 2", "high: saw 2"),
        ("input: air, output: heater, setpoint: 2, low: 1", "low: saw 1"),
        ("input: air, output: heater, setpoint: 2, safe: 1", "safe state of heater is OFF"),
        ("input: air, output: heater, setpoint: 2, kind: pd", "loops.warmth.kind"),
        ("input: air, output: heater, setpoint: 2, ramp: slow", "a duration like"),
        ("input: air, output: heater, setpoint: 2, period: 0s", "1 s or more"),
    ],
)
def test_a_wrong_loop_is_told_with_line_and_path(keys, expected):
    twin = box(f"loops:\n  warmth: {{{keys}}}\n")
    reader = Reader(twin.source)
    assert loops_of(twin, reader) == ()
    assert str(reader.problems[0]).startswith("box/twin.yaml:5: loops.warmth")
    assert any(expected in str(problem) for problem in reader.problems)


def test_a_loop_that_a_person_wrote_is_checked_like_one_of_the_file():
    entry = {"input": "co2", "output": "heater", "setpoint": 2}
    twin = msgspec.structs.replace(box(""), loops={"warmth": entry})
    (problem,) = check(twin)
    assert (problem.path, problem.expected) == ("loops.warmth.input", "one of air, soil")


def test_two_loops_never_share_an_actuator():
    text = "{input: air, output: heater, setpoint: 2}"
    twin = box(f"loops: {{a: {text}, b: {text}}}")
    reader = Reader("")
    assert [loop.name for loop in loops_of(twin, reader)] == ["a"]
    assert "heater, which a has" in str(reader.problems[0])


def test_a_routine_says_when_in_one_of_three_ways():
    text = (
        "routines:\n"
        '  - {id: lamp-on, at: ["06:00", "18:30"], days: [mon, Friday], missed: once,'
        " then: [{actuator: pump, command: ON, duration: 10s}]}\n"
        "  - {id: hourly, every: 1h}\n"
        "  - {id: dusk, sun: sunset, offset: -30min}\n"
        '  - {id: eve, at: "08:00", on: 2026-12-24}\n'
        "  - {id: later, every: 1h, enabled: false}\n"
    )
    lamp, hourly, dusk, eve = routines_of(box(text), Reader(""))
    assert (lamp.at, lamp.days, lamp.missed) == ((360, 1110), {0, 4}, Missed.ONCE)
    assert (lamp.then[0].actuator, lamp.then[0].duration_s) == ("pump", 10.0)
    assert hourly.every == 3600
    assert (dusk.sun, dusk.offset) == (Sun.SUNSET, -1800)
    assert (eve.on, title_of({"id": "lamp-on"})) == (date(2026, 12, 24), "Lamp on")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("id: a", "expected exactly one of at, every, sun"),
        ('id: a, at: "06:00", every: 1h', "saw at and every"),
        ("id: a, at: noon", "a time of day like 06:00"),
        ('id: a, at: "24:00"', "a time of day like 06:00"),
        ('id: a, at: "06:00", days: [mo]', "did you mean mon?"),
        ('id: a, at: "06:00", on: soon', "a date like 2026-12-24"),
        ("id: a, every: 0s", "1 s or more"),
        ("id: a, sun: noon", "routines[0].sun"),
        ("id: a, sun: sunset, offset: late", "a duration like -30min"),
        ("id: a, every: 1h, then: [{actuator: pump, command: RUN}]", "saw 'RUN'"),
        ("id: a, every: 1h, then: [{actuator: hose, command: ON}]", "heater, pump"),
    ],
)
def test_a_wrong_routine_is_told_with_line_and_path(keys, expected):
    problems = check(box(f"routines:\n  - {{{keys}}}\n"))
    assert str(problems[0]).startswith("box/twin.yaml:5: routines[0]")
    assert any(expected in str(problem) for problem in problems)


def test_a_rule_for_an_actuator_that_is_not_there_is_told():
    text = "rules: [{id: dry, when: soil < 3, then: [{actuator: hose, command: ON}]}]"
    (problem,) = check(box(text))
    assert problem.path == "rules[0].then[0].actuator"
