import random

import pytest

from dt.errors import BusStuckError, HardwareAbsentError
from dt.hardware.chip import NoAcknowledge, VirtualTime
from dt.hardware.faults import Fault, FaultKind, Faults
from dt.hardware.simbus import Conditions, SimGpio, SimI2C, SimOneWire, SimPin, SimSpi


class Echo:
    """A chip that answers with what was written."""

    def __init__(self):
        self.data = b""
        self.starts = 0
        self.busy = False

    def power_on(self):
        self.starts += 1
        self.data = b""

    def write(self, data):
        self.data = data or self.data

    def read(self, count):
        if self.busy:
            raise NoAcknowledge
        return (self.data + b"\xff" * count)[:count]

    def transfer(self, data):
        return bytes(reversed(data))

    def convert(self):
        self.data = b"converted"

    def conversion_s(self):
        return 0.75

    def scratchpad(self):
        return self.data

    def pulses(self, wake_us):
        return [80, 80, *[50, 26] * 40, 50]

    def edges(self):
        return 7

    def level(self):
        return None

    def drive(self, level):
        self.data = bytes((level,))


@pytest.fixture
def conditions():
    return Conditions(time=VirtualTime(), faults=Faults(random.Random(1)))


@pytest.fixture
def chip():
    return Echo()


@pytest.fixture
def i2c(conditions, chip):
    bus = SimI2C("i2c-1", conditions)
    bus.chips["0x23"] = chip
    return bus


def test_a_transaction_takes_the_time_of_its_bytes(i2c, conditions):
    i2c.write(0x23, b"abc")
    assert conditions.time.monotonic() - 1000 == pytest.approx(4 * 90e-6)
    assert i2c.read(0x23, 3) == b"abc"
    assert i2c.write_read(0x23, b"xy", 2) == b"xy"


def test_a_scan_finds_what_acknowledges(i2c, conditions, chip):
    i2c.chips["0x10"] = chip
    assert i2c.scan() == [0x10, 0x23]
    conditions.faults.inject("i2c-1/0x10", Fault(kind=FaultKind.ABSENT))
    assert i2c.scan() == [0x23]


def test_nothing_at_an_address_is_absent(i2c):
    with pytest.raises(HardwareAbsentError, match="0x24 on i2c-1"):
        i2c.read(0x24, 1)


def test_a_chip_that_does_not_acknowledge_now_looks_absent(i2c, chip):
    chip.busy = True
    with pytest.raises(HardwareAbsentError):
        i2c.read(0x23, 1)


def test_a_stuck_bus_takes_a_second_and_strikes_every_chip(i2c, conditions):
    conditions.faults.inject("i2c-1", Fault(kind=FaultKind.STUCK_BUS, times=2))
    before = conditions.time.monotonic()
    with pytest.raises(BusStuckError):
        i2c.read(0x23, 1)
    assert conditions.time.monotonic() - before == pytest.approx(1)
    with pytest.raises(BusStuckError):
        i2c.scan()
    assert i2c.scan() == [0x23]


def test_a_flipped_bit_is_one_bit(i2c, conditions):
    i2c.write(0x23, b"\0\0\0")
    conditions.faults.inject("i2c-1/0x23", Fault(kind=FaultKind.BIT_FLIP, times=2))
    assert sum(byte.bit_count() for byte in i2c.read(0x23, 3)) == 1
    assert sum(byte.bit_count() for byte in i2c.write_read(0x23, b"\0", 1)) == 1
    assert i2c.read(0x23, 3) == b"\0\xff\xff"


def test_a_loss_of_power_starts_the_chip_anew(i2c, conditions, chip):
    i2c.write(0x23, b"abc")
    conditions.faults.inject("i2c-1/0x23", Fault(kind=FaultKind.POWER_LOSS, times=1))
    assert i2c.read(0x23, 3) == b"\xff\xff\xff"
    assert chip.starts == 1


def test_the_one_wire_bus_waits_for_the_conversion(conditions, chip):
    bus = SimOneWire("1-wire", conditions)
    bus.chips["28-1"] = chip
    assert bus.scan() == ["28-1"]
    assert bus.read_scratchpad("28-1") == b"converted"
    assert conditions.time.monotonic() - 1000 == pytest.approx(0.75)
    with pytest.raises(HardwareAbsentError, match="28-2"):
        bus.read_scratchpad("28-2")


def test_a_chip_that_leaves_during_its_conversion_is_absent(conditions, chip):
    bus = SimOneWire("1-wire", conditions)
    bus.chips["28-1"] = chip
    leaves = Fault(kind=FaultKind.ABSENT, probability=0.5)
    conditions.faults.inject("1-wire/28-1", leaves)
    ends = set()
    for _ in range(40):
        try:
            bus.read_scratchpad("28-1")
            ends.add("read")
        except HardwareAbsentError:
            ends.add("absent")
    assert ends == {"read", "absent"}


def test_a_spi_line_without_a_chip_reads_ones(conditions, chip):
    bus = SimSpi("spi-0.0", conditions)
    assert bus.transfer(b"ab") == b"\xff\xff"
    bus.chips["chip"] = chip
    assert bus.transfer(b"ab") == b"ba"


def test_a_pin_without_a_part_reads_what_was_written(conditions):
    pin = SimPin(SimGpio("gpio", conditions), 17)
    assert pin.read() is False
    pin.write(True)
    assert pin.read() is True
    assert pin.count() == 0
    assert pin.pulses(wake_us=1000, count=81, timeout_s=0.25) == []
    assert conditions.time.monotonic() - 1000 == pytest.approx(0.251)


def test_a_pin_with_a_part_gives_its_last_levels(conditions, chip):
    gpio = SimGpio("gpio", conditions)
    gpio.chips["17"] = chip
    pin = SimPin(gpio, 17)
    assert pin.pulses(wake_us=1000, count=81, timeout_s=0.25) == [*[50, 26] * 40, 50]
    assert pin.count() == 7
    pin.write(True)
    assert chip.data == b"\x01"


def test_a_damaged_pulse_train_differs_in_one_level(conditions, chip):
    gpio = SimGpio("gpio", conditions)
    gpio.chips["17"] = chip
    conditions.faults.inject("gpio", Fault(kind=FaultKind.BIT_FLIP))
    levels = SimPin(gpio, 17).pulses(wake_us=1000, count=81, timeout_s=0.25)
    assert sorted(levels).count(70) == 1
