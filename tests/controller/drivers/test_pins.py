"""Switches and dimmers on simulated pins: what they do, and what outlives them."""

import pytest

from controller.drivers.fan import Fan
from controller.drivers.heater import Heater
from controller.drivers.light import Light
from controller.drivers.pump import Pump
from controller.drivers.pwm import Pwm, PwmOptions
from controller.drivers.relay import Relay
from controller.fitting import fit, make_safe
from controller.plan import drivers_of
from dt.config import Config
from dt.hardware.buses import open_buses, wire
from dt.hardware.world_files import WorldFiles
from dt.twin.command import OFF, ON, Verb, read
from dt.twin.reader import read as read_twin

BOX = (
    '"@id": dt:Box\nname: Box\nactuators:\n'
    "  pump: {driver: relay, pin: 17, max_on: 30s}\n"
    "  warm: {driver: heater, pin: 22, active: low}\n"
    "  glow: {driver: pwm, channel: 0, acts: light}\n"
)


@pytest.fixture
def config(tmp_path):
    (tmp_path / "twins/box").mkdir(parents=True)
    (tmp_path / "twins/box/twin.yaml").write_text(BOX)
    store = Config().store.__class__(live_dir=str(tmp_path / "live"))
    twins = (str(tmp_path / "twins"),)
    return Config(data=str(tmp_path / "data"), store=store, hardware="sim", twins=twins)


@pytest.fixture
def twin():
    return read_twin(BOX, "box/twin.yaml")


@pytest.fixture
def buses(config, twin):
    opened = open_buses(config)
    wire(opened, [twin], config)
    return opened


@pytest.mark.parametrize("kind", [Relay, Pump, Fan, Light, Heater])
@pytest.mark.parametrize(("active", "level"), [("high", True), ("low", False)])
def test_a_switch_drives_the_level_of_its_board(buses, kind, active, level):
    switch = kind(kind.Options(pin=5, active=active), buses, "it")
    assert switch.report() is None
    switch.apply(ON)
    assert (buses.pin(5).read(), switch.report()) == (level, ON)
    switch.apply(OFF)
    assert (buses.pin(5).read(), switch.report()) == (not level, OFF)
    switch.close()
    assert switch.report() is None
    assert switch.DESCRIPTION.kind == kind.__module__.rpartition(".")[2]


def test_a_dimmer_gives_shares(buses):
    glow = Pwm(PwmOptions(channel=1), buses, "glow")
    glow.apply(read("SET_PWM:0.4"))
    assert str(glow.report()) == "SET_PWM:0.4"
    glow.apply(ON)
    assert buses.pwm(0, 1).read() == 1.0
    glow.apply(OFF)
    assert glow.report() == OFF


@pytest.mark.parametrize("kind", [Fan, Light])
def test_a_fan_and_a_lamp_can_be_dimmed_on_a_pin_with_pwm(buses, kind):
    dim = kind(kind.Options(pin=18, pwm=True), buses, "it")
    assert Verb.SET_PWM in dim.VERBS
    assert dim.report() is None
    dim.apply(read("SET_PWM:0.3"))
    assert buses.pwm_pin(18).read() == 0.3
    assert str(dim.report()) == "SET_PWM:0.3"
    dim.apply(OFF)
    assert dim.report() == OFF
    dim.close()
    assert dim.report() is None
    assert Verb.SET_PWM not in kind(kind.Options(pin=18), buses, "it").VERBS


def test_a_dimmer_may_name_its_pin(buses):
    glow = Pwm(PwmOptions(pin=13), buses, "glow")
    glow.apply(ON)
    assert buses.pwm_pin(13).read() == 1.0


def test_what_is_switched_does_something_to_its_world(config, twin, buses):
    made = drivers_of(twin, list(twin.actuators), buses).drivers
    files = WorldFiles.of(config, "dt:Box")
    for name in ("pump", "warm"):
        made[name].apply(ON)
    made["glow"].apply(read("SET_PWM:0.25"))
    assert files.inputs(0.0) == {"pump": 1.0, "heater": 1.0, "light": 0.25}
    made["pump"].apply(OFF)
    assert files.acts("pump") == 0.0


def test_a_killed_process_leaves_its_pins_as_they_were_and_another_makes_them_safe(
    config, twin, buses
):
    fitted = fit([twin], buses, {})
    for one in fitted.values():
        one.actuator.apply(ON)
    again = open_buses(config)
    assert again.pin(17).read()
    assert again.pwm(0, 0).read() == 1.0
    assert make_safe(config) == 3
    assert not again.pin(17).read()
    assert again.pin(22).read()  # active low
    assert WorldFiles.of(config, "dt:Box").inputs(0.0) == {
        "pump": 0.0,
        "heater": 0.0,
        "light": 0.0,
    }


def test_a_declaration_that_stays_the_same_keeps_its_driver(twin, buses):
    before = fit([twin], buses, {})
    after = fit([twin], buses, before)
    assert after["dt:Box/pump"].actuator is before["dt:Box/pump"].actuator


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("driver: relai, pin: 1", "did you mean relay?"),
        ("driver: relay", "actuators.it.pin: saw nothing"),
        ("driver: relay, pin: 99", "actuators.it.pin: saw 99"),
        ("driver: relay, pni: 4", "did you mean pin?"),
        ("driver: relay, pin: 4, active: up", "actuators.it.active"),
        ("driver: pwm, channel: 0, frequency: 0", "actuators.it.frequency: saw 0"),
        ("driver: pwm", "actuators.it: saw its values, expected either pin or channel"),
        ("driver: pwm, pin: 12, channel: 0", "expected either pin or channel"),
        ("driver: pwm, pin: 17", "actuators.it.pin: saw 17, expected a pin with hardware"),
        ("driver: fan, pin: 17, pwm: true", "actuators.it.pin: saw 17, expected a pin"),
        ("driver: light, pin: 18, pwm: true, active: low", "it.active: saw 'low'"),
        ("driver: light, pin: 18, pwm: true, feedback: 4", "it.feedback: saw 4"),
        ("driver: fan, pin: 4, safe: 'SET_PWM:0.2'", "it.safe: saw SET_PWM:0.2"),
    ],
)
def test_what_is_wrong_with_an_actuator_is_told_and_stops_no_other(buses, keys, expected):
    text = f'"@id": dt:Box\nactuators:\n  it: {{{keys}}}\n  ok: {{driver: fan, pin: 3}}\n'
    wrong = read_twin(text, "box/twin.yaml")
    made = drivers_of(wrong, ["it", "ok"], buses)
    assert expected in made.problems["it"]
    assert list(made.drivers) == ["ok"]
