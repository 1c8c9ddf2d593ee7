"""Figures of many measurements of one thing."""

import time
from collections.abc import Callable, Sequence

import numpy as np


def timed(calls: int, call: Callable[[], object]) -> list[float]:
    """Return how long each of `calls` calls took, in ms."""
    took = []
    for _ in range(calls):
        begin = time.perf_counter()
        call()
        took.append((time.perf_counter() - begin) * 1e3)
    return took


def median(values: Sequence[float]) -> float:
    """Return the middle value; NaN without values."""
    return percentile(values, 50)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of all lie; NaN without values."""
    return float(np.percentile(values, percent)) if len(values) else float("nan")


def slope_per_hour(at_s: Sequence[float], values: Sequence[float]) -> float:
    """Return how much the values grow per hour, by least squares; NaN below 3 values."""
    if len(values) < 3:
        return float("nan")
    x = np.asarray(at_s, float)
    return float(np.polyfit(x - x[0], np.asarray(values, float), 1)[0] * 3600)
