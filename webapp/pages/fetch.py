"""What several pages ask the store for."""

import msgspec
from flask import request

from dt.errors import NotFoundError
from dt.store.records import SensorState
from dt.twin.description import TwinDescription
from dt.twin.readings import Series
from webapp.context import Context, current
from webapp.pages import hands
from webapp.show import numbers, sparks, tiles, times
from webapp.show.charts import POINTS, Chart, Mark, Pane, marks
from webapp.show.drawing import Drawn, drawn
from webapp.show.signals import Signal, signals_of
from webapp.show.tiles import Tile

SPARK_POINTS = 60
EVENTS = 200
SHORTEST_MS = 120_000


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The time that a page shows.

    Attributes:
        name: One of `times.RANGES`; empty: a fixed range.
        start, end: UTC ms.
        since: When the first reading ever is younger than the range: its time, and the
            range begins there; else 0.
    """

    name: str
    start: int
    end: int
    since: int = 0

    @property
    def live_ms(self) -> int:
        """Its length when it ends now, else 0."""
        return times.RANGES.get(self.name, 0)


def span(default: str = "12h") -> Span:
    """Return the range that the address asks for: ``range``, or ``from`` and ``to``."""
    now = current().clock.now_ms()
    start, end = (_ms(request.args.get(key, "")) for key in ("from", "to"))
    if start is not None and (end or now) > start:
        return Span(name="", start=start, end=end or now)
    name = request.args.get("range", default)
    name = name if name in times.RANGES else default
    return Span(name=name, start=now - times.RANGES[name], end=now)


def fitted(shown: Span, signals: list[Signal]) -> Span:
    """Return the range without the time before the very first reading.

    A young appliance shows its first minutes, not hours of nothing.
    """
    if not shown.live_ms:
        return shown
    found = series(signals, shown.start, shown.end, SPARK_POINTS)
    first = min((int(one.t[0]) for one in found.values() if len(one)), default=0)
    if first < shown.start + shown.live_ms // 20:
        return shown
    if any(len(one) for one in series(signals, 0, shown.start, 1).values()):
        return shown
    start = max(shown.start, min(first, shown.end - SHORTEST_MS))
    return msgspec.structs.replace(shown, start=start, since=first)


def _ms(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 15 else times.from_field(text)


def twin_or_404(twin_id: str) -> TwinDescription:
    """Return a twin by its id.

    Raises:
        NotFoundError: There is none, or its file never was right.
    """
    twin = current().twins().get(twin_id)
    if twin is None:
        raise NotFoundError(f"there is no twin {twin_id!r}", hint="see the list of twins")
    return twin


def first_twin() -> TwinDescription | None:
    """Return the twin that is shown unless another is asked for: with most sensors."""
    twins = current().twins().values()
    return max(twins, key=lambda twin: (len(twin.sensors), len(twin.signals)), default=None)


def all_signals() -> dict[str, Signal]:
    """Return every declared signal of every twin by its full name."""
    return {s.name: s for twin in current().twins().values() for s in signals_of(twin)}


def ids(context: Context, signals: list[Signal]) -> dict[str, int]:
    """Return the store's number of each signal that it knows."""
    rows = context.log.signals()
    return {s.name: rows[s.name].id for s in signals if s.name in rows}


def series(signals: list[Signal], start: int, end: int, points: int) -> dict[str, Series]:
    """Return the signals' history by full name, at most `points` buckets each."""
    context = current()
    known = list(ids(context, signals).values())
    found = context.log.series(known, start, end, points) if known else []
    return {one.signal: one for one in found}


def sensor_states() -> dict[tuple[str, str], SensorState]:
    """Return how each sensor does, by twin and name."""
    return {(s.twin, s.sensor): s for s in current().log.sensors()}


def tile_list(signals: list[Signal], shown: Span) -> list[Tile]:
    """Return the tiles of some signals, each with its small picture."""
    context = current()
    now = context.clock.now_ms()
    known = ids(context, signals)
    latest = context.log.latest(list(known.values())) if known else {}
    history = series(signals, shown.start, shown.end, SPARK_POINTS)
    states = sensor_states()
    return [
        tiles.tile(
            signal,
            latest.get(known.get(signal.name, -1)),
            states.get((signal.name.partition("/")[0], signal.sensor)),
            now,
            picture(signal, history.get(signal.name), shown),
        )
        for signal in signals
    ]


def picture(signal: Signal, found: Series | None, shown: Span) -> sparks.Spark:
    """Return the small picture of a signal over a range."""
    gap = sparks.gap_of(found, signal.stale_ms) if found is not None else 0
    return sparks.spark(found, shown.start, shown.end, gap)


def chart_marks(signals: list[Signal], shown: Span) -> tuple[Mark, ...]:
    """Return what happened to these signals in a range."""
    appliance = current().appliance
    names = [signal.name for signal in signals]
    twins = {name.partition("/")[0] for name in names} | {""}
    others = _other_sensors(twins, {signal.sensor for signal in signals})
    events = [
        event
        for event in appliance.events.newest(EVENTS)
        if event.twin in twins and event.source not in others
    ]
    notes = appliance.notes.between(shown.start, shown.end, names)
    found = [*marks(notes, events, shown.start, shown.end)]
    for known in twins & current().twins().keys():
        found += hands.runs(current().twins()[known], shown.start, shown.end)
    return tuple(sorted(found, key=lambda mark: mark.at))


def _other_sensors(twins: set[str], mine: set[str]) -> set[str]:
    """Return the sensors of these twins that have nothing to do with what is shown."""
    known = current().twins()
    return {name for id_ in twins & known.keys() for name in known[id_].sensors} - mine


def chart(
    panes: tuple[Pane, ...], signals: list[Signal], shown: Span
) -> tuple[Chart, list[Drawn]]:
    """Return a chart and its panes as the server draws them."""
    one = Chart(
        panes=panes,
        start=shown.start,
        end=shown.end,
        span=shown.live_ms,
        since=shown.since,
        marks=chart_marks(signals, shown),
    )
    history = series(signals, shown.start, shown.end, POINTS)
    return one, [drawn(one, pane, history) for pane in panes]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table that says in words what a chart draws."""

    at: int
    cells: tuple[str, ...]


def table(signals: list[Signal], shown: Span, rows: int = 24) -> list[Row]:
    """Return the mean of each signal in each of `rows` equal parts of a range."""
    history = series(signals, shown.start, shown.end, rows)
    step = max(1, (shown.end - shown.start) // rows)
    columns = [
        _parts(signal, history.get(signal.name), shown.start, step) for signal in signals
    ]
    return [
        Row(
            at=shown.start + index * step,
            cells=tuple(column.get(index, numbers.DASH) for column in columns),
        )
        for index in range(rows)
    ]


def _parts(signal: Signal, found: Series | None, start: int, step: int) -> dict[int, str]:
    if found is None:
        return {}
    sums: dict[int, tuple[float, int]] = {}
    columns = zip(found.t.tolist(), found.mean.tolist(), found.n.tolist(), strict=True)
    for at, mean, count in columns:
        if count:
            total, many = sums.get((at - start) // step, (0.0, 0))
            sums[(at - start) // step] = (total + mean * count, many + count)
    return {index: signal.text(total / many) for index, (total, many) in sums.items()}
