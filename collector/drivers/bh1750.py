"""BH1750 ambient light sensor, by Adafruit's driver."""

import math
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from collector.seam import BusKind, Context, Description, Quantity
from dt.clock import Clock
from dt.hardware.bus import Buses
from dt.hardware.circuitpython import CircuitI2C, Device, library
from dt.twin.readings import Raw

_MT_DEFAULT = 69
_MODES = {"low": 3, "mid": 0, "high": 1}
_FULL = {mode: 65535 / 1.2 / (2 if mode == "high" else 1) for mode in _MODES}


class Bh1750Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        bus: Number of the I²C bus.
        address: 0x23; 0x5C when the pin ADDR is high.
        resolution: ``high`` 0.5 lx up to 27,000 lx; ``mid`` 1 lx up to 54,000 lx;
            ``low`` 4 lx, faster.
        measurement_time: 31 to 69; shorter: stronger light, 31 is up to 121,000 lx.
    """

    bus: int = 1
    address: Literal[0x23, 0x5C] = 0x23
    resolution: Literal["low", "mid", "high"] = "mid"
    measurement_time: Annotated[int, msgspec.Meta(ge=31, le=69)] = _MT_DEFAULT


class Bh1750:
    """Reads illuminance; NaN where the light is too strong for the options."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="bh1750",
        title="BH1750 light",
        bus=BusKind.I2C,
        quantities=(
            Quantity(
                name="illuminance",
                unit="lx",
                title="Light",
                range=(0.0, 121_557.0),
                resolution=1.0,
                signal="light",
            ),
        ),
        min_interval_s=0.2,
        addresses=(0x23, 0x5C),
        source="ROHM BH1750FVI datasheet 2011.11 Rev. D",
    )
    Options: ClassVar[type[msgspec.Struct]] = Bh1750Options

    def __init__(
        self, options: Bh1750Options, buses: Buses, clock: Clock, context: Context
    ) -> None:
        self._options = options
        self._buses = buses
        self._scale = _MT_DEFAULT / options.measurement_time
        name = f"BH1750 at 0x{options.address:02x}"
        self._device: Device[Any] = Device(name, self._prepare)

    def open(self) -> None:
        """Find the chip and let it measure continuously."""
        self._device.open()

    def read(self) -> Raw:
        """Return the illuminance in lx."""
        return Raw.of(illuminance=self._device.use(self._measure))

    def close(self) -> None:
        """Let go of the chip."""
        self._device.close()

    def _prepare(self) -> Any:
        bus = CircuitI2C(self._buses.i2c(self._options.bus))
        chip = library("adafruit_bh1750").BH1750(bus, self._options.address)
        time = self._options.measurement_time
        if time != _MT_DEFAULT:
            for code in (0x40 | time >> 5, 0x60 | time & 0x1F):
                with chip.i2c_device as device:
                    device.write(bytes((code,)))
        self._start(chip)
        return chip

    def _start(self, chip: Any) -> None:
        """Begin measuring; waits until the first measurement is there."""
        chip.resolution = _MODES[self._options.resolution]

    def _measure(self, chip: Any) -> float:
        if chip.lux == 0:  # dark, or it lost its power and measures no more
            chip.initialize()
            self._start(chip)
        lux = float(chip.lux)
        full = _FULL[self._options.resolution]
        return lux * self._scale if lux < full - 0.1 else math.nan
