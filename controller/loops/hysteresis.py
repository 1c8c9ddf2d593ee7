"""On below one value, off above another: the regulator of a thermostat."""

import math

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the regulator switches.

    Attributes:
        below: How far below the setpoint it switches on.
        above: How far above it switches off.
        cools: It works the other way round: on above, off below.
        safe: Whether it is on while the input cannot be used.
    """

    below: float
    above: float
    cools: bool = False
    safe: bool = False


def step(settings: Settings, on: bool, setpoint: float, measurement: float | None) -> bool:
    """Return whether it is on now.

    Args:
        settings: Of the regulator.
        on: Whether it was.
        setpoint: In the unit of the measurement.
        measurement: None, NaN or infinite: it is stale or bad, the output is safe at once.
    """
    if measurement is None or not math.isfinite(measurement) or not math.isfinite(setpoint):
        return settings.safe
    cold = measurement <= setpoint - settings.below
    warm = measurement >= setpoint + settings.above
    starts, stops = (warm, cold) if settings.cools else (cold, warm)
    return starts or (on and not stops)
