"""A box with a plant, a controller at work on it, and a clock that is told to move."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from controller.fitting import Fitted
from controller.work import Work
from dt.config import Config
from dt.errors import HardwareError
from dt.store.appliance import Appliance
from dt.store.commands import NewCommand
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.store.twins import Twin
from dt.twin.command import OFF, ON, Verb
from dt.twin.quality import Quality, Reason, pack
from dt.twin.reader import read
from dt.twin.readings import Readings

TWIN = (Path(__file__).parent / "box.yaml").read_text("utf-8")


class Clock:
    """Time that moves when it is told to; UTC may be set without time passing."""

    def __init__(self):
        self.utc_ms = 1_790_000_000_000
        self.ticks = 5000.0
        self.believed = True
        self.boot = "boot-1"

    def now_ms(self):
        return self.utc_ms

    def monotonic(self):
        return self.ticks

    def trusted(self):
        return self.believed

    def boot_id(self):
        return self.boot

    def pass_time(self, seconds):
        self.utc_ms += round(seconds * 1000)
        self.ticks += seconds

    def set(self, by_s):
        self.utc_ms += round(by_s * 1000)


class Device:
    """The far end of a wire: what was switched, and when (monotonic s)."""

    VERBS = frozenset({Verb.ON, Verb.OFF})

    def __init__(self, clock):
        self._clock = clock
        self.command = OFF
        self.broken = False
        self.welded = False
        self.switched = []

    def apply(self, command):
        if self.broken:
            raise HardwareError("gpio/17 is in use by another program")
        if command != self.command:
            self.switched.append((self._clock.monotonic(), str(command)))
        self.command = command

    def report(self):
        return ON if self.welded else self.command

    def close(self):
        """Hold nothing."""

    def runs(self):
        """Lengths of the runs that are over, in s."""
        on = [at for at, command in self.switched if command != "OFF"]
        off = [at for at, command in self.switched if command == "OFF"]
        return [round(b - a, 1) for a, b in zip(on, off, strict=False)]


class Dimmer(Device):
    """One that takes shares."""

    VERBS = frozenset(Verb)


class Box:
    """The box: readings go in, actuators move. Each `run` ticks 25 times a second."""

    def __init__(self, folder, clock, text):
        store = msgspec.structs.replace(Config().store, live_dir=str(folder / "live"))
        self.config = Config(data=str(folder / "data"), store=store)
        self.clock = clock
        self.log = Log.open(self.config, clock)
        self.appliance = Appliance.open(self.config, clock)
        self.own = Appliance.open(self.config, clock)  # the controller's
        self.commands = self.appliance.commands
        self.devices = {}
        self.work = None
        self.values = {}
        self.codes = {}
        self.declare(text)
        self.start()

    def declare(self, text):
        self.twin = read(text, "box/twin.yaml")
        row = Twin(file="box/twin.yaml", id=self.twin.id, description=self.twin)
        self.appliance.twins.replace([row])
        rows = [
            SignalRow(name=self.twin.full_name(name), twin=self.twin.id, unit=spec.unit)
            for name, spec in self.twin.signals.items()
        ]
        self.ids = self.log.register(rows)

    def start(self):
        """Start the controller, as after a crash if it ran before."""
        for name, declared in self.twin.actuators.items():
            kind = Dimmer if declared["driver"] == "pwm" else Device
            self.devices.setdefault(name, kind(self.clock))
        self.fitted = {
            self.twin.full_name(name): Fitted(
                actuator=self.devices[name],
                verbs=self.devices[name].VERBS,
                declared=declared,
            )
            for name, declared in self.twin.actuators.items()
        }
        self.work = Work(self.config, self.clock, self.log, self.own)
        self.load()

    def load(self):
        self.work.load([self.twin], self.fitted)

    def read(self, **values):
        """Let sensors read these values from now on; None: they fail."""
        for name, value in values.items():
            bad = value is None
            self.codes[name] = pack(Quality.BAD, Reason.HARDWARE_ABSENT) if bad else 0
            self.values[name] = np.nan if bad else value

    def silence(self, *names):
        for name in names:
            self.values.pop(name)

    def _append(self):
        names = list(self.values)
        self.log.append(
            Readings(
                signal=np.array(
                    [self.ids[self.twin.full_name(n)] for n in names], np.int32
                ),
                observed_at=np.full(len(names), self.clock.now_ms(), np.int64),
                value=np.array([self.values[n] for n in names], float),
                code=np.array([self.codes[n] for n in names], np.uint16),
            )
        )

    def run(self, seconds, step=0.04, every=5.0):
        end = self.clock.ticks + seconds - 1e-9
        read_at = self.clock.ticks
        while self.clock.ticks < end:
            if self.values and self.clock.ticks >= read_at - 1e-9:
                read_at += every
                self._append()
            self.work.switch.end_due()
            self.work.tick()
            self.clock.pass_time(step)

    def ask(self, actuator, command, duration=None, **rest):
        asked = {"twin": "dt:Box", "actuator": actuator, "command": command}
        return self.commands.submit(
            NewCommand(**asked, duration_s=duration, **({"by": "ada"} | rest))
        )

    def last(self, actuator):
        return self.commands.newest(1, actuator=actuator)[0]

    def told(self, actuator):
        return self.appliance.properties.get("dt:Box", actuator)

    def close(self):
        self.log.close()
        self.appliance.close()
        self.own.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_box(tmp_path, clock):
    made = []

    def make(more="", text=TWIN):
        made.append(Box(tmp_path, clock, text + more))
        return made[-1]

    yield make
    for box in made:
        box.close()
