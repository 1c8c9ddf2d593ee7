"""What was said on buses, written down from real chips to be tested against without them.

A recording is a file of JSON lines: first a `Title`, then one `Frame` per transaction.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from dt.errors import HardwareError
from dt.hardware.bus import Buses, GpioPin, I2CBus, OneWireBus, SpiBus

Note = Callable[["Frame"], None]


class Title(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording is of.

    Attributes:
        driver: Kind of the driver.
        options: That it ran with.
        source: Where the frames come from: a chip and its board, or a datasheet.
        expect: What the driver reads from them.
    """

    driver: str
    options: dict[str, int | float | str] = {}
    source: str
    expect: dict[str, float]


class Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One transaction.

    Attributes:
        bus: ``i2c-1``, ``1-wire``, ``spi-0.0`` or ``gpio``.
        place: Address, id or pin.
        sent: What went to the chip, in hexadecimal digits.
        got: What came back, in hexadecimal digits.
        levels: Level lengths of a pin in µs.
    """

    bus: str
    place: str = ""
    sent: str = ""
    got: str = ""
    levels: tuple[int, ...] = ()


class RecordedI2C:
    """An I²C bus that notes each transaction."""

    def __init__(self, bus: I2CBus, note: Note) -> None:
        self.name = bus.name
        self._bus = bus
        self._note = note

    def scan(self) -> list[int]:
        """Pass on; a scan is not noted."""
        return self._bus.scan()

    def write(self, address: int, data: bytes) -> None:
        """Pass on and note."""
        self._bus.write(address, data)
        self._keep(address, data, b"")

    def read(self, address: int, count: int) -> bytes:
        """Pass on and note."""
        return self._keep(address, b"", self._bus.read(address, count))

    def write_read(self, address: int, data: bytes, count: int) -> bytes:
        """Pass on and note."""
        return self._keep(address, data, self._bus.write_read(address, data, count))

    def close(self) -> None:
        """Pass on."""
        self._bus.close()

    def _keep(self, address: int, sent: bytes, got: bytes) -> bytes:
        place = f"0x{address:02x}"
        self._note(Frame(bus=self.name, place=place, sent=sent.hex(), got=got.hex()))
        return got


class RecordedOneWire:
    """A 1-Wire bus that notes each scratchpad."""

    def __init__(self, bus: OneWireBus, note: Note) -> None:
        self.name = bus.name
        self._bus = bus
        self._note = note

    def scan(self) -> list[str]:
        """Pass on; a scan is not noted."""
        return self._bus.scan()

    def read_scratchpad(self, chip: str) -> bytes:
        """Pass on and note."""
        got = self._bus.read_scratchpad(chip)
        self._note(Frame(bus=self.name, place=chip, got=got.hex()))
        return got

    def close(self) -> None:
        """Pass on."""
        self._bus.close()


class RecordedPin:
    """A pin that notes pulse trains."""

    def __init__(self, pin: GpioPin, note: Note) -> None:
        self.name = pin.name
        self._pin = pin
        self._note = note

    def pulses(self, *, wake_us: int, count: int, timeout_s: float) -> list[int]:
        """Pass on and note."""
        levels = self._pin.pulses(wake_us=wake_us, count=count, timeout_s=timeout_s)
        place = self.name.rpartition("/")[2]
        self._note(Frame(bus="gpio", place=place, levels=tuple(levels)))
        return levels

    def count(self) -> int:
        """Pass on."""
        return self._pin.count()

    def read(self) -> bool:
        """Pass on."""
        return self._pin.read()

    def write(self, level: bool) -> None:
        """Pass on."""
        self._pin.write(level)

    def close(self) -> None:
        """Pass on."""
        self._pin.close()


class RecordedBuses:
    """Buses that note what is said on them."""

    def __init__(self, buses: Buses, note: Note) -> None:
        self._buses = buses
        self._note = note

    def i2c(self, bus: int = 1) -> I2CBus:
        """Return a bus that notes."""
        return RecordedI2C(self._buses.i2c(bus), self._note)

    def one_wire(self) -> OneWireBus:
        """Return a bus that notes."""
        return RecordedOneWire(self._buses.one_wire(), self._note)

    def spi(self, bus: int = 0, select: int = 0) -> SpiBus:
        """Return the bus; SPI is not noted yet by any driver."""
        return self._buses.spi(bus, select)

    def pin(self, number: int) -> GpioPin:
        """Return a pin that notes."""
        return RecordedPin(self._buses.pin(number), self._note)

    def close(self) -> None:
        """Release the buses."""
        self._buses.close()


def load(path: Path) -> tuple[Title, list[Frame]]:
    """Return the title and the frames of a recording.

    Raises:
        HardwareError: The file is no recording.
    """
    lines = path.read_bytes().splitlines()
    try:
        title = msgspec.json.decode(lines[0], type=Title)
        return title, [msgspec.json.decode(line, type=Frame) for line in lines[1:]]
    except (msgspec.DecodeError, IndexError) as error:
        raise HardwareError(f"{path} is no recording: {error}") from error


def save(path: Path, title: Title, frames: Iterable[Frame]) -> None:
    """Write a recording."""
    parts = [msgspec.json.encode(part) for part in (title, *frames)]
    path.write_bytes(b"\n".join(parts) + b"\n")
