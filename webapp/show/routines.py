"""Routines as rows: when, and what is done then."""

from collections.abc import Mapping

import msgspec

from dt.twin.description import TwinDescription
from dt.twin.quantities import seconds
from webapp.language import _
from webapp.show import commands, hands, times


class RoutineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One routine.

    Attributes:
        id: Its id.
        title: For people.
        when: Its trigger in words.
        what: What is done then.
        enabled: It runs at all.
        next_at: UTC ms of its next slot; None: not known.
    """

    id: str
    title: str
    when: str
    what: str
    enabled: bool
    next_at: int | None = None


def rows(twin: TwinDescription, slots: Mapping[str, int]) -> list[RoutineRow]:
    """Return the routines of a twin as it runs; `slots`: id to UTC ms of the next slot."""
    return [_row(twin, entry, slots) for entry in twin.routines]


def _row(
    twin: TwinDescription, entry: Mapping[str, object], slots: Mapping[str, int]
) -> RoutineRow:
    name = str(entry.get("id", ""))
    return RoutineRow(
        id=name,
        title=str(entry.get("title") or name.replace("-", " ").capitalize()),
        when=when(entry),
        what=", ".join(_step(twin, step) for step in _list(entry.get("then"))),
        enabled=entry.get("enabled") is not False,
        next_at=slots.get(name),
    )


def when(entry: Mapping[str, object]) -> str:
    """Return a routine's trigger in words."""
    if entry.get("every") is not None:
        return _("every %(span)s", span=_span(entry["every"]))
    if entry.get("sun"):
        return _sun(entry)
    said = ", ".join(map(_clock, _list(entry.get("at"))))
    if entry.get("on"):
        return _("on %(date)s at %(times)s", date=str(entry["on"]), times=said)
    days = [_day(str(day)) for day in _list(entry.get("days"))]
    if days:
        return _("%(days)s at %(times)s", days=", ".join(days), times=said)
    return _("every day at %(times)s", times=said)


def _sun(entry: Mapping[str, object]) -> str:
    rises = entry.get("sun") == "sunrise"
    offset = str(entry.get("offset") or "").strip()
    if not offset:
        return _("at sunrise") if rises else _("at sunset")
    span = _span(offset.lstrip("+-"))
    if offset.startswith("-"):
        early = _("%(span)s before sunrise", span=span)
        return early if rises else _("%(span)s before sunset", span=span)
    late = _("%(span)s after sunrise", span=span)
    return late if rises else _("%(span)s after sunset", span=span)


def _step(twin: TwinDescription, step: object) -> str:
    if not isinstance(step, Mapping):
        return str(step)
    thing = hands.thing(twin, str(step.get("actuator", "")))
    said = commands.level(commands.read(str(step.get("command", ""))))
    text = f"{thing.title} {said}"
    if step.get("duration") is not None:
        return _("%(what)s for %(span)s", what=text, span=_span(step["duration"]))
    return text


def _clock(value: object) -> str:
    """Return a time of day; YAML reads an unquoted 06:30 as 390 minutes."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value // 60:02}:{value % 60:02}"
    return str(value)


def _span(value: object) -> str:
    try:
        return times.every(float(seconds(value)))
    except ValueError:
        return str(value)


def _day(name: str) -> str:
    return {
        "mon": _("Mon"),
        "tue": _("Tue"),
        "wed": _("Wed"),
        "thu": _("Thu"),
        "fri": _("Fri"),
        "sat": _("Sat"),
        "sun": _("Sun"),
    }.get(name, name)


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
