"""STEMMA soil moisture sensor (Adafruit 4026), by Adafruit's seesaw driver."""

from typing import Any, ClassVar, Literal

import msgspec

from collector.seam import BusKind, Context, Description, Quantity
from dt.clock import Clock
from dt.errors import HardwareError
from dt.hardware.bus import Buses
from dt.hardware.circuitpython import CircuitI2C, Device, library
from dt.twin.readings import Raw

_PRODUCT = 4026


class StemmaSoilOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        bus: Number of the I²C bus.
        address: 0x36 to 0x39, by the solder bridges A0 and A1.
    """

    bus: int = 1
    address: Literal[0x36, 0x37, 0x38, 0x39] = 0x36


class StemmaSoil:
    """Reads the capacitance of the soil in counts, and the temperature of the board.

    Counts become % by the calibration of the signal: 200 in air, about 2000 in water.
    """

    DESCRIPTION: ClassVar[Description] = Description(
        kind="stemma_soil",
        title="STEMMA soil moisture",
        bus=BusKind.I2C,
        quantities=(
            Quantity(
                name="moisture",
                unit="1",
                title="Soil moisture",
                range=(0.0, 4095.0),
                resolution=1.0,
                signal="soil.moisture",
                calibration=((200.0, 0.0), (2000.0, 100.0)),
                signal_unit="%",
            ),
            Quantity(
                name="temperature",
                unit="Cel",
                title="Soil temperature",
                range=(0.0, 125.0),
                resolution=0.01,
                signal="soil.temperature",
            ),
        ),
        min_interval_s=0.1,
        addresses=(0x36, 0x37, 0x38, 0x39),
        identity=f"its version register names product {_PRODUCT}",
        source="Adafruit STEMMA Soil Sensor guide, seesaw register tables",
    )
    Options: ClassVar[type[msgspec.Struct]] = StemmaSoilOptions

    def __init__(
        self, options: StemmaSoilOptions, buses: Buses, clock: Clock, context: Context
    ) -> None:
        self._options = options
        self._buses = buses
        self._name = f"STEMMA soil sensor at 0x{options.address:02x}"
        self._device: Device[Any] = Device(self._name, self._prepare)

    def open(self) -> None:
        """Find the board, start it anew (0.5 s) and see that it is a soil sensor."""
        self._device.open()

    def read(self) -> Raw:
        """Return moisture in counts and temperature in Cel."""
        return self._device.use(_measure)

    def close(self) -> None:
        """Let go of the board."""
        self._device.close()

    def _prepare(self) -> Any:
        bus = CircuitI2C(self._buses.i2c(self._options.bus))
        chip = library("adafruit_seesaw.seesaw").Seesaw(bus, addr=self._options.address)
        product = chip.get_version() >> 16
        if product != _PRODUCT:
            raise HardwareError(
                f"{self._name} says that it is product {product}, expected {_PRODUCT}",
                hint="another seesaw board answers at this address",
            )
        return chip


def _measure(chip: Any) -> Raw:
    return Raw.of(moisture=chip.moisture_read(), temperature=chip.get_temp())
