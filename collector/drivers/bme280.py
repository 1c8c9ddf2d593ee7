"""BME280 air temperature, humidity and pressure, by Adafruit's driver."""

from typing import Any, ClassVar, Literal

import msgspec

from collector.seam import BusKind, Context, Description, Quantity
from dt.clock import Clock
from dt.hardware.bus import Buses
from dt.hardware.circuitpython import CircuitI2C, Device, bme280
from dt.twin.readings import Raw

_CODES = {1: 1, 2: 2, 4: 3, 8: 4, 16: 5}


class Bme280Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        bus: Number of the I²C bus.
        address: 0x77, or 0x76 when the pin SDO is low.
        oversampling: Measurements that the chip averages: 1 gives steps of 0.03 hPa in
            30 ms, 16 of 0.002 hPa in 350 ms.
    """

    bus: int = 1
    address: Literal[0x76, 0x77] = 0x77
    oversampling: Literal[1, 2, 4, 8, 16] = 1


class Bme280:
    """Reads one forced measurement each time; between them the chip sleeps."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="bme280",
        title="BME280 air temperature, humidity and pressure",
        bus=BusKind.I2C,
        quantities=(
            Quantity(
                name="temperature",
                unit="Cel",
                title="Air temperature",
                range=(-40.0, 85.0),
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
            Quantity(
                name="pressure",
                unit="hPa",
                title="Air pressure",
                range=(300.0, 1100.0),
                resolution=0.03,
                signal="air.pressure",
            ),
        ),
        min_interval_s=0.35,
        addresses=(0x76, 0x77),
        identity="register 0xD0 reads 0x60",
        source="Bosch BST-BME280-DS002 rev. 1.6",
    )
    Options: ClassVar[type[msgspec.Struct]] = Bme280Options

    def __init__(
        self, options: Bme280Options, buses: Buses, clock: Clock, context: Context
    ) -> None:
        self._options = options
        self._buses = buses
        name = f"BME280 at 0x{options.address:02x}"
        self._device: Device[Any] = Device(name, self._prepare)

    def open(self) -> None:
        """Find the chip and read its trimming values."""
        self._device.open()

    def read(self) -> Raw:
        """Return temperature in Cel, humidity in % and pressure in hPa."""
        return self._device.use(_measure)

    def close(self) -> None:
        """Let go of the chip, which sleeps."""
        self._device.close()

    def _prepare(self) -> Any:
        bus = CircuitI2C(self._buses.i2c(self._options.bus))
        chip = bme280(bus, self._options.address)
        code = _CODES[self._options.oversampling]
        chip.overscan_temperature = code
        chip.overscan_humidity = code
        chip.overscan_pressure = code
        return chip


def _measure(chip: Any) -> Raw:
    chip.measure()
    return Raw.of(
        temperature=chip.temperature,
        humidity=chip.humidity,
        pressure=chip.pressure,
    )
