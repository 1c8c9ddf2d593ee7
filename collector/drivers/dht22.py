"""DHT22 (AM2302) air temperature and humidity, decoded by Adafruit's driver."""

from typing import Annotated, ClassVar

import msgspec

from collector.seam import BusKind, Context, Description, Quantity
from dt.clock import Clock
from dt.hardware.bus import Buses, GpioPin
from dt.hardware.circuitpython import Device, dht22
from dt.twin.readings import Raw

_REST_S = 2.0


class Dht22Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        pin: BCM number of the pin at DATA, 0–27.
    """

    pin: Annotated[int, msgspec.Meta(ge=0, le=27)] = 4


class Dht22:
    """Reads temperature and humidity, at most every two seconds.

    The part answers with what it measured when it was asked the time before.
    """

    DESCRIPTION: ClassVar[Description] = Description(
        kind="dht22",
        title="DHT22 air temperature and humidity",
        bus=BusKind.GPIO,
        quantities=(
            Quantity(
                name="temperature",
                unit="Cel",
                title="Air temperature",
                range=(-40.0, 80.0),
                resolution=0.1,
                signal="air.temperature",
            ),
            Quantity(
                name="humidity",
                unit="%",
                title="Air humidity",
                range=(0.0, 100.0),
                resolution=0.1,
                signal="air.humidity",
            ),
        ),
        min_interval_s=_REST_S,
        identity="forty bits and their sum",
        source="Aosong AM2302 product manual, §7",
    )
    Options: ClassVar[type[msgspec.Struct]] = Dht22Options

    def __init__(
        self, options: Dht22Options, buses: Buses, clock: Clock, context: Context
    ) -> None:
        self._clock = clock
        self._kept: Raw | None = None
        self._kept_at = 0.0
        name = f"DHT22 at gpio/{options.pin}"
        self._device = Device(name, lambda: buses.pin(options.pin))

    def open(self) -> None:
        """Find the part by measuring once; `read` may use that measurement."""
        self._kept = self._device.use(_measure)
        self._kept_at = self._clock.monotonic()

    def read(self) -> Raw:
        """Return temperature in Cel and humidity in %."""
        kept, self._kept = self._kept, None
        if kept is not None and self._clock.monotonic() - self._kept_at < _REST_S:
            return kept
        return self._device.use(_measure)

    def close(self) -> None:
        """Let go of the part."""
        self._device.close()


def _measure(pin: GpioPin) -> Raw:
    part = dht22(pin)
    return Raw.of(temperature=part.temperature, humidity=part.humidity)
