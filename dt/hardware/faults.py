"""Faults that can be put on simulated buses and chips, and taken off, while they run.

A *target* is a bus (``i2c-1``, ``1-wire``, ``gpio``, ``spi-0.0``) or a chip on it
(``i2c-1/0x23``, ``1-wire/28-000000000001``, ``gpio/23``, ``spi-0.0/chip``). What is on
a bus strikes every chip of it.
"""

import logging
import random
import threading
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from dt.errors import ConfigError, DtError
from dt.hardware.chip import Placement, Time
from dt.twin.document import Reader
from dt.twin.quantities import Seconds

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.1


class FaultKind(StrEnum):
    """What can go wrong on a bus."""

    ABSENT = "absent"
    NO_ACK = "no_ack"
    BIT_FLIP = "bit_flip"
    STUCK_BUS = "stuck_bus"
    SLOW = "slow"
    FROZEN = "frozen"
    POWER_LOSS = "power_loss"
    STUCK = "stuck"
    WELDED = "welded"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault.

    Attributes:
        kind: ``absent``: not there, for a scan too; ``no_ack``: does not acknowledge;
            ``bit_flip``: one bit of what is read is wrong; ``stuck_bus``: a line is held
            low; ``slow``: each transaction takes `seconds` longer; ``frozen``: the chip
            measures the same for ever; ``power_loss``: the chip starts anew; ``stuck``: a
            load does what it does for ever; ``welded``: it no longer goes off.
        times: How often it strikes before it is over; None: until it is taken off.
        probability: How often it strikes of 1.
        seconds: For ``slow``.
    """

    kind: FaultKind
    times: int | None = None
    probability: float = 1.0
    seconds: Seconds = Seconds(1)


class Plugged(Placement, frozen=True, kw_only=True):
    """A chip that no twin names.

    Attributes:
        kind: Of the simulator, e.g. ``bh1750``.
        reads: Quantity of the chip to the quantity of the surroundings.
    """

    kind: str
    reads: dict[str, str] = msgspec.field(default_factory=dict)


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What a world file says.

    Attributes:
        chips: Put on the buses when they are opened, besides those of the twins.
        values: Quantity, or ``<target>/<quantity of the chip>``, to a value that holds
            instead of the true one.
        faults: Target to its faults.
    """

    chips: tuple[Plugged, ...] = ()
    values: dict[str, float] = {}
    faults: dict[str, tuple[Fault, ...]] = {}


class Faults:
    """The faults in force; thread-safe.

    Args:
        chance: Decides for faults with a probability, and which bit flips.
    """

    def __init__(self, chance: random.Random | None = None) -> None:
        self.chance = chance or random.Random()  # noqa: S311 - nothing secret
        self._lock = threading.Lock()
        self._active: dict[str, list[Fault]] = {}
        self._left: dict[tuple[str, int], int] = {}

    def inject(self, target: str, fault: Fault) -> None:
        """Put a fault on a bus or a chip."""
        with self._lock:
            faults = self._active.setdefault(target, [])
            if fault.times is not None:
                self._left[target, len(faults)] = fault.times
            faults.append(fault)

    def clear(self, target: str | None = None) -> None:
        """Take all faults off a target, or off all targets."""
        with self._lock:
            for name in [target] if target is not None else list(self._active):
                self._active.pop(name, None)
                for key in [key for key in self._left if key[0] == name]:
                    del self._left[key]

    def replace(self, faults: Mapping[str, Sequence[Fault]]) -> None:
        """Put these faults in force and no others."""
        self.clear()
        for target, group in faults.items():
            for fault in group:
                self.inject(target, fault)

    def strike(self, kind: FaultKind, *targets: str) -> Fault | None:
        """Return the fault of this kind that strikes now, counting it; else None."""
        with self._lock:
            for target in targets:
                for index, fault in enumerate(self._active.get(target, ())):
                    if fault.kind is kind and self._hits(target, index, fault):
                        return fault
        return None

    def _hits(self, target: str, index: int, fault: Fault) -> bool:
        left = self._left.get((target, index))
        if left == 0 or self.chance.random() >= fault.probability:
            return False
        if left is not None:
            self._left[target, index] = left - 1
        return True

    def flip(self, data: bytes) -> bytes:
        """Return the bytes with one bit changed."""
        if not data:
            return data
        bit = self.chance.randrange(len(data) * 8)
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << (bit % 8)
        return bytes(damaged)


class WorldFile:
    """A file that breaks things and sets values while an appliance runs.

    It is looked at ten times a second at most; a file that is wrong is logged once and
    what was in force stays in force; without a file nothing is wrong.

    Args:
        path: JSON or YAML, see `World`.
        faults: Gets the file's faults.
        time: Says when to look again.
    """

    def __init__(self, path: Path, faults: Faults, time: Time) -> None:
        self._path = path
        self._faults = faults
        self._time = time
        self._looked_at = -1e9
        self._stamp: tuple[int, int] | None = None
        self._values: dict[str, float] = {}
        self._chips: tuple[Plugged, ...] = ()

    def chips(self) -> tuple[Plugged, ...]:
        """Return the chips that the file puts on the buses now."""
        self.look()
        return self._chips

    def value(self, *names: str) -> float | None:
        """Return the value that the file sets for the first of the names it knows."""
        self.look()
        return next((self._values[n] for n in names if n in self._values), None)

    def look(self) -> None:
        """Take over what the file says, if it changed."""
        now = self._time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        stamp = self._read_stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            world = parse_world(self._path) if stamp else World()
        except DtError as error:
            facts = {"file": str(self._path), "code": error.code, "error": str(error)}
            log.warning("world file not used", extra=facts)
            return
        self._values, self._chips = world.values, world.chips
        self._faults.replace(world.faults)

    def _read_stamp(self) -> tuple[int, int] | None:
        try:
            seen = self._path.stat()
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_size


def parse_world(path: Path) -> World:
    """Return what a world file says.

    Raises:
        ConfigError: It cannot be read, or a key or value in it is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read the world file {str(path)!r}: {error}",
            hint="see docs/hardware.md for what it may say",
        ) from error
    reader = Reader(str(path))
    world = reader.struct(World, reader.parse(text))
    reader.finish(ConfigError, "see docs/hardware.md for what it may say")
    return world or World()
