"""ADS1115 analogue inputs in volts, by Adafruit's driver."""

import math
from typing import Any, ClassVar, Literal

import msgspec

from collector.seam import BusKind, Context, Description, Quantity
from dt.clock import Clock
from dt.hardware.bus import Buses
from dt.hardware.circuitpython import CircuitI2C, Device, library
from dt.twin.readings import Raw

_GAINS = {6.144: 2 / 3, 4.096: 1, 2.048: 2, 1.024: 4, 0.512: 8, 0.256: 16}
_INPUTS = {f"a{n}": (n, None) for n in range(4)}
_PAIRS = {"a0-a1": (0, 1), "a0-a3": (0, 3), "a1-a3": (1, 3), "a2-a3": (2, 3)}
_CHANNELS: dict[str, tuple[int, int | None]] = {**_INPUTS, **_PAIRS}


class Ads1115Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        bus: Number of the I²C bus.
        address: 0x48 to 0x4B, by where the pin ADDR is connected.
        full_scale: Largest voltage in V: 6.144, 4.096, 2.048, 1.024, 0.512 or 0.256.
            No input may exceed the chip's supply.
        rate: Conversions per second: slower has less noise.
    """

    bus: int = 1
    address: Literal[0x48, 0x49, 0x4A, 0x4B] = 0x48
    full_scale: float = 4.096
    rate: Literal[8, 16, 32, 64, 128, 250, 475, 860] = 128

    def __post_init__(self) -> None:
        if self.full_scale not in _GAINS:
            raise ValueError("full_scale", "6.144, 4.096, 2.048, 1.024, 0.512 or 0.256")


def _input(name: str) -> Quantity:
    return Quantity(
        name=name,
        unit="V",
        title=f"Voltage {name.upper()}",
        range=(-6.144, 6.144),
        resolution=0.001,
        signal=f"voltage.{name.replace('-', '.')}",
    )


class Ads1115:
    """Reads the inputs that `reads:` names; NaN where one exceeds the full scale.

    ``a0`` … ``a3`` are measured against ground, ``a0-a1 a0-a3 a1-a3 a2-a3`` against
    each other.
    """

    DESCRIPTION: ClassVar[Description] = Description(
        kind="ads1115",
        title="ADS1115 analogue inputs",
        bus=BusKind.I2C,
        quantities=tuple(_input(name) for name in _CHANNELS),
        min_interval_s=0.02,
        addresses=(0x48, 0x49, 0x4A, 0x4B),
        source="Texas Instruments SBAS444E",
    )
    Options: ClassVar[type[msgspec.Struct]] = Ads1115Options

    def __init__(
        self, options: Ads1115Options, buses: Buses, clock: Clock, context: Context
    ) -> None:
        self._options = options
        self._buses = buses
        wanted = [name for name in _CHANNELS if name in context.reads]
        self._names = wanted or list(_INPUTS)
        name = f"ADS1115 at 0x{options.address:02x}"
        self._device: Device[Any] = Device(name, self._prepare)

    def open(self) -> None:
        """Find the chip and set gain and rate."""
        self._device.open()

    def read(self) -> Raw:
        """Return the inputs in V."""
        return self._device.use(self._measure)

    def close(self) -> None:
        """Let go of the chip, which is powered down."""
        self._device.close()

    def _prepare(self) -> Any:
        bus = CircuitI2C(self._buses.i2c(self._options.bus))
        return library("adafruit_ads1x15.ads1115").ADS1115(
            bus,
            gain=_GAINS[self._options.full_scale],
            data_rate=self._options.rate,
            address=self._options.address,
        )

    def _measure(self, chip: Any) -> Raw:
        return Raw.of(**{name: self._volts(chip, name) for name in self._names})

    def _volts(self, chip: Any, name: str) -> float:
        source = library("adafruit_ads1x15.analog_in").AnalogIn(chip, *_CHANNELS[name])
        code = source.value
        return source.convert_to_voltage(code) if -32768 < code < 32767 else math.nan
