"""The routines that a twin declares, read and checked; see docs/control.md for the keys."""

from collections.abc import Mapping
from datetime import date

import msgspec

from controller import day_times
from controller.routines import Missed, Routine, Sun
from dt.rules.description import StepSpec
from dt.rules.reading import Context, actions_of
from dt.twin.description import TwinDescription
from dt.twin.document import Reader
from dt.twin.options import node_of
from dt.twin.quantities import Seconds

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class RoutineSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An entry under ``routines:``; exactly one of `at`, `every` and `sun` says when.

    Attributes:
        id: Of its own within the twin.
        at: ``06:00``, or a list of such.
        days: Of the week: ``mon`` … ``sun``; none: every day.
        on: The only date: ``2026-12-24``.
        every: An interval.
        sun: ``sunrise`` or ``sunset``.
        offset: How long after the sun's moment; ``-30min``: before.
        missed: What becomes of a slot that passed while nobody was there.
        grace: After which a slot counts as missed.
        then: What shall be done.
        title: For people; from the id if empty.
        enabled: Off: it is read and checked, and never runs.
    """

    id: str
    at: object = None
    days: tuple[str, ...] = ()
    on: str | None = None
    every: Seconds | None = None
    sun: Sun | None = None
    offset: object = 0
    missed: Missed = Missed.SKIP
    grace: Seconds = msgspec.field(default_factory=lambda: Seconds(60))
    then: tuple[StepSpec, ...] = ()
    title: str = ""
    enabled: bool = True


def routines_of(twin: TwinDescription, reader: Reader) -> tuple[Routine, ...]:
    """Return the routines of a twin that are enabled; wrong ones are left out, noted."""
    found: list[Routine] = []
    seen: set[str] = set()
    for index, entry in enumerate(twin.routines):
        path, before = f"routines[{index}]", len(reader.problems)
        spec = reader.struct(RoutineSpec, node_of(twin, path, entry), path)
        if spec is None:
            continue
        if spec.id in seen:
            where = f"{path}.id"
            reader.report(twin.line(where), where, f"{spec.id!r} twice", "each id once")
        seen.add(spec.id)
        routine = _routine(twin, spec, path, reader)
        if len(reader.problems) == before and spec.enabled:
            found.append(routine)
    return tuple(found)


def _routine(
    twin: TwinDescription, spec: RoutineSpec, path: str, reader: Reader
) -> Routine:
    whens = [key for key in ("at", "every", "sun") if getattr(spec, key) is not None]
    if len(whens) != 1:
        seen = " and ".join(whens) or "none of them"
        reader.report(twin.line(path), path, seen, "exactly one of at, every, sun")
    if spec.every is not None and spec.every < 1:
        where = f"{path}.every"
        reader.report(twin.line(where), where, f"{spec.every:g} s", "1 s or more")
    context = Context(twin=twin, kinds={}, reader=reader)
    return Routine(
        id=spec.id,
        at=_minutes(twin, spec.at, f"{path}.at", reader),
        on=_date(twin, spec.on, f"{path}.on", reader),
        days=_days(twin, spec.days, f"{path}.days", reader),
        every=spec.every,
        sun=spec.sun,
        offset=_offset(twin, spec.offset, f"{path}.offset", reader),
        missed=spec.missed,
        grace=spec.grace,
        then=actions_of(context, spec.then, path),
    )


def _minutes(
    twin: TwinDescription, said: object, path: str, reader: Reader
) -> tuple[int, ...]:
    if said is None:
        return ()
    texts = list(said) if isinstance(said, list | tuple) else [said]
    found: set[int] = set()
    for text in texts:
        try:
            found.add(day_times.minute(text))
        except ValueError:
            expected = "a time of day like 06:00, or a list of such"
            reader.report(twin.line(path), path, repr(text), expected)
    return tuple(sorted(found))


def _date(
    twin: TwinDescription, said: str | None, path: str, reader: Reader
) -> date | None:
    if said is None:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        reader.report(twin.line(path), path, repr(said), "a date like 2026-12-24")
        return None


def _days(
    twin: TwinDescription, said: tuple[str, ...], path: str, reader: Reader
) -> frozenset[int]:
    found = set()
    for day in said:
        if day[:3].lower() in DAYS:
            found.add(DAYS.index(day[:3].lower()))
        else:
            reader.unknown(twin.line(path), path, day, list(DAYS))
    return frozenset(found)


def _offset(twin: TwinDescription, said: object, path: str, reader: Reader) -> float:
    try:
        return day_times.offset(said)
    except ValueError as error:
        reader.report(twin.line(path), path, repr(said), str(error))
        return 0.0


def title_of(entry: Mapping[str, object]) -> str:
    """Return what people call a routine."""
    name = str(entry.get("title") or entry.get("id", ""))
    return name if entry.get("title") else name.replace("-", " ").capitalize()
