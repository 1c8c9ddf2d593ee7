"""Setpoints that change with the time of day: steps or ramps between points."""

from collections.abc import Sequence

import msgspec

_DAY_S = 86_400.0


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A setpoint from a moment of the day on.

    Attributes:
        at_s: Seconds after local midnight, 0 to below 86,400; a sunrise is turned into
            this by the caller, day by day.
        setpoint: In the unit of the measurement.
    """

    at_s: float
    setpoint: float


def setpoint(points: Sequence[Point], second: float, ramp_s: float | None = 0.0) -> float:
    """Return the setpoint at a second of the local day; the curve goes on over midnight.

    Args:
        points: At least one, `at_s` increasing.
        second: Seconds after local midnight.
        ramp_s: How long the setpoint takes from one point's value to the next, beginning
            at the point, never longer than until the next; 0: a step; None: all the way.
    """
    second %= _DAY_S
    index = sum(point.at_s <= second for point in points) - 1
    here, before = points[index], points[(index - 1) % len(points)]
    after = points[(index + 1) % len(points)]
    passed = (second - here.at_s) % _DAY_S
    until = (after.at_s - here.at_s) % _DAY_S or _DAY_S
    if ramp_s is None:
        return here.setpoint + (after.setpoint - here.setpoint) * passed / until
    length = min(ramp_s, until)
    if passed >= length:
        return here.setpoint
    return before.setpoint + (here.setpoint - before.setpoint) * passed / length
