"""Who is told of what, and when."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.channels import Channel, quiet_minutes
from dt.notify.expansion import send_at, told_of
from dt.rules.alerts import Condition
from dt.store.alerts import AlertStep

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Channel(url="json://h", quiet="22:00-06:00")


def step(severity="warning", calls=1, condition=Condition.ACTIVE, **changes):
    values = {"id": 1, "at": 0, "key": "dt:Box/rules/dry", "twin": "dt:Box"}
    values |= {"change": "raise", "condition": condition, "severity": severity}
    values |= {"text": "", "by": "", "why": "", "calls": calls}
    return AlertStep(**(values | changes))


def told(channel, one, before=""):
    return bool(told_of(one, before, {"a": channel}))


def ms(text, fold=0):
    at = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return round(at.timestamp() * 1000)


@pytest.mark.parametrize("least", ["info", "notice", "warning", "critical"])
@pytest.mark.parametrize("severity", ["info", "notice", "warning", "critical"])
def test_a_channel_gets_its_severity_and_worse(least, severity):
    order = ["info", "notice", "warning", "critical"]
    wanted = order.index(severity) >= order.index(least)
    assert told(Channel(url="json://h", severity=least), step(severity)) is wanted


def test_the_end_is_told_to_those_who_asked_for_it():
    end = step(calls=-1, condition=Condition.CLEARED)
    assert not told(Channel(url="json://h"), end)
    assert told(Channel(url="json://h", cleared=True), end)


def test_an_alert_that_becomes_worse_is_news_to_those_who_want_only_worse_ones():
    worse = step("critical", calls=0)
    assert told(Channel(url="json://h", severity="critical"), worse, "warning")
    assert not told(Channel(url="json://h"), worse, "warning")
    assert not told(Channel(url="json://h", severity="critical"), worse, "critical")
    seen = step("critical", calls=0, condition=Condition.ACKNOWLEDGED)
    assert not told(Channel(url="json://h", severity="critical"), seen, "warning")


def test_filters_name_twins_and_keys():
    assert told(Channel(url="json://h", twins=("dt:Other", "dt:B*")), step())
    assert not told(Channel(url="json://h", twins=("dt:Other",)), step())
    assert told(Channel(url="json://h", alerts=("*/rules/*",)), step())
    assert not told(Channel(url="json://h", alerts=("*/sensors/*",)), step())


@pytest.mark.parametrize(
    ("now", "at"),
    [
        ("2026-05-01 21:59", "2026-05-01 21:59"),
        ("2026-05-01 22:00", "2026-05-02 06:00"),
        ("2026-05-02 05:59", "2026-05-02 06:00"),
        ("2026-05-02 06:00", "2026-05-02 06:00"),
        ("2026-03-28 23:00", "2026-03-29 06:00"),  # one hour shorter
        ("2026-10-24 23:00", "2026-10-25 06:00"),  # one hour longer
    ],
)
def test_quiet_hours_go_over_midnight_and_by_the_clock_on_the_wall(now, at):
    assert send_at(NIGHT, "warning", ms(now), BERLIN) == ms(at)


def test_an_end_that_is_left_out_or_comes_twice_is_still_an_end():
    channel = Channel(url="json://h", quiet="01:00-02:30")
    spring = send_at(channel, "warning", ms("2026-03-29 01:30"), BERLIN)
    assert spring == ms("2026-03-29 03:30")
    first = ms("2026-10-25 02:10", fold=0)
    again = ms("2026-10-25 02:10", fold=1)
    last = ms("2026-10-25 02:30", fold=1)
    assert send_at(channel, "warning", first, BERLIN) == last
    assert send_at(channel, "warning", again, BERLIN) == last


def test_critical_alerts_break_through_unless_told_otherwise():
    night = ms("2026-05-01 23:00")
    assert send_at(NIGHT, "critical", night, BERLIN) == night
    strict = Channel(url="json://h", quiet="22:00-06:00", quiet_critical=True)
    assert send_at(strict, "critical", night, BERLIN) == ms("2026-05-02 06:00")


@given(
    st.integers(1_700_000_000, 1_900_000_000),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "UTC", "America/St_Johns"]),
)
def test_no_message_waits_longer_than_a_day_and_none_is_sent_in_quiet(at, begin, end, zone):
    if begin == end:
        return
    text = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    channel = Channel(url="json://h", quiet=text)
    assert quiet_minutes(text) == (begin, end)
    sent = send_at(channel, "warning", at * 1000, ZoneInfo(zone))
    assert at * 1000 <= sent <= (at + 25 * 3600) * 1000
    if sent > at * 1000:
        assert send_at(channel, "warning", sent, ZoneInfo(zone)) == sent
