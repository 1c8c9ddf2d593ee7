"""What a driver says of the quantities that it reads: their units and resolutions.

A driver's class tells it without touching hardware; a driver that is not installed here
tells nothing.
"""

from functools import cache

import msgspec

from dt import plugins
from dt.errors import PluginError
from dt.twin.description import TwinDescription


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity of a driver.

    Attributes:
        unit: UCUM code of the raw value.
        resolution: Smallest step of the raw value.
    """

    unit: str
    resolution: float


@cache
def _quantities(driver: str) -> dict[str, Quantity]:
    try:
        description = plugins.load("dt.sensors", driver).DESCRIPTION
    except PluginError:
        return {}
    return {
        one.name: Quantity(unit=one.unit, resolution=one.resolution)
        for one in description.quantities
    }


@cache
def _is_idle(driver: str) -> bool:
    try:
        found = plugins.load("dt.sensors", driver)
    except PluginError:
        return False
    return not any(callable(getattr(found, name, None)) for name in ("read", "run"))


def idle(twin: TwinDescription) -> list[str]:
    """Return the sensors of a twin that neither ask nor tell: others push their values."""
    return [name for name, sensor in twin.sensors.items() if _is_idle(sensor.driver)]


def quantity_of(twin: TwinDescription, key: str) -> Quantity | None:
    """Return what the driver says of the raw value behind a signal, or None."""
    for sensor in twin.sensors.values():
        for name, signal in sensor.reads.items():
            if signal == key:
                return _quantities(sensor.driver).get(name)
    return None
