"""Whatever happens to the controller or a sensor, what it switched on goes off."""

import os
import random
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from dt.clock import SystemClock
from dt.config import runtime_dir
from dt.store.appliance import Appliance
from dt.store.commands import NewCommand

pytestmark = [pytest.mark.slow, pytest.mark.server]

BOX = """\
"@id": dt:Box_001
name: Box
signals: {air: {unit: Cel}, soil: {unit: "%"}}
sensors:
  climate: {driver: sht31, every: 1s, reads: {temperature: air}}
  probe: {driver: stemma_soil, every: 1s, reads: {moisture: soil}}
actuators:
  pump: {driver: pump, pin: 17, max_on: 60s}
  heater: {driver: heater, pin: 22, requires: [air]}
"""


class Hands:
    """People at one end of an appliance, pins at the other."""

    def __init__(self, appliance):
        self.appliance = appliance
        self.pins = runtime_dir(appliance.config) / "gpio"
        self.store = Appliance.open(appliance.config, SystemClock("always"))

    def is_on(self, pin):
        path = self.pins / str(pin)
        return path.exists() and path.read_text() == "1"

    def ask(self, actuator, command="ON", duration=None):
        asked = {"twin": "dt:Box_001", "actuator": actuator, "command": command}
        return self.store.commands.submit(
            NewCommand(**asked, duration_s=duration, by="ada")
        )

    def know_twin(self):
        known = lambda: self.store.twins.get("dt:Box_001")  # noqa: E731
        self.appliance.wait(known, "knows its twin", 30)

    def switch_on(self, actuator, pin):
        self.appliance.wait(
            lambda: self.store.twins.get("dt:Box_001"), "knows its twin", 30
        )
        row = self.ask(actuator)
        self.appliance.wait(lambda: self.is_on(pin), f"has its {actuator} on", 20)
        return row

    def off_after_s(self, pin, within_s):
        begin = time.monotonic()
        self.appliance.wait(lambda: not self.is_on(pin), f"has pin {pin} low", within_s)
        return time.monotonic() - begin

    def pid(self):
        # the guardian is a child of the same name, and younger
        return min(self.appliance.pids_of("controller"))


@pytest.fixture
def hands(make_appliance):
    made = []

    def make(twin=BOX):
        appliance = make_appliance({"box": twin})
        made.append(Hands(appliance))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def test_a_killed_controller_leaves_no_pump_running(hands):
    box = hands()
    box.appliance.start("run", "collector")
    box.appliance.start("run", "controller")
    row = box.switch_on("pump", 17)
    os.kill(box.pid(), signal.SIGKILL)
    assert box.off_after_s(17, within_s=5) <= 1.0
    box.appliance.start("run", "controller")
    box.appliance.wait(lambda: not box.store.commands.get(row.id).open, "tells it", 20)
    assert box.store.commands.get(row.id).state == "failed"


def test_a_controller_that_hangs_is_killed_and_leaves_no_pump_running(hands):
    box = hands()
    box.appliance.start("run", "collector")
    process = box.appliance.start("run", "controller")
    box.switch_on("pump", 17)
    os.kill(box.pid(), signal.SIGSTOP)
    box.off_after_s(17, within_s=20)
    assert process.wait(5) == -signal.SIGKILL


def test_a_controller_that_is_told_to_stop_leaves_no_pump_running(hands):
    box = hands()
    box.appliance.start("run", "collector")
    process = box.appliance.start("run", "controller")
    box.switch_on("pump", 17)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert not box.is_on(17)


def test_a_controller_that_starts_makes_safe_what_somebody_left_on(hands):
    box = hands()
    box.pins.mkdir(parents=True)
    (box.pins / "17").write_text("1")
    box.appliance.start("run", "controller")
    box.off_after_s(17, within_s=20)


def test_a_heater_goes_off_within_a_period_when_its_thermometer_is_unplugged(hands):
    box = hands()
    box.appliance.start("run", "collector")
    box.appliance.start("run", "controller")
    box.know_twin()
    time.sleep(3)  # a good reading first: without one the heater is refused
    row = box.switch_on("heater", 22)
    world = box.appliance.config.data_dir / "world.yaml"
    world.write_text("faults: {i2c-1/0x44: [{kind: absent}]}\n")
    # the fault is seen within 0.1 s, the next reading comes within the period of 1 s
    assert box.off_after_s(22, within_s=10) <= 1.0 + 0.5
    box.appliance.wait(lambda: not box.store.commands.get(row.id).open, "tells it", 10)
    ended = box.store.commands.get(row.id)
    assert (ended.state, ended.interlock) == ("failed", "requires")
    box.appliance.wait(
        lambda: any(a.key.endswith("/sensors/climate") for a in box.store.alerts.all()),
        "has an alert",
        20,
    )


def test_a_storm_of_kills_carries_no_command_out_twice(hands):
    box = hands()
    box.appliance.start("run", "collector")
    chance = random.Random(7)
    box.know_twin()
    for _ in range(20):
        process = box.appliance.start("run", "controller")
        rows = [box.ask("pump", "ON", 0.2), box.ask("pump", "OFF")]
        time.sleep(chance.uniform(0.3, 1.5))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        box.off_after_s(17, within_s=5)
        assert len(rows) == 2
    box.appliance.start("run", "controller")
    table = box.store.commands
    over = lambda: not table.queued() and not table.unfinished()  # noqa: E731
    box.appliance.wait(over, "has done with all commands", 30)
    states = [row.state for row in box.store.commands.newest(100)]
    assert len(states) == 40
    assert set(states) <= {"done", "failed", "superseded", "refused"}
    with closing(sqlite3.connect(box.appliance.config.data_dir / "appliance.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
