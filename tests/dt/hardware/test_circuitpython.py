import sys

import pytest

from dt.errors import ChecksumError, HardwareAbsentError, HardwareError
from dt.hardware.circuitpython import CircuitI2C, Device, dht22, library


class Wire:
    name = "i2c-1"

    def __init__(self):
        self.log = []

    def scan(self):
        return [0x23]

    def write(self, address, data):
        self.log.append((address, data))

    def read(self, address, count):
        return bytes(range(count))

    def write_read(self, address, data, count):
        self.log.append((address, data))
        return bytes(range(10, 10 + count))


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def bus(wire):
    return CircuitI2C(wire)


def test_it_locks_like_busio(bus):
    assert bus.try_lock()
    assert not bus.try_lock()
    bus.unlock()
    assert bus.try_lock()
    assert bus.scan() == [0x23]


def test_parts_of_buffers_are_meant_as_busio_means_them(bus, wire):
    bus.writeto(0x23, b"abcd", start=1, end=3)
    bus.writeto(0x23, bytearray(b"xy"))
    bus.writeto(0x23, b"")
    assert wire.log == [(0x23, b"bc"), (0x23, b"xy"), (0x23, b"")]
    buffer = bytearray(b"-----")
    bus.readfrom_into(0x23, buffer, start=1, end=4)
    assert buffer == b"-\0\1\2-"
    into = bytearray(b"---")
    bus.writeto_then_readfrom(0x23, b"pqr", into, out_start=1, in_end=2)
    assert into == b"\x0a\x0b-"
    assert wire.log[-1] == (0x23, b"qr")


def test_a_device_is_made_once_and_again_after_a_failure():
    made = []

    def make():
        made.append(len(made) + 1)
        return made[-1]

    device = Device("CHIP at 0x23", make)
    device.open()
    assert device.use(lambda chip: chip) == 1
    with pytest.raises(HardwareError):
        device.use(lambda _: 1 / 0)
    assert device.use(lambda chip: chip) == 2
    device.close()
    assert device.use(lambda chip: chip) == 3


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RuntimeError("CRC mismatch"), ChecksumError),
        (RuntimeError("Checksum did not validate. Try again."), ChecksumError),
        (RuntimeError("DHT sensor not found, check wiring"), HardwareAbsentError),
        (ValueError("No I2C device at address: 0x23"), HardwareAbsentError),
        (RuntimeError("A full buffer was not returned."), HardwareError),
        (OSError(5, "Input/output error"), HardwareError),
        (HardwareAbsentError("gone"), HardwareAbsentError),
    ],
)
def test_what_a_library_raises_becomes_ours(error, kind):
    def make():
        raise error

    with pytest.raises(HardwareError) as caught:
        Device("CHIP at 0x23", make).open()
    assert type(caught.value) is kind
    assert "Try again" not in caught.value.message


def test_a_missing_library_names_the_extra():
    with pytest.raises(HardwareError, match="no_such_chip") as caught:
        library("no_such_chip")
    assert "dt-appliance[rpi]" in caught.value.hint


@pytest.mark.parametrize(
    "said", ["NotImplementedError('odd machine')", "RuntimeError('old')"]
)
def test_a_library_that_refuses_the_machine_is_an_error(tmp_path, monkeypatch, said):
    (tmp_path / "adafruit_refuses.py").write_text(f"raise {said}")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(HardwareError, match="does not work on this machine"):
        library("adafruit_refuses")


def test_what_a_library_prints_is_not_ours_to_print(tmp_path, monkeypatch, capsys):
    (tmp_path / "adafruit_prints.py").write_text("print('WARNING')")
    monkeypatch.syspath_prepend(tmp_path)
    assert library("adafruit_prints") is sys.modules["adafruit_prints"]
    assert capsys.readouterr().out == ""


class Pin:
    name = "gpio/4"

    def __init__(self, levels):
        self.levels = levels
        self.asked = []

    def pulses(self, **asked):
        self.asked.append(asked)
        return self.levels


def test_adafruits_decoder_gets_the_last_81_levels_of_our_pin():
    bits = "".join(f"{byte:08b}" for byte in bytes.fromhex("028c015fee"))
    pin = Pin([length for bit in bits for length in (50, 70 if bit == "1" else 26)] + [50])
    part = dht22(pin)
    assert (part.temperature, part.humidity) == (35.1, 65.2)
    assert pin.asked == [{"wake_us": 1000, "count": 81, "timeout_s": 0.25}]


def test_too_few_levels_are_refused():
    with pytest.raises(RuntimeError, match="full buffer"):
        _ = dht22(Pin([50] * 40)).temperature
