"""The other end of the wire for drivers of chips: simulated buses in virtual time."""

import msgspec
import pytest

from collector.seam import Context
from dt import plugins
from dt.errors import HardwareError
from dt.hardware.chip import Placement, VirtualTime
from dt.hardware.recording import Frame
from dt.hardware.sim import SimBuses
from dt.hardware.simbus import Conditions

LIBRARIES = {
    "adafruit_bh1750": "sleep",
    "adafruit_bme280.basic": "sleep",
    "adafruit_seesaw.seesaw": "time",
    "adafruit_sht31d": "time",
    "adafruit_ads1x15.ads1x15": "time",
}


@pytest.fixture
def time(monkeypatch):
    """Virtual time, for Adafruit's drivers too: what they sleep passes at once."""
    time = VirtualTime()
    for module, name in LIBRARIES.items():
        stand_in = time.sleep if name == "sleep" else time
        monkeypatch.setattr(f"{module}.{name}", stand_in)
    return time


class Place(dict):
    """A world that a test sets: quantity to value."""

    def value(self, quantity):
        return self[quantity]


@pytest.fixture
def world():
    return Place(
        {
            "air.temperature": 23.4,
            "air.humidity": 56.7,
            "air.pressure": 1013.25,
            "light": 437.0,
            "soil.moisture": 34.0,
            "soil.temperature": 18.5,
        }
    )


class Bench:
    """Chips, their drivers and their faults on one table."""

    def __init__(self, time, world):
        self.time = time
        self.world = world
        self.buses = SimBuses(Conditions(time=time))
        self.faults = self.buses.conditions.faults

    def plug(self, kind, **place):
        """Put a simulated chip on its bus; return its target name."""
        reads = place.pop("reads", {})
        make = plugins.load("dt.simulators", kind)
        return self.buses.attach(make, Placement(**place), self.world, reads)

    def driver(self, kind, reads=None, **options):
        """Return a driver on these buses."""
        make = plugins.load("dt.sensors", kind)
        context = Context(
            twin="dt:Bench_001", sensor=kind, reads=reads or {}, media_dir="", twin_dir=""
        )
        chosen = msgspec.convert(options, make.Options)
        return make(chosen, self.buses, self.time, context)


@pytest.fixture
def bench(time, world):
    return Bench(time, world)


def values(raw):
    """Return quantity to value of one raw."""
    names = [raw.quantities[index] for index in raw.which]
    return dict(zip(names, raw.value.tolist(), strict=True))


@pytest.fixture
def read():
    """Read a driver once and return quantity to value."""
    return lambda sensor: values(sensor.read())


class Player:
    """All buses at once, with the answers of a recording; what differs is an error."""

    def __init__(self, frames):
        self.frames = list(frames)
        self.left = list(frames)
        self.name = ""
        self.spot = ""

    def i2c(self, bus=1):
        self.name = f"i2c-{bus}"
        return self

    def one_wire(self):
        self.name = "1-wire"
        return self

    def pin(self, number):
        self.name, self.spot = "gpio", str(number)
        return self

    def scan(self):
        return sorted({frame.place for frame in self.frames})

    def write(self, address, data):
        self.play(f"0x{address:02x}", data)

    def read(self, address, count):
        return self.play(f"0x{address:02x}", b"", count)

    def write_read(self, address, data, count):
        return self.play(f"0x{address:02x}", data, count)

    def read_scratchpad(self, chip):
        return self.play(chip, b"", 9)

    def pulses(self, *, wake_us, count, timeout_s):
        self.play(self.spot, b"")
        played = self.frames[len(self.frames) - len(self.left) - 1]
        return list(played.levels)[-count:]

    def play(self, place, sent, count=0):
        frame = self.left.pop(0) if self.left else None
        asked = Frame(bus=self.name, place=place, sent=sent.hex())
        if frame is None or (frame.bus, frame.place, frame.sent) != (
            asked.bus,
            asked.place,
            asked.sent,
        ):
            raise HardwareError(f"the recording: saw {asked}, expected {frame}")
        got = bytes.fromhex(frame.got)
        assert len(got) == count
        return got

    def close(self):
        """Do nothing."""


@pytest.fixture
def player():
    return Player
