from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.routines import (
    Missed,
    Moment,
    Place,
    Routine,
    RoutineState,
    Sun,
    due,
    local_ms,
    slots_between,
    sun_ms,
)

HELSINKI = Place(zone="Europe/Helsinki", latitude=60.17, longitude=24.94)
HOUR = 3_600_000


def utc(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def shown(ms, zone="UTC"):
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)).strftime("%m-%d %H:%M")


def moment(text, monotonic=0.0, boot="one"):
    return Moment(utc_ms=utc(text), monotonic=monotonic, boot_id=boot)


def run(routine, *moments, place=HELSINKI):
    """Return the slots at each moment after the first, which begins."""
    states, found = due([routine], {}, place, moments[0])
    assert found == ()
    slots = []
    for now in moments[1:]:
        states = msgspec.json.decode(
            msgspec.json.encode(states), type=dict[str, RoutineState]
        )
        states, found = due([routine], states, place, now)
        slots.append([(shown(slot.at), slot.late) for slot in found])
    return slots


def test_a_time_of_day_is_local():
    night = Routine(id="night", at=(22 * 60,))
    found = run(
        night,
        moment("2026-01-10T19:59"),
        moment("2026-01-10T20:00"),
        moment("2026-01-10T20:01"),
    )
    assert found == [[("01-10 20:00", False)], []]


def test_days_and_dates_are_kept():
    start, end = utc("2026-01-05T00:00"), utc("2026-01-19T00:00")
    monday = Routine(id="m", at=(600,), days=frozenset({0}))
    assert [shown(at) for at in slots_between(monday, Place(), start, end)] == [
        "01-05 10:00",
        "01-12 10:00",
    ]
    once = Routine(id="d", at=(600, 660), on=date(2026, 1, 7))
    assert [shown(at) for at in slots_between(once, Place(), start, end)] == [
        "01-07 10:00",
        "01-07 11:00",
    ]


def test_a_slot_in_the_hour_that_does_not_exist_is_at_its_end():
    zone = ZoneInfo("Europe/Helsinki")
    for minute in (180, 210, 239, 240):
        assert (
            shown(local_ms(date(2026, 3, 29), minute, zone), "Europe/Helsinki")
            == "03-29 04:00"
        )
    assert shown(local_ms(date(2026, 3, 29), 170, zone)) == "03-29 00:50"


def test_a_slot_in_the_hour_that_comes_twice_is_once_and_first():
    routine = Routine(id="r", at=(210,))
    start, end = utc("2026-10-24T12:00"), utc("2026-10-25T12:00")
    assert [shown(at) for at in slots_between(routine, HELSINKI, start, end)] == [
        "10-25 00:30"
    ]


@given(
    day=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    minute=st.integers(0, 1439),
    zone=st.sampled_from(
        ["Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "UTC"]
    ),
)
def test_every_day_has_every_slot_exactly_once(day, minute, zone):
    routine = Routine(id="r", at=(minute,), on=day)
    at = local_ms(day, minute, ZoneInfo(zone))
    place = Place(zone=zone)
    assert list(slots_between(routine, place, at - 40 * HOUR, at + 40 * HOUR)) == [at]
    assert datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).date() == day


def test_missed_slots_are_skipped_or_made_up_for_once():
    begin, later = moment("2026-01-10T00:00"), moment("2026-01-13T12:00")
    skip = Routine(id="r", at=(600,))
    assert run(skip, begin, later) == [[]]
    once = Routine(id="r", at=(600,), missed=Missed.ONCE)
    assert run(once, begin, later, later) == [[("01-13 08:00", True)], []]


def test_a_clock_set_back_repeats_no_slot():
    routine = Routine(id="r", at=(600,))
    moments = [
        "2026-01-10T07:59",
        "2026-01-10T08:00",
        "2026-01-10T07:30",
        "2026-01-10T08:00",
    ]
    assert run(routine, *map(moment, moments)) == [[("01-10 08:00", False)], [], []]


def test_an_interval_follows_the_monotonic_clock():
    routine = Routine(id="r", every=3600)
    same = "2026-01-10T08:00"
    found = run(
        routine,
        moment(same, 100),
        moment("2026-01-10T11:00", 3699),
        moment(same, 3701),
        moment(same, 7301),
    )
    assert [len(slots) for slots in found] == [0, 1, 1]


def test_an_interval_that_was_missed_keeps_its_beat():
    hour = 3600.0
    skip = Routine(id="r", every=hour)
    now = "2026-01-10T08:00"
    beats = [moment(now, 0), moment(now, 2.5 * hour), moment(now, 3 * hour)]
    assert [len(slots) for slots in run(skip, *beats)] == [0, 1]
    once = Routine(id="r", every=hour, missed=Missed.ONCE)
    assert run(once, *beats)[0] == [("01-10 08:00", True)]


def test_an_interval_begins_anew_in_another_boot():
    now = "2026-01-10T08:00"
    moments = [moment(now, 9000), moment(now, 5, "two"), moment(now, 3605, "two")]
    assert [len(s) for s in run(Routine(id="r", every=3600), *moments)] == [0, 1]
    once = Routine(id="r", every=3600, missed=Missed.ONCE)
    assert [len(s) for s in run(once, *moments)] == [1, 1]


@pytest.mark.parametrize(
    ("sun", "expected"), [(Sun.SUNRISE, "06-21 03:54"), (Sun.SUNSET, "06-21 22:50")]
)
def test_the_sun_rises_and_sets_as_the_almanac_says(sun, expected):
    at = sun_ms(sun, HELSINKI, date(2026, 6, 21))
    wanted = datetime.strptime(f"2026-{expected}", "%Y-%m-%d %H:%M").replace(
        tzinfo=ZoneInfo("Europe/Helsinki")
    )
    assert abs(at - wanted.timestamp() * 1000) <= 3 * 60_000


def test_a_routine_follows_the_sun_with_an_offset_and_rests_in_the_polar_night():
    routine = Routine(id="r", sun=Sun.SUNSET, offset=-1800)
    start, end = utc("2026-06-21T00:00"), utc("2026-06-21T23:59")
    (at,) = slots_between(routine, HELSINKI, start, end)
    assert at == sun_ms(Sun.SUNSET, HELSINKI, date(2026, 6, 21)) - 1_800_000
    north = Place(zone="Europe/Helsinki", latitude=69.9, longitude=27.0)
    assert sun_ms(Sun.SUNRISE, north, date(2026, 12, 21)) is None
    assert (
        list(
            slots_between(routine, north, utc("2026-12-21T00:00"), utc("2026-12-22T00:00"))
        )
        == []
    )
