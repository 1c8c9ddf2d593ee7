"""Routines: what happens at a time of day, on a date, every so often, or with the sun.

Pure: the entries, the state and the time are arguments. A slot is a moment of local time
turned into UTC, so summer time moves none and repeats none: a slot in the hour that does
not exist is at its end, one in the hour that comes twice is in the first of them.
Intervals are measured on the monotonic clock, so setting the clock changes none.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec
from astral import Observer
from astral.sun import sunrise, sunset

from dt.rules.description import Action

_DAY_MS = 86_400_000


class Missed(StrEnum):
    """What becomes of a slot that passed while nobody was there."""

    ONCE = "once"
    SKIP = "skip"


class Sun(StrEnum):
    """A moment of the sun."""

    SUNRISE = "sunrise"
    SUNSET = "sunset"


class Routine(msgspec.Struct, frozen=True, kw_only=True):
    """One routine; exactly one of `at`, `every` and `sun` says when.

    Attributes:
        id: Of its own within the twin.
        at: Minutes of the local day, increasing.
        on: The only date; None: every day.
        days: Days of the week, Monday 0; empty: all.
        every: Interval in s.
        sun: A moment of the sun, moved by `offset` s.
        offset: Seconds after the sun's moment; negative: before.
        missed: What becomes of slots older than `grace`.
        grace: Seconds after which a slot counts as missed.
        then: What shall be done.
    """

    id: str
    at: tuple[int, ...] = ()
    on: date | None = None
    days: frozenset[int] = frozenset()
    every: float | None = None
    sun: Sun | None = None
    offset: float = 0.0
    missed: Missed = Missed.SKIP
    grace: float = 60.0
    then: tuple[Action, ...] = ()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the routines are.

    Attributes:
        zone: Name of the time zone: ``Europe/Helsinki``.
        latitude, longitude: In degrees, for the sun.
    """

    zone: str = "UTC"
    latitude: float = 0.0
    longitude: float = 0.0


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Now, on both clocks.

    Attributes:
        utc_ms: UTC ms.
        monotonic: Seconds of this boot.
        boot_id: Of this boot.
    """

    utc_ms: int
    monotonic: float
    boot_id: str


class RoutineState(msgspec.Struct, frozen=True, kw_only=True):
    """What one routine remembers.

    Attributes:
        done_ms: UTC ms up to which its slots are done with.
        ran_at: Monotonic s of the last run of an interval.
        boot_id: Of the boot that `ran_at` belongs to.
    """

    done_ms: int
    ran_at: float
    boot_id: str


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A routine is due.

    Attributes:
        routine: Its id.
        at: UTC ms of the slot; of an interval: now.
        late: It was missed and is made up for.
        actions: What shall be done.
    """

    routine: str
    at: int
    late: bool = False
    actions: tuple[Action, ...] = ()


def due(
    routines: Sequence[Routine],
    states: dict[str, RoutineState],
    place: Place,
    now: Moment,
) -> tuple[dict[str, RoutineState], tuple[Slot, ...]]:
    """Return the states after now, and the slots that are due, oldest first.

    A routine that is seen for the first time begins now: nothing before was missed. A
    clock that was set back repeats no slot.

    Args:
        routines: Of one twin.
        states: As the last call returned them; routines that are gone are forgotten.
        place: Where they are.
        now: On both clocks.
    """
    after: dict[str, RoutineState] = {}
    slots: list[Slot] = []
    for routine in routines:
        before = states.get(routine.id)
        if before is None:
            before = RoutineState(
                done_ms=now.utc_ms, ran_at=now.monotonic, boot_id=now.boot_id
            )
        found, after[routine.id] = _one(routine, before, place, now)
        slots += found
    return after, tuple(sorted(slots, key=lambda slot: slot.at))


def slots_between(routine: Routine, place: Place, after: int, until: int) -> Iterator[int]:
    """Yield the UTC ms of a routine's slots in (after, until], oldest first."""
    zone = ZoneInfo(place.zone)
    day = datetime.fromtimestamp(after / 1000, zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(until / 1000, zone).date() + timedelta(days=1)
    while day <= last:
        if _is_day(routine, day):
            for at in _of_day(routine, place, day):
                if after < at <= until:
                    yield at
        day += timedelta(days=1)


def local_ms(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the UTC ms of a minute of a local day.

    In the hour that does not exist: the first moment after it. In the hour that comes
    twice: its first.
    """
    plain = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    first = plain.replace(fold=0)
    at = round(first.timestamp() * 1000)
    back = datetime.fromtimestamp(at / 1000, zone)
    if back.replace(tzinfo=None) == first.replace(tzinfo=None):
        return at
    gap = first.replace(fold=1).utcoffset(), first.utcoffset()
    shift = (gap[1] or timedelta()) - (gap[0] or timedelta())
    low = at - round(abs(shift.total_seconds()) * 1000)
    before = datetime.fromtimestamp(low / 1000, zone).utcoffset()
    high = at
    while high - low > 1000:  # the second at which the offset changes
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle / 1000, zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return high // 1000 * 1000


def _one(
    routine: Routine, before: RoutineState, place: Place, now: Moment
) -> tuple[list[Slot], RoutineState]:
    if routine.every is not None:
        return _interval(routine, before, now)
    done = max(before.done_ms, now.utc_ms)
    after = msgspec.structs.replace(before, done_ms=done)
    start = max(before.done_ms, now.utc_ms - 400 * _DAY_MS)
    times = list(slots_between(routine, place, start, now.utc_ms))
    punctual = [at for at in times if now.utc_ms - at <= routine.grace * 1000]
    if not punctual and times and routine.missed is Missed.ONCE:
        slot = Slot(routine=routine.id, at=times[-1], late=True, actions=routine.then)
        return [slot], after
    slots = [Slot(routine=routine.id, at=at, actions=routine.then) for at in punctual]
    return slots[-1:], after


def _interval(
    routine: Routine, before: RoutineState, now: Moment
) -> tuple[list[Slot], RoutineState]:
    here = msgspec.structs.replace(
        before, done_ms=now.utc_ms, ran_at=now.monotonic, boot_id=now.boot_id
    )
    if before.boot_id != now.boot_id:  # nobody knows how long it was: it begins anew
        late = routine.missed is Missed.ONCE
        slot = Slot(routine=routine.id, at=now.utc_ms, late=True, actions=routine.then)
        return ([slot] if late else []), here
    every = routine.every or 0.0
    passed = int((now.monotonic - before.ran_at) / every) if every > 0 else 0
    if passed < 1:
        return [], before
    here = msgspec.structs.replace(here, ran_at=before.ran_at + passed * every)
    overdue = now.monotonic - here.ran_at > routine.grace
    if overdue and routine.missed is Missed.SKIP:
        return [], here
    slot = Slot(routine=routine.id, at=now.utc_ms, late=overdue, actions=routine.then)
    return [slot], here


def _is_day(routine: Routine, day: date) -> bool:
    if routine.on is not None:
        return day == routine.on
    return not routine.days or day.weekday() in routine.days


def _of_day(routine: Routine, place: Place, day: date) -> list[int]:
    if routine.sun is None:
        return [local_ms(day, minute, ZoneInfo(place.zone)) for minute in routine.at]
    at = sun_ms(routine.sun, place, day)
    return [] if at is None else [at + round(routine.offset * 1000)]


def sun_ms(sun: Sun, place: Place, day: date) -> int | None:
    """Return the UTC ms of sunrise or sunset on a local day; None: there is none."""
    observer = Observer(latitude=place.latitude, longitude=place.longitude)
    function = sunrise if sun is Sun.SUNRISE else sunset
    try:
        at = function(observer, date=day, tzinfo=ZoneInfo(place.zone))
    except ValueError:  # midnight sun or polar night
        return None
    return round(at.astimezone(UTC).timestamp()) * 1000
