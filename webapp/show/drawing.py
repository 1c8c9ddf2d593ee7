"""A chart drawn by the server: what is seen before the browser draws, or if it never does.

Numbers only; the template makes the SVG: paths in a box of 1000 × 1000 that is stretched
to the pane, labels at percents of it, so that text keeps its shape on any screen.
"""

import math
from typing import TypeGuard

import msgspec
import numpy as np

from dt.twin.readings import Series
from webapp.show import numbers, times
from webapp.show.charts import Chart, Line, Pane
from webapp.show.sparks import gap_of, runs

BOX = 1000
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TIME_STEPS = (
    60_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    21_600_000,
    43_200_000,
    86_400_000,
    2 * 86_400_000,
    7 * 86_400_000,
    30 * 86_400_000,
    91 * 86_400_000,
    365 * 86_400_000,
)


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """One label of an axis and where it stands, in percent from the left or the top."""

    at: float
    text: str


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One line with its band and its limits."""

    colour: int
    line: str
    band: str
    limits: tuple[float, ...]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One pane, ready for the template."""

    traces: tuple[Trace, ...]
    left: tuple[Tick, ...]
    right: tuple[Tick, ...]
    times: tuple[Tick, ...]
    gaps: tuple[tuple[float, float], ...]
    signs: tuple[str, ...]


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """A range of values and the step between its grid lines."""

    low: float
    high: float
    step: float


def drawn(chart: Chart, pane: Pane, series: dict[str, Series]) -> Drawn:
    """Return a pane's drawing.

    Args:
        chart: Gives the time span.
        pane: What to draw.
        series: By full name of the signal.
    """
    box = _Box(chart.start, chart.end)
    scales = [
        _scale([line for line in pane.lines if line.axis == axis], series)
        for axis in range(len(pane.signs))
    ]
    ticks = [box.ticks(scale) for scale in scales]
    return Drawn(
        traces=tuple(
            _trace(box, line, series.get(line.name), scales[line.axis])
            for line in pane.lines
        ),
        left=ticks[0] if ticks else (),
        right=ticks[1] if len(ticks) > 1 else (),
        times=box.times(),
        gaps=_gaps(box, pane, series),
        signs=tuple(pane.signs),
    )


class _Box:
    """Where times and values stand in the box."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, max(end, start + 1)

    def x(self, ms: float) -> float:
        return round((ms - self.start) / (self.end - self.start) * BOX, 1)

    def y(self, value: float, scale: Scale) -> float:
        return round((1 - (value - scale.low) / (scale.high - scale.low)) * BOX, 1)

    def ticks(self, scale: Scale) -> tuple[Tick, ...]:
        count = round((scale.high - scale.low) / scale.step)
        digits = max(0, -math.floor(math.log10(scale.step) + 1e-9))
        values = [scale.low + index * scale.step for index in range(count + 1)]
        return tuple(
            Tick(at=round(self.y(v, scale) / 10, 2), text=numbers.text(v, digits))
            for v in values
        )

    def times(self) -> tuple[Tick, ...]:
        span = self.end - self.start
        step = next((s for s in _TIME_STEPS if span / s <= 8), _TIME_STEPS[-1])
        zone = times.local(self.start).utcoffset()
        offset = round(zone.total_seconds() * 1000) if zone else 0
        first = -(-(self.start + offset) // step) * step - offset
        by_day = step >= 86_400_000
        return tuple(
            Tick(
                at=round(self.x(ms) / 10, 2),
                text=times.short_day(ms) if by_day else times.clock(ms),
            )
            for ms in range(first, self.end, step)
        )


def _scale(lines: list[Line], series: dict[str, Series]) -> Scale:
    """Return a round range that holds these lines' values, and their limits if near."""
    found = [series[line.name] for line in lines if has_values(series.get(line.name))]
    low = min((float(np.nanmin(s.min)) for s in found), default=0.0)
    high = max((float(np.nanmax(s.max)) for s in found), default=1.0)
    room = (high - low) or max(abs(high) * 0.05, 1.0)
    for line in lines:
        for limit in (line.low, line.high):
            if limit is not None and low - room <= limit <= high + room:
                low, high = min(low, limit), max(high, limit)
    step = _step((high - low or room) / 5)
    least = math.floor(low / step) * step
    most = math.ceil(high / step) * step
    return Scale(low=least, high=most if most > least else least + step, step=step)


def has_values(series: Series | None) -> TypeGuard[Series]:
    """Tell whether there is anything to draw."""
    return series is not None and bool(np.isfinite(series.mean).any())


def _step(wanted: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(wanted))
    return next(s * power for s in _STEPS if s * power >= wanted * 0.999)


def _trace(box: _Box, line: Line, series: Series | None, scale: Scale) -> Trace:
    limits = tuple(
        box.y(limit, scale)
        for limit in (line.low, line.high)
        if limit is not None and scale.low <= limit <= scale.high
    )
    if series is None or len(series) == 0:
        return Trace(colour=line.colour, line="", band="", limits=limits)
    paths: list[str] = []
    bands: list[str] = []
    x = [box.x(ms) for ms in series.t.tolist()]
    for first, last in runs(series, gap_of(series, line.stale)):
        across = x[first:last]
        paths.append(_path(across, [box.y(v, scale) for v in series.mean[first:last]]))
        if series.bucket_ms and last - first > 1:
            top = _path(across, [box.y(v, scale) for v in series.max[first:last]])
            down = [box.y(v, scale) for v in series.min[first:last]][::-1]
            bands.append(f"{top}L{_path(across[::-1], down)[1:]}Z")
    return Trace(
        colour=line.colour, line="".join(paths), band="".join(bands), limits=limits
    )


def _path(x: list[float], y: list[float]) -> str:
    points = [f"{a:g},{b:g}" for a, b in zip(x, y, strict=True)]
    return "M" + "L".join(points) + ("h0.1" if len(points) == 1 else "")


def _gaps(
    box: _Box, pane: Pane, series: dict[str, Series]
) -> tuple[tuple[float, float], ...]:
    """Return where no line of the pane has data, as (x, width)."""
    covered: list[tuple[int, int]] = []
    for line in pane.lines:
        found = series.get(line.name)
        if found is not None and len(found):
            gap = gap_of(found, line.stale)
            ends = [
                (int(found.t[a]), int(found.t[b - 1]) + found.bucket_ms)
                for a, b in runs(found, gap)
            ]
            covered += [(a - gap // 2, b + gap // 2) for a, b in ends]
    return tuple(
        (box.x(a), round(box.x(b) - box.x(a), 1))
        for a, b in holes(covered, box.start, box.end)
    )


def holes(covered: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """Return the parts of [start, end) that no interval covers, in order."""
    found: list[tuple[int, int]] = []
    reached = start
    for a, b in sorted(covered):
        if a > reached:
            found.append((reached, min(a, end)))
        reached = max(reached, b)
    if reached < end:
        found.append((reached, end))
    return [(a, b) for a, b in found if b > a]
