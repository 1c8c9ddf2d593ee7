"""What is wrong with an actuator in the eyes of its driver, told by file and line."""

import logging

import pytest

from controller.checks import check
from controller.fitting import fit
from controller.plan import drivers_of
from dt.hardware.sim import SimBuses
from dt.twin.command import OFF, ON
from dt.twin.reader import read

HEAD = '"@id": dt:Box\nname: Box\n'
SENSOR = (
    "signals: {air: {}}\n"
    "sensors: {climate: {driver: dht22, pin: 4, every: 5s, reads: {temperature: air}}}\n"
)


def box(*actuators, sensors="", name="Box"):
    lines = "".join(f"  {line}\n" for line in actuators)
    text = HEAD.replace("Box", name) + sensors + "actuators:\n" + lines
    return read(text, f"{name}/twin.yaml")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("driver: rellay, pin: 1", "it.driver: saw 'rellay', expected a driver"),
        ("driver: rellay, pin: 1", "(did you mean relay?)"),
        ("driver: relay, pni: 4", "it.pni: saw an unknown key"),
        ("driver: relay, pin: 4, safe: 'SET_PWM:0.5'", "it.safe: saw SET_PWM:0.5"),
        ("driver: relay, pin: 4, commands: [ON, SET]", "it.commands: saw SET, expected"),
        ("driver: mqtt_switch, command: t, safe: 'SET:3'", "it.safe: saw SET:3"),
    ],
)
def test_a_wrong_driver_is_told_with_file_line_and_path(keys, expected):
    twin = box(f"it: {{{keys}}}", "ok: {driver: fan, pin: 3}")
    told = [str(problem) for problem in check(twin)]
    assert all(one.startswith("Box/twin.yaml:4: actuators.it.") for one in told)
    assert any(expected in one for one in told)
    made = drivers_of(twin, ["it", "ok"], SimBuses())
    assert list(made.drivers) == ["ok"]
    assert expected in made.problems["it"]


def test_a_right_twin_has_no_problems():
    twin = box(
        "a: {driver: relay, pin: 17, commands: [ON, OFF], safe: OFF}",
        "b: {driver: pwm, channel: 1, commands: [SET_PWM], safe: 'SET_PWM:0'}",
        "c: {driver: mqtt_switch, command: lamp/set}",
        sensors=SENSOR,
    )
    assert [p for p in check(twin) if p.path.startswith("actuators")] == []


def test_an_actuator_without_a_driver_is_told_once():
    (problem,) = check(box("it: {pin: 4}"))
    assert problem.path == "actuators.it.driver"


@pytest.mark.parametrize(
    ("actuators", "names", "whose"),
    [
        (
            ["a: {driver: pump, pin: 17}", "b: {driver: heater, pin: 17}"],
            ["a", "b"],
            "gpio/17 is used by actuator b too",
        ),
        (["a: {driver: pump, pin: 4}"], ["a"], "gpio/4 is used by sensor climate too"),
        (
            ["a: {driver: pwm, channel: 1}", "b: {driver: pwm, chip: 0, channel: 1}"],
            ["a", "b"],
            "pwm0.1 is used by actuator b too",
        ),
    ],
)
def test_a_place_that_somebody_else_of_the_twin_uses_is_told_by_name(
    actuators, names, whose
):
    twin = box(*actuators, sensors=SENSOR)
    made = drivers_of(twin, names, SimBuses())
    assert made.drivers == {}
    assert whose in made.problems["a"]


def test_an_actuator_on_the_pin_of_another_twin_is_left_out_and_told(caplog):
    first = box("pump: {driver: pump, pin: 17}", name="First")
    second = box("warm: {driver: heater, pin: 17}", "fan: {driver: fan, pin: 5}")
    with caplog.at_level(logging.ERROR):
        fitted = fit([first, second], SimBuses(), {})
    assert sorted(fitted) == ["dt:Box/fan", "dt:First/pump"]
    (record,) = caplog.records
    assert (record.twin, record.actuator) == ("dt:Box", "warm")
    assert record.error == (
        "Box/twin.yaml:4: actuators.warm: gpio/17 is used by dt:First/pump already"
    )


def test_a_pin_that_becomes_contested_loses_the_driver_that_it_had():
    buses = SimBuses()
    before = fit([box("a: {driver: pump, pin: 17}")], buses, {})
    before["dt:Box/a"].actuator.apply(ON)
    before["dt:Box/a"].actuator.apply(OFF)
    both = box("a: {driver: pump, pin: 17}", "b: {driver: heater, pin: 17}")
    assert fit([both], buses, before) == {}
