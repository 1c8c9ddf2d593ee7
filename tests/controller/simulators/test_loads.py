"""What hangs on simulated pins: it acts on the world of its twin, and it breaks."""

import pytest

from collector.world import Climate, State, World
from controller.fitting import make_safe
from controller.plan import drivers_of
from dt.config import Config
from dt.hardware.buses import simulate, wire
from dt.hardware.chip import VirtualTime
from dt.hardware.faults import Fault, FaultKind
from dt.hardware.world_files import WorldFiles
from dt.twin.command import OFF, ON
from dt.twin.command import read as command
from dt.twin.reader import read

HOUR = 3600
BOX = """
"@id": dt:Box
name: Box
actuators:
  pump: {driver: pump, pin: 17, feedback: 5}
  second: {driver: pump, pin: 18}
  warm: {driver: heater, pin: 22, active: low}
  lamp: {driver: light, pin: 27}
  draught: {driver: relay, pin: 24, acts: fan}
  glow: {driver: pwm, channel: 1, acts: light}
"""


class Bench:
    """A twin, its simulated buses as one process sees them, and its world."""

    def __init__(self, folder, text=BOX):
        file = folder / "twins/box/twin.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.twin = read(text, str(file))
        store = Config().store.__class__(live_dir=str(folder / "live"))
        self.config = Config(
            data=str(folder / "data"),
            store=store,
            hardware="sim",
            twins=(str(folder / "twins"),),
        )
        self.config.data_dir.mkdir(parents=True, exist_ok=True)
        self.time = VirtualTime()
        self.buses = simulate(self.config, time=self.time)
        wire(self.buses, [self.twin], self.config)
        made = drivers_of(self.twin, list(self.twin.actuators), self.buses)
        assert made.problems == {}
        self.drivers = made.drivers
        self.files = WorldFiles.of(self.config, self.twin.id)

    def tell(self, name, text):
        self.drivers[name].apply(command(text))

    def break_(self, target, kind, **more):
        self.buses.conditions.faults.inject(target, Fault(kind=kind, **more))


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("name", "quantity", "least"),
    [
        ("pump", "soil.moisture", 5.0),
        ("warm", "air.temperature", 0.05),
        ("lamp", "light", 5000.0),
        ("glow", "light", 5000.0),
    ],
)
def test_what_a_driver_switches_is_felt_in_the_world(bench, name, quantity, least):
    with_it = World(Climate(1, by_hand=False), bench.time, bench.files)
    without = World(Climate(1, by_hand=False), bench.time)
    bench.tell(name, "ON")
    bench.time.sleep(60)
    assert with_it.value(quantity) - without.value(quantity) > least


def test_a_fan_cools_what_a_lamp_warms(bench):
    world = World(Climate(1, by_hand=False), bench.time, bench.files)
    still = Climate(1, by_hand=False)
    start = State(at=bench.time.now_ms())
    bench.tell("lamp", "ON")
    bench.tell("draught", "ON")
    bench.time.sleep(HOUR)
    alone = still.advance(start, bench.time.now_ms(), {"light": 1.0})
    warm = still.seen(alone, "air.temperature", {"light": 1.0})
    assert world.value("air.temperature") < warm - 0.5


def test_two_pumps_add_up_and_one_does_not_end_the_other(bench):
    bench.tell("pump", "ON")
    bench.tell("second", "ON")
    assert bench.files.acts("pump") == 1.0
    bench.tell("second", "OFF")
    assert bench.files.acts("pump") == 1.0
    bench.tell("pump", "OFF")
    assert bench.files.acts("pump") == 0.0


def test_a_dimmed_lamp_adds_to_another(bench):
    bench.tell("glow", "SET_PWM:0.25")
    assert bench.files.inputs(0.0) == {"light": 0.25}
    bench.tell("lamp", "ON")
    assert bench.files.acts("light") == 1.0


def test_a_welded_contact_goes_on_and_only_feedback_tells(bench):
    bench.tell("pump", "ON")
    bench.tell("draught", "ON")
    for target in ("gpio/17", "gpio/24"):
        bench.break_(target, FaultKind.WELDED)
    for name in ("pump", "draught"):
        bench.tell(name, "OFF")
    assert not bench.buses.pin(17).read()
    assert (bench.files.acts("pump"), bench.files.acts("fan")) == (1.0, 1.0)
    assert bench.drivers["pump"].report() == ON
    assert bench.drivers["draught"].report() == OFF, "a pin knows nothing of its load"


def test_a_welded_contact_stays_welded_for_the_next_process(bench, tmp_path):
    bench.tell("pump", "ON")
    fault = "faults: {gpio/17: [{kind: welded}]}"
    (bench.config.data_dir / "world.yaml").write_text(fault)
    assert make_safe(bench.config) == 6
    assert bench.files.acts("pump") == 1.0
    assert Bench(tmp_path).drivers["pump"].report() == ON
    (bench.config.data_dir / "world.yaml").unlink()
    make_safe(bench.config)
    assert bench.files.acts("pump") == 0.0


def test_a_stuck_relay_does_not_move_either_way(bench):
    bench.break_("gpio/17", FaultKind.STUCK)
    bench.tell("pump", "ON")
    assert (bench.files.acts("pump"), bench.drivers["pump"].report()) == (0.0, OFF)
    bench.buses.conditions.faults.clear()
    bench.tell("pump", "ON")
    bench.break_("gpio", FaultKind.STUCK)
    bench.tell("pump", "OFF")
    assert bench.drivers["pump"].report() == ON


def test_a_relay_board_that_is_unplugged_does_nothing(bench):
    bench.tell("warm", "ON")
    assert bench.files.acts("heater") == 1.0
    bench.break_("gpio/22", FaultKind.ABSENT)
    bench.tell("warm", "ON")
    assert bench.files.acts("heater") == 0.0
    assert bench.drivers["warm"].report() == ON, "its pin is driven all the same"


def test_a_slow_relay_takes_its_time(bench):
    bench.break_("gpio/17", FaultKind.SLOW, seconds=2.0)
    before = bench.time.monotonic()
    bench.tell("pump", "ON")
    assert bench.time.monotonic() - before >= 2.0


@pytest.mark.parametrize(
    ("kind", "done"),
    [(FaultKind.WELDED, 0.8), (FaultKind.STUCK, 0.8), (FaultKind.ABSENT, 0.0)],
)
def test_a_dimmer_breaks_as_a_relay_does(bench, kind, done):
    bench.tell("glow", "SET_PWM:0.8")
    bench.break_("pwm0.1", kind, times=1)
    bench.tell("glow", "SET_PWM:0.2")
    assert bench.files.acts("light") == pytest.approx(done)
    assert str(bench.drivers["glow"].report()) == "SET_PWM:0.2"
    bench.tell("glow", "SET_PWM:0.2")
    assert bench.files.acts("light") == pytest.approx(0.2)


def test_what_is_dimmed_by_a_pin_acts_and_breaks_too(tmp_path):
    text = BOX.replace("relay, pin: 24, acts: fan", "fan, pin: 18, pwm: true")
    bench = Bench(tmp_path, text.replace("second: {driver: pump, pin: 18}", ""))
    bench.tell("draught", "SET_PWM:0.4")
    assert bench.files.acts("fan") == pytest.approx(0.4)
    bench.break_("gpio/18", FaultKind.WELDED)
    bench.tell("draught", "OFF")
    assert bench.files.acts("fan") == pytest.approx(0.4)
    again = simulate(bench.config, time=bench.time)
    assert again.pwm_pin(18).read() == 0.0
    assert bench.drivers["draught"].report() == OFF


def test_a_board_that_is_declared_the_other_way_round_is_hung_anew(bench):
    turned = read(BOX.replace("pin: 27", "pin: 27, active: low"), "box/twin.yaml")
    wire(bench.buses, [turned], bench.config)
    drivers_of(turned, ["lamp"], bench.buses).drivers["lamp"].apply(ON)
    assert not bench.buses.pin(27).read()
    assert bench.files.acts("light") == 1.0
