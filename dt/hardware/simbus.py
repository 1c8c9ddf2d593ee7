"""One simulated bus of each sort: the Protocols of the real ones, and chips on them.

Each transaction takes the time that it takes on the wire; faults strike per bus and
per chip (see `dt.hardware.faults`).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dt.hardware import failures
from dt.hardware.chip import (
    Chip,
    I2CChip,
    NoAcknowledge,
    OneWireChip,
    PinChip,
    SpiChip,
    Time,
)
from dt.hardware.faults import FaultKind, Faults, WorldFile
from dt.hardware.loads import Load
from dt.hardware.pin_levels import PinLevels

_BYTE_S = 9 / 100_000  # eight bits and the acknowledge at 100 kHz
_WORTH_S = 1e-3
_TIMEOUT_S = 1.0  # after which the kernel gives a held I²C bus up

C = TypeVar("C", bound=Chip)
T = TypeVar("T")


class LiveTime:
    """Time that passes by itself.

    Waits of microseconds, a byte on a wire, are gathered until they make a millisecond:
    else waking up would cost more than all that the chips are there for.
    """

    def __init__(self) -> None:
        self._owed = 0.0

    def monotonic(self) -> float:
        """Return seconds that never step, with what is owed."""
        return time.monotonic() + self._owed

    def sleep(self, seconds: float) -> None:
        """Wait, now or with the next waits."""
        self._owed += seconds
        if self._owed >= _WORTH_S:
            owed, self._owed = self._owed, 0.0
            time.sleep(owed)


@dataclass(slots=True)
class Conditions:
    """What all simulated buses of one appliance share."""

    time: Time = field(default_factory=LiveTime)
    faults: Faults = field(default_factory=Faults)
    world: WorldFile | None = None
    levels: PinLevels = field(default_factory=PinLevels)

    def strikes(self, kind: FaultKind, *targets: str) -> bool:
        """Tell whether a fault of this kind strikes now."""
        return self.faults.strike(kind, *targets) is not None

    def done(self, load: str, told: float, *targets: str, there: bool = True) -> float:
        """Return the share that a load does when it is told one, and keep it.

        What a load does outlives this process, as a welded contact does.

        Args:
            load: Name under which its share is kept.
            told: Share 0–1.
            targets: Where faults may be.
            there: It can be reached; else it has no supply and does nothing.
        """
        before = self.levels.share(load)
        if not there:
            done = 0.0
        elif self.strikes(FaultKind.STUCK, *targets):
            done = before
        elif self.strikes(FaultKind.WELDED, *targets):
            done = max(before, told)
        else:
            done = told
        self.levels.give(load, done)
        return done


class Bus(Generic[C]):
    """What the simulated buses have in common: chips by their place, and faults.

    Attributes:
        name: Of the bus; also the target of faults that strike all its chips.
        chips: Place on the bus, as targets are written, to the chip.
    """

    def __init__(self, name: str, conditions: Conditions) -> None:
        self.name = name
        self.chips: dict[str, C] = {}
        self._conditions = conditions
        self._lock = threading.Lock()

    def close(self) -> None:
        """Do nothing: a simulated bus holds nothing."""

    def _targets(self, place: str) -> tuple[str, str]:
        return self.name, f"{self.name}/{place}"

    def _present(self) -> list[str]:
        self._look()
        self._check_stuck()
        seen = self._conditions.strikes
        return [
            place
            for place in self.chips
            if not seen(FaultKind.ABSENT, *self._targets(place))
            and not seen(FaultKind.NO_ACK, *self._targets(place))
        ]

    def _look(self) -> None:
        if self._conditions.world is not None:
            self._conditions.world.look()

    def _check_stuck(self) -> None:
        if self._conditions.strikes(FaultKind.STUCK_BUS, self.name):
            self._conditions.time.sleep(_TIMEOUT_S)
            raise failures.stuck(self.name, "a line is held low")

    def _reach(self, place: str) -> C | None:
        """Return the chip if it can be reached now, after what delays it."""
        self._look()
        self._check_stuck()
        targets = self._targets(place)
        slow = self._conditions.faults.strike(FaultKind.SLOW, *targets)
        if slow is not None:
            self._conditions.time.sleep(slow.seconds)
        chip = self.chips.get(place)
        if chip is None or self._conditions.strikes(FaultKind.ABSENT, *targets):
            return None
        if self._conditions.strikes(FaultKind.NO_ACK, *targets):
            return None
        if self._conditions.strikes(FaultKind.POWER_LOSS, *targets):
            chip.power_on()
        return chip

    def _damaged(self, place: str, data: bytes) -> bytes:
        if self._conditions.strikes(FaultKind.BIT_FLIP, *self._targets(place)):
            return self._conditions.faults.flip(data)
        return data


def load_name(place: str) -> str:
    """Return the name under which the share of a load at a place is kept."""
    return f"{place}.load"


def address_text(address: int) -> str:
    """Return an I²C address as targets write it: ``0x23``."""
    return f"0x{address:02x}"


class SimI2C(Bus[I2CChip]):
    """A simulated I²C bus at 100 kHz."""

    def scan(self) -> list[int]:
        """Return the addresses that acknowledge, ascending."""
        with self._lock:
            self._spend(112)
            return sorted(int(place, 16) for place in self._present())

    def write(self, address: int, data: bytes) -> None:
        """Write to a chip."""
        with self._lock:
            self._exchange(address, len(data), lambda chip: chip.write(data))

    def read(self, address: int, count: int) -> bytes:
        """Read from a chip."""
        with self._lock:
            data = self._exchange(address, count, lambda chip: chip.read(count))
            return self._damaged(address_text(address), data)

    def write_read(self, address: int, data: bytes, count: int) -> bytes:
        """Write, then read after a repeated start."""

        def both(chip: I2CChip) -> bytes:
            chip.write(data)
            return chip.read(count)

        with self._lock:
            answer = self._exchange(address, len(data) + count + 1, both)
            return self._damaged(address_text(address), answer)

    def _exchange(self, address: int, count: int, call: Callable[[I2CChip], T]) -> T:
        chip = self._reach(address_text(address))
        if chip is None:
            self._spend(1)
            raise failures.absent_i2c(self.name, address)
        self._spend(1 + count)
        try:
            return call(chip)
        except NoAcknowledge:
            raise failures.absent_i2c(self.name, address) from None

    def _spend(self, count: int) -> None:
        self._conditions.time.sleep(count * _BYTE_S)


class SimOneWire(Bus[OneWireChip]):
    """A simulated 1-Wire bus, as the kernel serves it."""

    def scan(self) -> list[str]:
        """Return the ids of the chips present."""
        with self._lock:
            return sorted(self._present())

    def read_scratchpad(self, chip: str) -> bytes:
        """Convert, wait as the kernel does, and return the scratchpad."""
        with self._lock:
            part = self._reach(chip)
            if part is None:
                raise failures.absent_one_wire(self.name, chip)
            part.convert()
            self._conditions.time.sleep(part.conversion_s())
            again = self._reach(chip)
            if again is None:
                raise failures.absent_one_wire(self.name, chip)
            return self._damaged(chip, again.scratchpad())


class SimSpi(Bus[SpiChip]):
    """One chip select of a simulated SPI bus; with no chip the line reads 0xFF."""

    def transfer(self, data: bytes) -> bytes:
        """Clock bytes out and in."""
        with self._lock:
            chip = self._reach("chip")
            answer = b"\xff" * len(data) if chip is None else chip.transfer(data)
            return self._damaged("chip", answer)


class SimPin:
    """One simulated GPIO pin; with no part on it, it reads what was written."""

    def __init__(self, bus: "SimGpio", number: int) -> None:
        self.name = f"gpio/{number}"
        self._bus = bus
        self._number = str(number)

    def pulses(self, *, wake_us: int, count: int, timeout_s: float) -> list[int]:
        """Wake the part and return the last `count` level lengths in µs."""
        return self._bus.pulses(self._number, wake_us, timeout_s)[-count:]

    def count(self) -> int:
        """Return the rising edges since power-on."""
        part = self._bus.part(self._number)
        return 0 if part is None else part.edges()

    def read(self) -> bool:
        """Return the level."""
        part = self._bus.part(self._number)
        level = None if part is None else part.level()
        return self._bus.levels.read(self._number) if level is None else level

    def write(self, level: bool) -> None:
        """Drive the level."""
        self._bus.levels.write(self._number, level)
        part = self._bus.part(self._number)
        load = self._bus.chips.get(self._number)
        if isinstance(load, Load):
            told = 0.0 if part is None else load.told(level)
            load.dim(self._bus.done(self._number, told, there=part is not None))
        elif part is not None:
            part.drive(level)

    def close(self) -> None:
        """Do nothing: a simulated pin holds nothing."""


class SimGpio(Bus[PinChip]):
    """All simulated GPIO pins.

    Attributes:
        levels: What was written to each pin, which outlives this process.
    """

    def __init__(self, name: str, conditions: Conditions) -> None:
        super().__init__(name, conditions)
        self.levels = conditions.levels

    def part(self, number: str) -> PinChip | None:
        """Return the part on a pin if it can be reached now."""
        with self._lock:
            return self._reach(number)

    def done(self, number: str, told: float, *, there: bool) -> float:
        """Return the share that a load on a pin does when it is told one."""
        targets = self._targets(number)
        return self._conditions.done(load_name(number), told, *targets, there=there)

    def runs(self, number: str) -> bool:
        """Tell whether the load on a pin runs."""
        return self.levels.share(load_name(number)) > 0

    def pulses(self, number: str, wake_us: int, timeout_s: float) -> list[int]:
        """Wake the part on a pin and return its level lengths in µs."""
        with self._lock:
            self._conditions.time.sleep(wake_us / 1e6)
            part = self._reach(number)
            levels = [] if part is None else part.pulses(wake_us)
            heard = sum(levels) / 1e6
            self._conditions.time.sleep(heard if levels else timeout_s)
            if self._conditions.strikes(FaultKind.BIT_FLIP, *self._targets(number)):
                levels = _one_bit_wrong(levels, self._conditions)
            return levels


def _one_bit_wrong(levels: list[int], conditions: Conditions) -> list[int]:
    """Make one of the 40 data bits of a pulse train long where it was short, or so."""
    highs = range(3, len(levels) - 1, 2)
    if not highs:
        return levels
    wrong = list(levels)
    index = conditions.faults.chance.choice(highs)
    wrong[index] = 26 if wrong[index] > 50 else 70
    return wrong
