"""Tuning by experiment: a relay makes the loop swing, the swing gives the settings.

The output is switched between two values around the setpoint. The amplitude and the
period of the swing give the ultimate gain ``Ku = 4 d / (pi sqrt(a^2 - h^2))`` and period.
Source: Åström, Hägglund: Automatic tuning of simple regulators with specifications on
phase and amplitude margins, Automatica 20 (1984); settings after Tyreus and Luyben (1992).
"""

import math
from itertools import pairwise

import msgspec

SWINGS = 4
"""Full swings that are watched; the first is left out."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The experiment.

    Attributes:
        setpoint: Around which it swings.
        low, high: The two outputs; `high` raises the measurement.
        noise: Band around the setpoint within which nothing switches.
        longest_s: After which the experiment is given up.
        highest: Measurement above which it is given up at once; None: no limit.
    """

    setpoint: float
    low: float
    high: float
    noise: float
    longest_s: float
    highest: float | None = None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the experiment has seen; `failed` says why it was given up.

    Attributes:
        began_at: Monotonic s; None: it begins.
        on: The output is `high`.
        rises: Monotonic s of each switch to `high`.
        peak, trough: Extremes since the last switch.
        peaks, troughs: Extremes of each half of a swing.
        output: Now.
        failed: Empty: it runs or is done.
    """

    began_at: float | None = None
    on: bool = True
    rises: tuple[float, ...] = ()
    peak: float = -math.inf
    trough: float = math.inf
    peaks: tuple[float, ...] = ()
    troughs: tuple[float, ...] = ()
    output: float = 0.0
    failed: str = ""


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """What the experiment found: settings of a PID, and what they come from.

    Attributes:
        gain: Output per unit of error.
        integral_s: In s.
        derivative_s: In s.
        ultimate_gain: Gain at which the loop swings for ever.
        ultimate_s: Period of that swing in s.
    """

    gain: float
    integral_s: float
    derivative_s: float
    ultimate_gain: float
    ultimate_s: float


def step(settings: Settings, state: State, measurement: float | None, now: float) -> State:
    """Return the state with the output of the experiment.

    Args:
        settings: Of the experiment.
        state: Of the step before.
        measurement: None or not finite: the experiment is given up, the output is `low`.
        now: Monotonic s.
    """
    began = now if state.began_at is None else state.began_at
    failed = state.failed or _failed(settings, measurement, now - began)
    if failed or measurement is None or tuning(settings, state) is not None:
        return msgspec.structs.replace(state, output=settings.low, failed=failed)
    peak, trough = max(state.peak, measurement), min(state.trough, measurement)
    after = msgspec.structs.replace(state, began_at=began, peak=peak, trough=trough)
    if state.on and measurement > settings.setpoint + settings.noise:
        after = msgspec.structs.replace(
            after, on=False, troughs=(*state.troughs, trough), peak=measurement
        )
    elif not state.on and measurement < settings.setpoint - settings.noise:
        after = msgspec.structs.replace(
            after,
            on=True,
            peaks=(*state.peaks, peak),
            rises=(*state.rises, now),
            trough=measurement,
        )
    output = settings.high if after.on else settings.low
    return msgspec.structs.replace(after, output=output)


def tuning(settings: Settings, state: State) -> Tuning | None:
    """Return what the experiment found, or None: it is not done, or failed."""
    if len(state.rises) <= SWINGS or state.failed:
        return None
    periods = [b - a for a, b in pairwise(state.rises[1:])]
    tops, bottoms = state.peaks[1:], state.troughs[1:]
    swing = (sum(tops) / len(tops) - sum(bottoms) / len(bottoms)) / 2
    period = sum(periods) / len(periods)
    if swing <= settings.noise or period <= 0:
        return None
    height = (settings.high - settings.low) / 2
    gain = 4 * height / (math.pi * math.sqrt(swing**2 - settings.noise**2))
    return Tuning(
        gain=gain / 2.2,
        integral_s=2.2 * period,
        derivative_s=period / 6.3,
        ultimate_gain=gain,
        ultimate_s=period,
    )


def _failed(settings: Settings, measurement: float | None, passed: float) -> str:
    if measurement is None or not math.isfinite(measurement):
        return "the input is stale or bad"
    if settings.highest is not None and measurement > settings.highest:
        return f"saw {measurement:g}, expected at most {settings.highest:g}"
    if passed > settings.longest_s:
        return f"saw no steady swing within {settings.longest_s:g} s"
    return ""
