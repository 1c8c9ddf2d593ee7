"""Lets drivers written for CircuitPython run on any of our buses, real or simulated.

They are imported when a driver first needs one. None of them needs Blinka's ``board``;
those that name ``busio`` or ``digitalio`` get Blinka's modules, about 3 MB in all.
"""

import contextlib
import importlib
import io
import threading
from array import array
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from dt.errors import ChecksumError, HardwareAbsentError, HardwareError
from dt.hardware import failures
from dt.hardware.bus import GpioPin, I2CBus

D = TypeVar("D")
T = TypeVar("T")

_ONE_IMPORT = threading.Lock()
"""Blinka's modules import each other in circles: two threads that import them at once
deadlock. And what is printed goes astray for the whole process, not for one thread."""


def library(module: str) -> Any:
    """Import a module of Adafruit's.

    Raises:
        HardwareError: It is not installed, or refuses this machine.
    """
    try:
        # Blinka prints warnings, and asks to install things when it sees a terminal.
        with _ONE_IMPORT, contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module(module)
    except ImportError as error:
        raise failures.no_library("this driver", error.name or module) from error
    except (NotImplementedError, RuntimeError) as error:
        raise HardwareError(
            f"the Python module {module} does not work on this machine: {error}",
            hint="pip install --upgrade 'dt-appliance[rpi]'",
        ) from error


class CircuitI2C:
    """One of our buses with the methods of CircuitPython's ``busio.I2C``.

    Each driver gets one of its own, so that its lock never waits for another driver's
    chip; single transactions are kept apart by the bus itself.
    """

    def __init__(self, bus: I2CBus) -> None:
        self._bus = bus
        self._lock = threading.Lock()

    def try_lock(self) -> bool:
        """Take the lock if it is free."""
        return self._lock.acquire(blocking=False)

    def unlock(self) -> None:
        """Give the lock back."""
        self._lock.release()

    def scan(self) -> list[int]:
        """Return the addresses that acknowledge."""
        return self._bus.scan()

    def writeto(
        self, address: int, buffer: Any, *, start: int = 0, end: int | None = None
    ) -> None:
        """Write a part of a buffer."""
        self._bus.write(address, bytes(memoryview(buffer)[start:end]))

    def readfrom_into(
        self, address: int, buffer: Any, *, start: int = 0, end: int | None = None
    ) -> None:
        """Fill a part of a buffer."""
        part = memoryview(buffer)[start:end]
        part[:] = self._bus.read(address, len(part))

    def writeto_then_readfrom(  # noqa: PLR0913 - the interface of CircuitPython
        self,
        address: int,
        buffer_out: Any,
        buffer_in: Any,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        """Write a part of one buffer, then fill a part of another."""
        data = bytes(memoryview(buffer_out)[out_start:out_end])
        part = memoryview(buffer_in)[in_start:in_end]
        part[:] = self._bus.write_read(address, data, len(part))


class Device(Generic[D]):
    """A chip behind a CircuitPython driver, prepared anew after each failure.

    Args:
        name: For messages, e.g. ``BH1750 at 0x23``.
        make: Prepares the chip and returns Adafruit's object for it.
    """

    def __init__(self, name: str, make: Callable[[], D]) -> None:
        self._name = name
        self._make = make
        self._object: D | None = None

    def open(self) -> None:
        """Prepare the chip now."""
        self.use(lambda _: None)

    def use(self, ask: Callable[[D], T]) -> T:
        """Return what `ask` gets from the chip, which is prepared first if need be.

        Raises:
            HardwareError: The chip is not there, or did not do its part.
        """
        chip, self._object = self._object, None
        try:
            if chip is None:
                chip = self._make()
            answer = ask(chip)
        except (RuntimeError, ValueError, ArithmeticError) as error:
            raise self._failure(str(error)) from error
        except OSError as error:
            raise HardwareError(f"{self._name}: {error}", hint=failures.WIRING) from error
        self._object = chip
        return answer

    def close(self) -> None:
        """Forget the chip; again does nothing."""
        self._object = None

    def _failure(self, said: str) -> HardwareError:
        kind = HardwareError
        if "CRC" in said or "hecksum" in said:
            kind = ChecksumError
        elif "not found" in said or "No I2C device" in said:
            kind = HardwareAbsentError
        text = said.rstrip(". ").removesuffix("Try again").rstrip(". ")
        return kind(f"{self._name}: {text[:1].lower()}{text[1:]}", hint=failures.WIRING)


def dht22(pin: GpioPin) -> Any:
    """Return Adafruit's DHT22 driver, fed with the level lengths of one of our pins.

    A fresh one for each measurement: kept, it would give the last values again, without
    saying so, when asked within two seconds.
    """
    base: Any = library("adafruit_dht").DHT22

    class Dht22(base):  # type: ignore[misc]
        """The driver with the kernel's time stamps instead of a loop in Python."""

        def _get_pulses_bitbang(self) -> "array[int]":
            """Return the last 81 level lengths in µs, low first."""
            lengths = pin.pulses(wake_us=self._trig_wait, count=81, timeout_s=0.25)
            return array("H", [min(length, 65535) for length in lengths])

    return Dht22(pin, use_pulseio=False)


def bme280(bus: CircuitI2C, address: int) -> Any:
    """Return Adafruit's BME280 driver, with one measurement for all three values.

    Its own properties measure anew for each, and look every 2 ms whether that is done.
    Here they tell the last `measure`, which sleeps as long as the chip needs.
    Source: Bosch BST-BME280-DS002 rev. 1.6, §9.1.
    """
    module = library("adafruit_bme280.basic")
    base: Any = module.Adafruit_BME280_I2C

    class Bme280(base):  # type: ignore[misc]
        """The driver, in forced mode; humidity and pressure are measured too."""

        def measure(self) -> None:
            """Measure temperature, humidity and pressure."""
            super()._read_temperature()

        def _read_temperature(self) -> None:
            """Do nothing: it is measured already."""

        def _write_ctrl_meas(self) -> None:
            """Set mode and oversampling; wait for the measurement if that begins one."""
            super()._write_ctrl_meas()
            if self.mode == module.MODE_FORCE:
                codes = self.overscan_temperature, self.overscan_pressure
                times = [1 << code - 1 for code in (*codes, self.overscan_humidity)]
                module.sleep((1.25 + 2.3 * sum(times) + 2 * 0.575) / 1000)

    return Bme280(bus, address)
