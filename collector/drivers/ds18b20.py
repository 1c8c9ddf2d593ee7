"""DS18B20 thermometers on the 1-Wire bus of the kernel."""

import struct
from typing import ClassVar

import msgspec

from collector.seam import BusKind, Context, Description, Quantity
from dt.clock import Clock
from dt.errors import ChecksumError, HardwareError
from dt.hardware import failures
from dt.hardware.bus import Buses, OneWireBus
from dt.hardware.onewire import crc8
from dt.twin.readings import Raw

_HINT = "check the 4.7 kΩ pull-up, the length of the cable and the supply"


class Ds18b20Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        id: Of the chip, e.g. ``28-0316a2790aff``; empty: the only one on the bus.
    """

    id: str = ""


class Ds18b20:
    """Reads one thermometer; a bus may have many, each a sensor of its own.

    The value 85 Cel that a chip shows before its first conversion is an error here.
    """

    DESCRIPTION: ClassVar[Description] = Description(
        kind="ds18b20",
        title="DS18B20 temperature",
        bus=BusKind.ONE_WIRE,
        quantities=(
            Quantity(
                name="temperature",
                unit="Cel",
                title="Temperature",
                range=(-55.0, 125.0),
                resolution=0.0625,
                signal="soil.temperature",
            ),
        ),
        min_interval_s=1.0,
        identity="its id begins with 28",
        source="Maxim DS18B20 datasheet 19-7487 Rev. 6",
    )
    Options: ClassVar[type[msgspec.Struct]] = Ds18b20Options

    def __init__(
        self, options: Ds18b20Options, buses: Buses, clock: Clock, context: Context
    ) -> None:
        self._options = options
        self._buses = buses
        self._chip = ""

    def open(self) -> None:
        """Find the chip."""
        self._chip = self._find(self._buses.one_wire())

    def read(self) -> Raw:
        """Return the temperature in Cel; takes up to 750 ms."""
        bus = self._buses.one_wire()
        chip = self._chip or self._find(bus)
        self._chip = ""  # found anew after a failure
        value = celsius(chip, bus.read_scratchpad(chip))
        self._chip = chip
        return Raw.of(temperature=value)

    def close(self) -> None:
        """Let go of the chip."""
        self._chip = ""

    def _find(self, bus: OneWireBus) -> str:
        present = bus.scan()
        wanted = self._options.id.lower()
        if wanted in present:
            return wanted
        if wanted or not present:
            raise failures.absent_one_wire(bus.name, wanted or "of any id")
        if len(present) > 1:
            raise HardwareError(
                f"{len(present)} chips on the {bus.name} bus: {', '.join(present)}",
                hint="say in twin.yaml which one is meant, e.g. id: " + present[0],
            )
        return present[0]


def celsius(chip: str, scratchpad: bytes) -> float:
    """Return the temperature that a scratchpad says, in Cel.

    Raises:
        ChecksumError: The CRC is wrong.
        HardwareError: No conversion was made, or the line is held low.

    Source: datasheet fig. 4; byte 6 is 0x0C until the first conversion, then
    0x10 - (byte 0 & 0x0F): Linux Documentation/ABI/testing/sysfs-driver-w1_therm.
    """
    if len(scratchpad) != 9 or crc8(scratchpad[:8]) != scratchpad[8]:
        seen = scratchpad.hex(" ")
        raise ChecksumError(f"chip {chip} gave {seen}, whose CRC is wrong", hint=_HINT)
    if not any(scratchpad):
        raise HardwareError(f"chip {chip} gave only zeros: line held low", hint=_HINT)
    (raw,) = struct.unpack_from("<h", scratchpad)
    if raw == 0x0550 and scratchpad[6] == 0x0C:
        message = f"chip {chip} gave its power-on value of 85 Cel: it lost its supply"
        raise HardwareError(message, hint=_HINT)
    return float(raw) / 16
