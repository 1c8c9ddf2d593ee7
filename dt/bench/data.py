"""Made-up signals that look like real ones; the same at every run."""

from collections.abc import Callable

import numpy as np

from dt.processing.psychrometrics import vpd
from dt.twin.readings import Floats, Ints, Readings

DAY_MS = 86_400_000
VPD_DECIMALS = 5
START_MS = 1_767_225_600_000  # 2026-01-01 00:00 UTC

Kind = Callable[[Ints, np.random.Generator], Floats]


def constant(t: Ints, _random: np.random.Generator) -> Floats:
    """Return what a door contact says for most of its life."""
    return np.zeros(len(t))


def slow(t: Ints, random: np.random.Generator) -> Floats:
    """Return an air temperature in Cel: a daily wave, a slow drift, steps of 0.1."""
    wave = 5 * np.sin(2 * np.pi * t / DAY_MS)
    drift = np.cumsum(random.normal(0, 0.002, len(t)))
    return np.round(21 + wave + drift, 1)


def noisy(t: Ints, random: np.random.Generator) -> Floats:
    """Return a float with noise in its last digits, as an analogue input gives it."""
    return np.round(
        3 + np.sin(2 * np.pi * t / 3_600_000) + random.normal(0, 0.05, len(t)), 3
    )


def counter(t: Ints, random: np.random.Generator) -> Floats:
    """Return an energy meter in Wh: whole numbers that only grow."""
    return np.cumsum(random.poisson(0.3, len(t))).astype(np.float64)


def derived(t: Ints, random: np.random.Generator) -> Floats:
    """Return a vapour pressure deficit in kPa, as the collector tells that of a DHT22."""
    temperature = np.round(slow(t, random) + random.normal(0, 0.1, len(t)), 1)
    humidity = np.round(60 + random.normal(0, 0.4, len(t)), 1)
    return np.round(vpd(temperature, humidity), VPD_DECIMALS)


def full_float(t: Ints, random: np.random.Generator) -> Floats:
    """Return random bits: what no codec can make smaller."""
    return random.random(len(t))


KINDS: tuple[tuple[str, Kind], ...] = (
    ("constant", constant),
    ("slow analogue, 0.1", slow),
    ("noisy analogue, 0.001", noisy),
    ("counter", counter),
    ("derived from 0.1 and 0.1", derived),
    ("random float", full_float),
)


def signal(kind: Kind, count: int, *, signal: int = 1, start: int = START_MS) -> Readings:
    """Return `count` good readings of one signal at 1 Hz, with a jitter of 2 ms."""
    random = np.random.default_rng(signal)
    t = start + 1000 * np.arange(count, dtype=np.int64) + random.integers(0, 3, count)
    return Readings(
        signal=np.full(count, signal, np.int32),
        observed_at=t,
        value=kind(t - start, random),
        code=np.zeros(count, np.uint16),
    )


def side_by_side(parts: list[Readings]) -> Readings:
    """Return the readings of several signals in order of time, as they arrive."""
    joined = Readings.join(parts)
    return joined.take(np.argsort(joined.observed_at, kind="stable"))
