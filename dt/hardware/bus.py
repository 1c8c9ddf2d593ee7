"""Buses as drivers see them. `linux.py` and `sim.py` provide them."""

from typing import Protocol


class I2CBus(Protocol):
    """An I²C bus. Each call is one bus transaction, or raises a HardwareError."""

    name: str

    def scan(self) -> list[int]:
        """Return the 7-bit addresses that acknowledge, ascending."""
        ...

    def write(self, address: int, data: bytes) -> None:
        """Write to a chip; raise HardwareAbsentError if it does not acknowledge."""
        ...

    def read(self, address: int, count: int) -> bytes:
        """Read `count` bytes; raise HardwareAbsentError if not acknowledged."""
        ...

    def write_read(self, address: int, data: bytes, count: int) -> bytes:
        """Write, then read after a repeated start."""
        ...

    def close(self) -> None:
        """Release the bus; again does nothing."""
        ...


class OneWireBus(Protocol):
    """A 1-Wire bus of the kernel (``/sys/bus/w1``)."""

    name: str

    def scan(self) -> list[str]:
        """Return the ids of the chips present, e.g. ``28-0316a2790aff``."""
        ...

    def read_scratchpad(self, chip: str) -> bytes:
        """Convert and return the 9 bytes of the chip's scratchpad, CRC included."""
        ...

    def close(self) -> None:
        """Release the bus; again does nothing."""
        ...


class SpiBus(Protocol):
    """One chip select of a SPI bus."""

    name: str

    def transfer(self, data: bytes) -> bytes:
        """Clock out `data` and return as many bytes clocked in."""
        ...

    def close(self) -> None:
        """Release the bus; again does nothing."""
        ...


class GpioPin(Protocol):
    """One pin, for pulse trains, counters and switches."""

    name: str

    def pulses(self, *, wake_us: int, count: int, timeout_s: float) -> list[int]:
        """Pull the line low for `wake_us`, release it, return level lengths in µs."""
        ...

    def count(self) -> int:
        """Return the rising edges since the pin was opened."""
        ...

    def read(self) -> bool:
        """Return the level."""
        ...

    def write(self, level: bool) -> None:
        """Drive the level."""
        ...

    def close(self) -> None:
        """Release the pin; again does nothing."""
        ...


class PwmOutput(Protocol):
    """One channel that gives pulses, as a share of time."""

    name: str

    def write(self, share: float, frequency: float) -> None:
        """Give pulses of a share 0–1 of the time at a frequency in Hz."""
        ...

    def read(self) -> float:
        """Return the share 0–1 that is given."""
        ...

    def close(self) -> None:
        """Release the channel; again does nothing."""
        ...


class Buses(Protocol):
    """Gives each driver the bus that its description names, opened once each."""

    def i2c(self, bus: int = 1) -> I2CBus:
        """Return I²C bus number `bus`."""
        ...

    def one_wire(self) -> OneWireBus:
        """Return the 1-Wire bus."""
        ...

    def spi(self, bus: int = 0, select: int = 0) -> SpiBus:
        """Return one chip select of a SPI bus."""
        ...

    def pin(self, number: int) -> GpioPin:
        """Return one GPIO pin by its BCM number."""
        ...

    def pwm(self, chip: int, channel: int) -> PwmOutput:
        """Return one channel of a PWM chip of the kernel."""
        ...

    def pwm_pin(self, number: int) -> PwmOutput:
        """Return the hardware PWM of a pin of the header: BCM 12, 13, 18 or 19."""
        ...

    def close(self) -> None:
        """Release all; again does nothing."""
        ...
