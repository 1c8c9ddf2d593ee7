"""PID with the real time between readings, and nothing that surprises.

Parallel form ``u = Kp e + I + D``. The derivative is taken on the measurement (a new
setpoint gives no kick) through a first-order filter. The integral stops where the output
is held by a limit (clamping), and follows an output that a person or a limit of rate
gives (back-calculation), so the hand-over to automatic is without a bump.
Source: Åström, Hägglund: Advanced PID Control (ISA, 2006), chapters 3.4 to 3.6.
"""

import math

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a regulator is tuned; outputs between `low` and `high` in any one unit.

    Attributes:
        gain: Output per unit of error; negative: the output lowers the measurement.
        integral_s: Integral time in s; 0: no integral part.
        derivative_s: Derivative time in s; 0: no derivative part.
        filter_s: Time constant of the derivative's filter in s.
        low, high: Limits of the output.
        rate: Largest change of the output per s; None: any.
        safe: Output while the input cannot be used.
        max_gap_s: Readings further apart than this count as a restart.
    """

    gain: float
    integral_s: float = 0.0
    derivative_s: float = 0.0
    filter_s: float = 1.0
    low: float = 0.0
    high: float = 1.0
    rate: float | None = None
    safe: float = 0.0
    max_gap_s: float = 60.0


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a regulator remembers.

    Attributes:
        at: Monotonic s of the last step; None: it begins.
        measurement: Of the last step.
        integral: The integral part, in units of the output.
        slope: The filtered derivative of the measurement, per s.
        output: Of the last step.
    """

    at: float | None = None
    measurement: float = 0.0
    integral: float = 0.0
    slope: float = 0.0
    output: float = 0.0


def step(
    settings: Settings,
    state: State,
    setpoint: float,
    measurement: float | None,
    now: float,
) -> State:
    """Return the state with the new output, which is always within its limits.

    Args:
        settings: Of the regulator.
        state: Of the step before.
        setpoint: In the unit of the measurement.
        measurement: None, NaN or infinite: it is stale or bad, the output is safe at once.
        now: Monotonic s.
    """
    if measurement is None or not math.isfinite(measurement) or not math.isfinite(setpoint):
        return State(output=_within(settings, settings.safe))
    dt = 0.0 if state.at is None else now - state.at
    if state.at is None or not 0.0 <= dt <= settings.max_gap_s:
        output = _within(settings, state.output)
        begun = State(at=now, measurement=measurement, output=output)
        tracked = _tracking(settings, begun, setpoint, output)
        integral = _within(settings, tracked.integral) if settings.integral_s > 0 else 0.0
        return msgspec.structs.replace(tracked, integral=integral)
    if dt == 0.0:
        return state
    slope = _slope(settings, state, measurement, dt)
    error = setpoint - measurement
    grown = state.integral
    if settings.integral_s > 0:
        grown += settings.gain * error * dt / settings.integral_s
    rest = settings.gain * (error - settings.derivative_s * slope)
    output = _slowed(settings, state.output, _within(settings, rest + grown), dt)
    integral = _clamped(state.integral, grown, rest, output)
    return State(
        at=now, measurement=measurement, integral=integral, slope=slope, output=output
    )


def manual(
    settings: Settings,
    state: State,
    setpoint: float,
    measurement: float,
    now: float,
    output: float,
) -> State:
    """Return the state while a person gives the output; automatic goes on from there.

    Args:
        settings: Of the regulator.
        state: Of the step before.
        setpoint: In the unit of the measurement.
        measurement: A good one.
        now: Monotonic s.
        output: What the person wants; it is kept within its limits.
    """
    slope = 0.0
    if state.at is not None and 0.0 < now - state.at <= settings.max_gap_s:
        slope = _slope(settings, state, measurement, now - state.at)
    given = _within(settings, output)
    held = State(at=now, measurement=measurement, slope=slope, output=given)
    return _tracking(settings, held, setpoint, given)


def _tracking(settings: Settings, state: State, setpoint: float, output: float) -> State:
    """Return a state whose integral gives this output."""
    error = setpoint - state.measurement
    rest = settings.gain * (error - settings.derivative_s * state.slope)
    integral = output - rest if settings.integral_s > 0 else 0.0
    return msgspec.structs.replace(state, integral=integral)


def _slope(settings: Settings, state: State, measurement: float, dt: float) -> float:
    raw = (measurement - state.measurement) / dt
    share = dt / (settings.filter_s + dt)
    return state.slope + share * (raw - state.slope)


def _clamped(before: float, grown: float, rest: float, output: float) -> float:
    """Return the integral: it does not grow further against a limit."""
    excess = rest + grown - output
    if excess * (grown - before) > 0:
        return before
    return grown


def _slowed(settings: Settings, before: float, wanted: float, dt: float) -> float:
    if settings.rate is None:
        return wanted
    most = settings.rate * dt
    return _within(settings, min(max(wanted, before - most), before + most))


def _within(settings: Settings, output: float) -> float:
    return min(max(output, settings.low), settings.high)
