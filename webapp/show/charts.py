"""What a chart draws: panes of signals, marks, and the time it spans."""

import msgspec

from dt.store.events import Event, Severity
from dt.store.notes import Note
from webapp.show.signals import Signal

POINTS = 360


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One signal in a pane, as the browser's chart wants it."""

    name: str
    title: str
    sign: str
    digits: int
    colour: int
    low: float | None
    high: float | None
    stale: int
    axis: int


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, to be seen in the chart.

    Attributes:
        at: UTC ms.
        text: For people.
        kind: ``note``, ``run`` of an actuator, or of an event ``warn``, ``crit``, ``info``.
        id: Of the note, 0 for an event.
    """

    at: int
    text: str
    kind: str
    id: int = 0


class Pane(msgspec.Struct, frozen=True, kw_only=True):
    """One drawing area: at most two units, one axis each."""

    lines: tuple[Line, ...]

    @property
    def signs(self) -> list[str]:
        """The units of its axes, left then right."""
        found: list[str] = []
        for line in self.lines:
            if line.sign not in found:
                found.append(line.sign)
        return found


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A whole chart.

    Attributes:
        panes: Stacked, one above the other.
        start, end: UTC ms.
        span: Length of a range that ends now, in ms; 0: the range is fixed.
        since: Time of the first reading ever, if it is in the range; else 0.
        marks: Notes and events in it.
    """

    panes: tuple[Pane, ...]
    start: int
    end: int
    span: int
    since: int = 0
    marks: tuple[Mark, ...] = ()

    @property
    def lines(self) -> list[Line]:
        """All lines of all panes."""
        return [line for pane in self.panes for line in pane.lines]

    @property
    def has_limits(self) -> bool:
        """Whether any line has a limit to draw."""
        return any(line.low is not None or line.high is not None for line in self.lines)


def panes(signals: list[Signal], axes: int = 1) -> tuple[Pane, ...]:
    """Return signals stacked by unit.

    Args:
        signals: In the order in which they were chosen.
        axes: How many units share a pane, 1 or 2.
    """
    units: dict[str, list[Signal]] = {}
    for signal in signals:
        units.setdefault(signal.sign, []).append(signal)
    groups = list(units.values())
    colours = _colours(signals)
    return tuple(
        Pane(
            lines=tuple(
                _line(signal, axis, colours[signal.name])
                for axis, group in enumerate(groups[first : first + axes])
                for signal in group
            )
        )
        for first in range(0, len(groups), axes)
    )


def _colours(signals: list[Signal]) -> dict[str, int]:
    """Keep each signal's own colour; of two with the same, the second takes a free one."""
    taken: dict[str, int] = {}
    for signal in signals:
        free = [c for c in range(1, 9) if c not in taken.values()] or [signal.colour]
        taken[signal.name] = signal.colour if signal.colour in free else free[0]
    return taken


def _line(signal: Signal, axis: int, colour: int) -> Line:
    return Line(
        name=signal.name,
        title=signal.title,
        sign=signal.sign,
        digits=signal.digits,
        colour=colour,
        low=signal.low,
        high=signal.high,
        stale=signal.stale_ms,
        axis=axis,
    )


def leading(signals: list[Signal], count: int = 2) -> list[Signal]:
    """Return the signals that a page shows first.

    Those with limits before those without, of unlike units, and rather from another
    sensor than from the same.
    """
    by_limits = sorted(signals, key=lambda signal: not signal.limits_text)
    chosen: list[Signal] = []
    while len(chosen) < count:
        others = [s for s in by_limits if all(s.sign != c.sign for c in chosen)]
        if not others:
            break
        known = {signal.sensor for signal in chosen}
        others.sort(key=lambda s: (not s.limits_text, s.derived, s.sensor in known))
        chosen.append(others[0])
    return chosen


_KINDS = {
    Severity.INFO: "info",
    Severity.NOTICE: "info",
    Severity.WARNING: "warn",
    Severity.CRITICAL: "crit",
}


def marks(notes: list[Note], events: list[Event], start: int, end: int) -> tuple[Mark, ...]:
    """Return what to mark between two times, oldest first: notes, events that matter."""
    found = [Mark(at=n.at, text=n.text, kind="note", id=n.id) for n in notes]
    found += [
        Mark(at=event.at, text=event.text, kind=_KINDS[event.severity])
        for event in events
        if event.severity >= Severity.NOTICE and start <= event.at < end
    ]
    return tuple(sorted(found, key=lambda mark: mark.at))
