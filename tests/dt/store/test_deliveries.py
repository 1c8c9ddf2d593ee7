"""What is still to be told: pauses between attempts, order, and what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.config import Config
from dt.store.appliance import Appliance
from dt.store.deliveries import NO_ANSWER, pause_ms
from tests.dt.notify.conftest import NOW, Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def appliance(tmp_path, clock):
    opened = Appliance.open(Config(data=str(tmp_path)), clock)
    yield opened
    opened.close()


@pytest.fixture
def deliveries(appliance):
    return appliance.deliveries


def test_pauses_double_from_ten_seconds_to_an_hour():
    middle = [pause_ms(attempts, 0.5) / 1000 for attempts in range(1, 12)]
    assert middle == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_chance_moves_a_pause_by_a_quarter_at_most(attempts, jitter):
    middle = pause_ms(attempts, 0.5)
    assert 0.75 * middle <= pause_ms(attempts, jitter) <= 1.25 * middle
    assert 7_500 <= pause_ms(attempts, jitter) <= 4_500_000


def test_the_same_step_is_noted_once_per_channel(deliveries):
    for channel in ("phone", "mail", "phone"):
        deliveries.add(1, channel, NOW)
    assert [row.channel for row in deliveries.waiting()] == ["phone", "mail"]


def test_only_channels_with_something_due_are_asked_for(deliveries):
    deliveries.add(1, "phone", NOW + 60_000)
    deliveries.add(2, "phone", NOW)
    deliveries.add(1, "mail", NOW + 60_000)
    assert [(row.step, row.channel) for row in deliveries.due(NOW)] == [
        (1, "phone"),
        (2, "phone"),
    ]
    assert not deliveries.any_due(NOW - 1)
    assert deliveries.due(NOW - 1) == []


def test_an_attempt_without_an_answer_is_told_as_such_until_it_has_one(deliveries):
    deliveries.add(1, "phone", NOW)
    row = deliveries.begin(deliveries.due(NOW)[0], 0.5)
    assert deliveries.waiting() == [row]
    assert (row.error, row.attempts, row.next_at) == (NO_ANSWER, 1, NOW + 10_000)
    deliveries.succeeded(row)
    assert deliveries.waiting() == []
    assert deliveries.newest()[0].sent


def test_what_is_due_behind_a_failure_waits_as_long_and_other_channels_do_not(deliveries):
    for step, channel in ((1, "phone"), (2, "phone"), (2, "mail")):
        deliveries.add(step, channel, NOW)
    row = deliveries.begin(deliveries.due(NOW)[0], 0.5)
    deliveries.failed(row, "no network")
    assert [(x.channel, x.next_at - NOW) for x in deliveries.waiting()] == [
        ("phone", 10_000),
        ("phone", 10_000),
        ("mail", 0),
    ]


def test_what_was_given_up_is_not_sent(deliveries):
    deliveries.add(1, "phone", NOW)
    deliveries.gave_up(deliveries.waiting()[0], "")
    assert [(row.sent, row.error) for row in deliveries.newest()] == [(False, "given up")]
    assert not deliveries.any_due(NOW)


def test_the_newest_five_thousand_are_kept(appliance, deliveries):
    with appliance.database.transaction():
        for step in range(5_003):
            deliveries.add(step, "phone", NOW)
    kept = deliveries.waiting(limit=10_000)
    assert (len(kept), kept[0].step) == (5_000, 3)
