"""Who gets which readings, how often, and how much at most."""

import numpy as np
import pytest

from dt.twin.readings import Readings
from webapp.feed import CATCH_UP, EVERY_S, LARGEST, SLOW_AT, Feed

NOW = 1_790_000_000_000
A = "dt:PlantBox_001/air.temperature"
B = "dt:PlantBox_001/soil.moisture"


class Lines:
    """The lines to viewers, as the feed sees them: it can be looked into."""

    def __init__(self):
        self.rooms = {}
        self.got = {}
        self.sent = 0
        self.busy = {}

    def send(self, to, event, data):
        assert event == "readings"
        self.sent += 1
        for viewer in self.rooms.get(to, {to}):
            self.got.setdefault(viewer, []).append(data)

    def join(self, viewer, group):
        self.rooms.setdefault(group, set()).add(viewer)

    def leave(self, viewer, group):
        self.rooms[group].discard(viewer)

    def backlog(self, viewer):
        return self.busy.get(viewer, 0)

    def take(self, viewer):
        """Return (signal, value) of all that came, and forget it."""
        batches = self.got.pop(viewer, [])
        return [
            (one.signals[index].rpartition("/")[2], value)
            for one in batches
            for index, value in zip(one.s, one.x, strict=True)
        ]


@pytest.fixture
def lines():
    return Lines()


@pytest.fixture
def feed(house, lines, clock):
    return Feed(house.context.log, lines, clock.monotonic)


def test_a_viewer_gets_the_newest_at_once_and_then_what_is_new(house, feed, lines):
    house.log(A, [1, 2])
    told = feed.subscribe("v", [A, "dt:X/y"], "")
    assert (told.signals, told.unknown) == ([A], ["dt:X/y"])
    assert lines.got["v"][0].catch_up
    assert lines.take("v") == [("air.temperature", 2.0)]
    house.log(A, [3])
    house.log(B, [9])
    feed.pump()
    assert lines.take("v") == [("air.temperature", 3.0)]


def test_at_most_ten_batches_in_a_second(house, feed, lines, clock):
    feed.subscribe("v", [A], "")
    for value in range(50):
        house.log(A, [value])
        feed.pump()
        clock.advance(0.02)
    clock.advance(EVERY_S)
    feed.pump()
    assert len(lines.got["v"]) <= 11
    assert lines.take("v") == [("air.temperature", float(v)) for v in range(50)]


def test_the_first_reading_after_a_pause_is_not_held_back(house, feed, lines, clock):
    feed.subscribe("v", [A], "")
    house.log(A, [1])
    feed.pump()
    assert lines.take("v") == [("air.temperature", 1.0)]


def test_twenty_viewers_of_the_same_signals_cost_one_batch(house, feed, lines):
    for number in range(20):
        feed.subscribe(f"v{number}", [A, B], "")
    before = lines.sent
    house.log(A, [1])
    feed.pump()
    assert lines.sent == before + 1
    assert all(lines.take(f"v{number}") for number in range(20))


def test_after_a_reconnect_a_viewer_gets_exactly_what_it_missed(house, feed, lines):
    house.log(A, [1, 2, 3])
    cursor = feed.subscribe("v", [A], "").cursor
    lines.take("v")
    feed.leave("v")
    house.log(B, [7])
    house.log(A, [4, 5])
    feed.subscribe("v", [A], cursor)
    assert lines.take("v") == [("air.temperature", 4.0), ("air.temperature", 5.0)]
    house.log(A, [6])
    feed.pump()
    assert lines.take("v") == [("air.temperature", 6.0)]


def test_a_time_will_do_instead_of_a_cursor(house, feed, lines):
    house.log(A, [1, 2, 3], start=NOW - 3000)
    feed.subscribe("v", [A], NOW - 3000)
    assert lines.take("v") == [("air.temperature", 2.0), ("air.temperature", 3.0)]


@pytest.mark.parametrize("since", ["0:5", "99:1", "rubbish", "", 0])
def test_who_has_nothing_we_know_gets_the_newest(house, feed, lines, since):
    house.log(A, [1, 2])
    feed.subscribe("v", [A], since)
    assert lines.take("v") == [("air.temperature", 2.0)]


def test_who_missed_too_much_gets_the_newest_and_is_told(house, feed, lines):
    house.log(A, [0])
    cursor = feed.subscribe("v", [A], "").cursor
    feed.leave("v")
    lines.take("v")
    house.log(A, range(CATCH_UP + 1), step=10)
    feed.subscribe("v", [A], cursor)
    assert lines.got["v"][0].merged == CATCH_UP
    assert lines.take("v") == [("air.temperature", float(CATCH_UP))]


def test_a_flood_becomes_the_newest_of_each_signal(house, feed, lines):
    feed.subscribe("v", ["*"], "")
    lines.take("v")
    house.log(A, range(LARGEST + 500))
    feed.pump()
    assert lines.got["v"][0].merged == LARGEST + 499
    assert lines.take("v") == [("air.temperature", LARGEST + 499.0)]


def test_a_backlog_that_is_too_long_is_skipped(house, feed, lines):
    feed.subscribe("v", ["*"], "")
    ids = house.context.log.signals()
    for _ in range(6):
        many = Readings(
            signal=np.full(10_000, ids[A].id, np.int32),
            observed_at=np.full(10_000, NOW, np.int64),
            value=np.arange(10_000, dtype=np.float64),
            code=np.zeros(10_000, np.uint16),
        )
        house.context.log.append(many)
    feed.pump()
    assert lines.take("v") == [("air.temperature", 9999.0)]
    feed.pump()
    assert lines.take("v") == []


def test_a_slow_viewer_gets_nothing_until_its_line_is_free_then_all(
    house, feed, lines, clock
):
    feed.subscribe("slow", [A], "")
    feed.subscribe("quick", [A], "")
    lines.busy["slow"] = SLOW_AT
    for value in range(3):
        house.log(A, [value])
        feed.pump()
        clock.advance(1)
    assert len(lines.take("quick")) == 3
    assert lines.take("slow") == []
    lines.busy["slow"] = 0
    house.log(A, [3])
    feed.pump()
    clock.advance(1)
    house.log(A, [4])
    feed.pump()
    assert [value for _, value in lines.take("slow")] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_new_subscription_takes_the_place_of_the_old_one(house, feed, lines):
    feed.subscribe("v", [A], "")
    feed.subscribe("v", [B], "")
    house.log(A, [1])
    house.log(B, [2])
    feed.pump()
    assert lines.take("v") == [("soil.moisture", 2.0)]
    assert feed.viewers() == 1
    feed.subscribe("v", [], "")
    assert feed.viewers() == 0


def test_nothing_is_kept_of_who_has_left(house, feed, lines):
    feed.subscribe("v", [A], "")
    feed.leave("v")
    feed.leave("v")
    house.log(A, [1])
    feed.pump()
    assert lines.take("v") == []
    assert not any(lines.rooms.values())


def test_a_bad_reading_is_sent_as_bad(house, feed, lines):
    feed.subscribe("v", [A], "")
    house.log(A, [float("nan")])
    feed.pump()
    assert lines.got["v"][0].q == {"0": "bad"}
    assert lines.take("v") == [("air.temperature", None)]
