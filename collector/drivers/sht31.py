"""SHT31 air temperature and humidity, by Adafruit's driver."""

from typing import Any, ClassVar, Literal

import msgspec

from collector.seam import BusKind, Context, Description, Quantity
from dt.clock import Clock
from dt.hardware.bus import Buses
from dt.hardware.circuitpython import CircuitI2C, Device, library
from dt.twin.readings import Raw


class Sht31Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        bus: Number of the I²C bus.
        address: 0x44, or 0x45 when the pin ADDR is high.
        repeatability: ``low`` is fastest, ``high`` has the least noise.
    """

    bus: int = 1
    address: Literal[0x44, 0x45] = 0x44
    repeatability: Literal["low", "medium", "high"] = "high"


class Sht31:
    """Reads single shots without clock stretching, which the Pi does not do well."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="sht31",
        title="SHT31 air temperature and humidity",
        bus=BusKind.I2C,
        quantities=(
            Quantity(
                name="temperature",
                unit="Cel",
                title="Air temperature",
                range=(-40.0, 125.0),
                resolution=0.01,
                signal="air.temperature",
            ),
            Quantity(
                name="humidity",
                unit="%",
                title="Air humidity",
                range=(0.0, 100.0),
                resolution=0.01,
                signal="air.humidity",
            ),
        ),
        min_interval_s=0.1,
        addresses=(0x44, 0x45),
        identity="its words carry the CRC of Sensirion",
        source="Sensirion SHT3x-DIS datasheet version 5",
    )
    Options: ClassVar[type[msgspec.Struct]] = Sht31Options

    def __init__(
        self, options: Sht31Options, buses: Buses, clock: Clock, context: Context
    ) -> None:
        self._options = options
        self._buses = buses
        name = f"SHT31 at 0x{options.address:02x}"
        self._device: Device[Any] = Device(name, self._prepare)

    def open(self) -> None:
        """Find the chip and reset it."""
        self._device.open()

    def read(self) -> Raw:
        """Return temperature in Cel and humidity in %."""
        return self._device.use(_measure)

    def close(self) -> None:
        """Let go of the chip, which sleeps."""
        self._device.close()

    def _prepare(self) -> Any:
        bus = CircuitI2C(self._buses.i2c(self._options.bus))
        chip = library("adafruit_sht31d").SHT31D(bus, self._options.address)
        chip.repeatability = self._options.repeatability.capitalize()
        return chip


def _measure(chip: Any) -> Raw:
    return Raw.of(temperature=chip.temperature, humidity=chip.relative_humidity)
