"""The real buses of a Linux machine, each opened when a driver first asks for it."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from dt.errors import HardwareError
from dt.hardware import failures
from dt.hardware.bus import GpioPin, I2CBus, OneWireBus, SpiBus
from dt.hardware.gpio import LinuxPin
from dt.hardware.onewire import LinuxOneWire
from dt.hardware.pwm import LinuxPwm
from dt.hardware.pwm_pins import channel_of

T = TypeVar("T")

_NOT_ACKNOWLEDGED = (errno.ENXIO, errno.EREMOTEIO, errno.ENODEV)
_HELD = (errno.ETIMEDOUT, errno.EAGAIN)
_READ_TO_FIND = (*range(0x30, 0x38), *range(0x50, 0x60))


class LinuxI2C:
    """An I²C bus of the kernel, ``/dev/i2c-N``.

    Args:
        number: Of the bus.
        smbus: What speaks to the kernel; by default Adafruit_PureIO, as Blinka uses it.
    """

    def __init__(self, number: int = 1, smbus: Any = None) -> None:
        self.name = f"i2c-{number}"
        self._lock = threading.Lock()
        self._smbus: Any = smbus or _open_smbus(number, self.name)

    def scan(self) -> list[int]:
        """Return the 7-bit addresses that acknowledge, ascending.

        Source: i2cdetect(8): reserved addresses are left alone; a write of no bytes,
        but a read where memories live, which such a write could damage.
        """
        return [address for address in range(0x08, 0x78) if self._answers(address)]

    def write(self, address: int, data: bytes) -> None:
        """Write to a chip; without data, only ask whether it acknowledges."""
        if not data:
            if not self._answers(address):
                raise failures.absent_i2c(self.name, address)
            return
        self._do(address, lambda bus: bus.write_bytes(address, data))

    def read(self, address: int, count: int) -> bytes:
        """Read `count` bytes from a chip."""
        return bytes(self._do(address, lambda bus: bus.read_bytes(address, count)))

    def write_read(self, address: int, data: bytes, count: int) -> bytes:
        """Write, then read after a repeated start."""

        def both(bus: Any) -> bytes:
            return bytes(bus.read_i2c_block_data(address, data, count))

        return self._do(address, both)

    def close(self) -> None:
        """Release the bus; again does nothing."""
        with self._lock:
            if self._smbus is not None:
                self._smbus.close()
                self._smbus = None

    def _answers(self, address: int) -> bool:
        probes: list[Callable[[Any], object]] = [lambda bus: bus.read_bytes(address, 1)]
        if address not in _READ_TO_FIND:
            probes.insert(0, lambda bus: bus.write_quick(address))
        for probe in probes:
            try:
                self._raw(probe)
            except OSError as error:
                if error.errno in _HELD:
                    raise self._failure(address, error) from error
                if error.errno in _NOT_ACKNOWLEDGED:
                    return False
                continue  # this adapter cannot do it, or says EIO for anything
            return True
        return False

    def _raw(self, call: Callable[[Any], T]) -> T:
        with self._lock:
            if self._smbus is None:
                raise HardwareError(f"{self.name} was used after it was closed")
            return call(self._smbus)

    def _do(self, address: int, call: Callable[[Any], T]) -> T:
        try:
            return self._raw(call)
        except OSError as error:
            raise self._failure(address, error) from error

    def _failure(self, address: int, error: OSError) -> HardwareError:
        if error.errno in _NOT_ACKNOWLEDGED:
            return failures.absent_i2c(self.name, address)
        if error.errno in _HELD:
            return failures.stuck(self.name, str(error.strerror).lower())
        place = f"address 0x{address:02x} on {self.name}"
        if error.errno == errno.EBUSY:
            return HardwareError(
                f"{place} is in use by a driver of the kernel",
                hint="remove its dtoverlay line from /boot/firmware/config.txt",
            )
        return HardwareError(
            f"a transfer with {place} failed: {error}", hint=f"{failures.WIRING} i2c"
        )


def _open_smbus(number: int, name: str) -> Any:
    device = f"/dev/i2c-{number}"
    try:
        from Adafruit_PureIO.smbus import SMBus  # noqa: PLC0415 - only on real buses
    except ImportError as error:
        raise failures.no_library(name, "Adafruit_PureIO") from error
    try:
        return SMBus(number)
    except FileNotFoundError as error:
        raise failures.not_there(name, device, "do_i2c") from error
    except PermissionError as error:
        raise failures.forbidden(name, device, "i2c") from error


class LinuxSpi:
    """One chip select of a SPI bus of the kernel, ``/dev/spidevB.S``, mode 0."""

    def __init__(self, bus: int = 0, select: int = 0, speed_hz: int = 1_000_000) -> None:
        self.name = f"spi-{bus}.{select}"
        self._lock = threading.Lock()
        device = f"/dev/spidev{bus}.{select}"
        try:
            from Adafruit_PureIO.spi import SPI  # noqa: PLC0415 - only on real buses
        except ImportError as error:
            raise failures.no_library(self.name, "Adafruit_PureIO") from error
        if not Path(device).exists():
            raise failures.not_there(self.name, device, "do_spi")
        try:
            self._spi: Any = SPI(device, max_speed_hz=speed_hz)
        except PermissionError as error:
            raise failures.forbidden(self.name, device, "spi") from error

    def transfer(self, data: bytes) -> bytes:
        """Clock out `data` and return as many bytes clocked in."""
        with self._lock:
            if self._spi is None:
                raise HardwareError(f"{self.name} was used after it was closed")
            try:
                return bytes(self._spi.transfer(bytearray(data)))
            except OSError as error:
                raise HardwareError(
                    f"a transfer on {self.name} failed: {error}", hint=failures.WIRING
                ) from error

    def close(self) -> None:
        """Release the bus; again does nothing."""
        with self._lock:
            if self._spi is not None:
                os.close(self._spi.handle)
                self._spi = None


class LinuxBuses:
    """The buses of this machine.

    Args:
        root: Where /sys is, for tests.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._dimmed: dict[tuple[int, int], int] = {}
        self._i2c: dict[int, LinuxI2C] = {}
        self._spi: dict[tuple[int, int], LinuxSpi] = {}
        self._pins: dict[int, LinuxPin] = {}
        self._one_wire = LinuxOneWire(root)

    def i2c(self, bus: int = 1) -> I2CBus:
        """Return I²C bus number `bus`."""
        with self._lock:
            if bus not in self._i2c:
                self._i2c[bus] = LinuxI2C(bus)
            return self._i2c[bus]

    def one_wire(self) -> OneWireBus:
        """Return the 1-Wire bus."""
        return self._one_wire

    def spi(self, bus: int = 0, select: int = 0) -> SpiBus:
        """Return one chip select of a SPI bus."""
        with self._lock:
            key = bus, select
            if key not in self._spi:
                self._spi[key] = LinuxSpi(bus, select)
            return self._spi[key]

    def pin(self, number: int) -> GpioPin:
        """Return one GPIO pin by its BCM number."""
        with self._lock:
            if number not in self._pins:
                self._pins[number] = LinuxPin(number)
            return self._pins[number]

    def pwm(self, chip: int, channel: int) -> LinuxPwm:
        """Return one channel of a PWM chip of the kernel."""
        return LinuxPwm(chip, channel, self._root)

    def pwm_pin(self, number: int) -> LinuxPwm:
        """Return the hardware PWM of a pin of the header.

        Raises:
            HardwareError: It is not switched on, or another pin has the same channel.
        """
        place = channel_of(number, self._root)
        with self._lock:
            other = self._dimmed.setdefault(place, number)
        if other != number:
            raise HardwareError(
                f"GPIO {number} cannot be dimmed beside GPIO {other}: "
                "they are one PWM channel on this Raspberry Pi",
                hint="up to a Pi 4 use one of 12 and 18, and one of 13 and 19",
            )
        return self.pwm(*place)

    def close(self) -> None:
        """Release all; again does nothing."""
        with self._lock:
            for i2c in self._i2c.values():
                i2c.close()
            for spi in self._spi.values():
                spi.close()
            for pin in self._pins.values():
                pin.close()
            self._i2c.clear()
            self._spi.clear()
            self._pins.clear()
