"""What a simulated chip is: the other end of the wire, and the world it measures.

A simulator is one file with one class: a second reading of the datasheet, which knows
nothing of the driver. It sees the bytes or levels on its bus, the time, and physical
values; it raises `NoAcknowledge` where the datasheet says that the chip does not answer.
"""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec

Sense = Callable[[str], float]
"""Returns the true value of one of the chip's quantities, in the unit that it names."""


class Time(Protocol):
    """Time as chips and simulated buses see it; a `Clock` that can be slept on."""

    def monotonic(self) -> float:
        """Return seconds that never step."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Surroundings(Protocol):
    """The physical world around the chips of one twin."""

    def value(self, quantity: str) -> float:
        """Return what is true now, in Cel, %, lx, hPa or V.

        Args:
            quantity: ``air.temperature``, ``air.humidity``, ``air.pressure``, ``light``,
                ``soil.moisture``, ``soil.temperature`` …

        Raises:
            KeyError: This world has no such quantity.
        """
        ...


class BusName(StrEnum):
    """Which simulated bus a chip sits on."""

    I2C = "i2c"
    ONE_WIRE = "1-wire"
    SPI = "spi"
    GPIO = "gpio"


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where a chip sits; read from the options of a sensor in twin.yaml.

    Attributes:
        bus: Number of the I²C or SPI bus.
        address: I²C address; None: the chip's default.
        pin: BCM number of the GPIO pin; None: the chip's default.
        id: Id of a 1-Wire chip; empty: one is made up.
        select: Chip select of the SPI bus.
    """

    bus: int | None = None
    address: int | None = None
    pin: int | None = None
    id: str = ""
    select: int = 0


class NoAcknowledge(Exception):  # noqa: N818 - on a bus this is an answer, not a fault
    """The chip does not acknowledge its address or a byte."""


class Chip(Protocol):
    """What all simulators have in common; the constructor takes ``(sense, time)``.

    Attributes:
        BUS: Which bus it sits on.
        PLACE: Where it sits unless told otherwise.
        SENSES: Its quantities, each with the usual name in `Surroundings`.
    """

    BUS: ClassVar[BusName]
    PLACE: ClassVar[Placement]
    SENSES: ClassVar[dict[str, str]]

    def power_on(self) -> None:
        """Forget everything, as after a loss of supply."""
        ...


class I2CChip(Chip, Protocol):
    """A chip on an I²C bus."""

    def write(self, data: bytes) -> None:
        """Take one write transaction; empty: only the address was sent."""
        ...

    def read(self, count: int) -> bytes:
        """Answer one read transaction with exactly `count` bytes."""
        ...


class OneWireChip(Chip, Protocol):
    """A thermometer on a 1-Wire bus."""

    def convert(self) -> None:
        """Take the command CONVERT T (44h)."""
        ...

    def conversion_s(self) -> float:
        """Return how long the kernel waits for a conversion, in s."""
        ...

    def scratchpad(self) -> bytes:
        """Answer READ SCRATCHPAD (BEh) with 9 bytes."""
        ...


class SpiChip(Chip, Protocol):
    """A chip behind one chip select of a SPI bus."""

    def transfer(self, data: bytes) -> bytes:
        """Take bytes while the chip is selected; answer as many."""
        ...


class PinChip(Chip, Protocol):
    """A part on one GPIO pin."""

    def pulses(self, wake_us: int) -> list[int]:
        """Answer a low pulse of `wake_us` with level lengths in µs, low first."""
        ...

    def edges(self) -> int:
        """Return the rising edges given since power-on."""
        ...

    def level(self) -> bool | None:
        """Return the level that the part drives; None: it drives none."""
        ...

    def drive(self, level: bool) -> None:
        """See the level that the appliance drives."""
        ...


class MakeChip(Protocol):
    """The constructor of every simulator class."""

    BUS: BusName
    PLACE: Placement
    SENSES: dict[str, str]

    def __call__(self, sense: Sense, time: Time) -> Chip:
        """Return the chip, just powered on."""
        ...


class VirtualTime:
    """A clock that moves only when it is told to or slept on; for tests and scenarios.

    It serves as `Time` and as `dt.clock.Clock`.
    """

    def __init__(self, now_ms: int = 1_767_225_600_000) -> None:
        self._start_ms = now_ms
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """Return the seconds slept so far, from 1000."""
        return 1000.0 + self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move on at once; as `time.sleep`, never back."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        with self._lock:
            self._elapsed += seconds

    def now_ms(self) -> int:
        """Return UTC in ms."""
        return self._start_ms + round(self._elapsed * 1000)

    def trusted(self) -> bool:
        """Tell that `now_ms` may be believed."""
        return True

    def boot_id(self) -> str:
        """Return the id of the only boot."""
        return "virtual"
