"""Moments as people write them."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt import times
from dt.errors import RequestError

NOW = 1_777_636_800_000  # 2026-05-01T12:00:00Z


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01T12:00:00Z", NOW),
        ("2026-05-01 12:00", NOW),
        ("2026-05-01T14:00:00.250+02:00", NOW + 250),
        ("2026-05-01", NOW - 43_200_000),
        ("now", NOW),
        ("-7d", NOW - 7 * 86_400_000),
        ("-90s", NOW - 90_000),
        ("1777636800", NOW),
        ("1777636800123", NOW + 123),
    ],
)
def test_a_moment_is_read(text, expected):
    assert times.moment(text, NOW) == expected


def test_a_time_without_zone_is_of_the_zone_given():
    vienna = ZoneInfo("Europe/Vienna")
    assert times.moment("2026-05-01 14:00", NOW, vienna) == NOW
    assert times.moment("2026-05-01T12:00Z", NOW, vienna) == NOW


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "-7", "+1d", "99999999999999999"]
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(RequestError, match="time is"):
        times.moment(text, NOW)


def test_an_unknown_zone_is_refused():
    assert times.zone_of("Europe/Vienna").key == "Europe/Vienna"
    for name in ("Mars/Olympus", "../etc/passwd"):
        with pytest.raises(RequestError, match="time zone"):
            times.zone_of(name)


@given(st.integers(0, 253_402_300_799_999))
def test_what_is_written_is_read_back(ms):
    assert times.moment(times.iso_text(ms), NOW) == ms
    assert times.day_text(ms) == times.iso_text(ms)[:10]
