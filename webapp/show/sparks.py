"""Small pictures: a series becomes the paths of an SVG, broken where there is no data."""

import math

import msgspec
import numpy as np

from dt.twin.readings import Floats, Series

WIDTH, HEIGHT = 150, 36
_PAD = 0.15


class Spark(msgspec.Struct, frozen=True, kw_only=True):
    """Paths in a box of 150 × 36; both empty: there is nothing to draw."""

    line: str = ""
    band: str = ""


def spark(
    series: Series | None,
    start: int,
    end: int,
    gap_ms: int,
    scale: tuple[float, float] | None = None,
) -> Spark:
    """Return the picture of a series between two times.

    Args:
        series: What the store gave; None: nothing.
        start: UTC ms of the left edge.
        end: UTC ms of the right edge.
        gap_ms: Time without data that breaks the line.
        scale: Values at the bottom and the top; None: as the values need.
    """
    if series is None or len(series) == 0:
        return Spark()
    good = np.isfinite(series.mean)
    if not good.any():
        return Spark()
    low, high = scale or bounds(series.min[good], series.max[good])
    x = (series.t - start) / max(1, end - start) * WIDTH
    line: list[str] = []
    band: list[str] = []
    for first, last in runs(series, gap_ms):
        chosen = slice(first, last)
        mean = _y(series.mean[chosen], low, high)
        line.append(_path(x[chosen], mean))
        if series.bucket_ms and last - first > 1:
            top = _y(series.max[chosen], low, high)
            bottom = _y(series.min[chosen], low, high)
            outline = _path(x[chosen], top) + "L" + _path(x[chosen][::-1], bottom[::-1])[1:]
            band.append(outline + "Z")
    return Spark(line="".join(line), band="".join(band))


def bounds(low: Floats, high: Floats) -> tuple[float, float]:
    """Return a range that holds all values with room above and below."""
    least, most = float(low.min()), float(high.max())
    room = (most - least) * _PAD or max(abs(most) * 0.02, 0.5)
    return least - room, most + room


def runs(series: Series, gap_ms: int) -> list[tuple[int, int]]:
    """Return the stretches [first, last) of a series that no gap interrupts.

    A gap is a time without data longer than `gap_ms`, or a bucket of bad readings only.
    """
    found: list[tuple[int, int]] = []
    first: int | None = None
    times = series.t.tolist()
    for index, value in enumerate(series.mean.tolist()):
        missing = not math.isfinite(value)
        far = first is not None and times[index] - times[index - 1] > gap_ms
        if first is not None and (missing or far):
            found.append((first, index))
            first = None
        if first is None and not missing:
            first = index
    if first is not None:
        found.append((first, len(times)))
    return found


def gap_of(series: Series, stale_ms: int) -> int:
    """Return how long without data counts as a gap in a series, in ms."""
    return max(round(series.bucket_ms * 1.9), stale_ms)


def _y(values: Floats, low: float, high: float) -> Floats:
    return HEIGHT - (values - low) / (high - low) * HEIGHT


def _path(x: Floats, y: Floats) -> str:
    points = [f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    if len(points) == 1:
        return f"M{points[0]}h0.1"
    return "M" + "L".join(points)
