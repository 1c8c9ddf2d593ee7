import itertools

from hypothesis import given
from hypothesis import strategies as st

from collector.schedule import SLOTS, Agenda


def drive(agenda: Agenda, start: float, end: float) -> list[tuple[float, str]]:
    """Take everything at its due time, as a thread that is never late would."""
    seen = []
    while (at := agenda.next_at()) is not None and at <= end:
        now = max(at, start)
        seen += [(now, name) for name in agenda.take(now)]
    return seen


def test_a_new_sensor_is_due_at_once():
    agenda = Agenda()
    agenda.add("a", every_s=3600, now=123.4)
    assert agenda.next_at() == 123.4
    assert agenda.take(123.4) == ["a"]


def test_the_second_reading_does_not_follow_on_the_heels_of_the_first():
    agenda = Agenda()
    agenda.add("camera", every_s=600, now=599.0)
    agenda.take(599.0)
    assert agenda.next_at() == 1200.0


def test_an_empty_agenda_has_no_due_time():
    assert Agenda().next_at() is None
    assert Agenda().take(1e9) == []


def test_the_grid_does_not_drift_over_a_day_of_late_wake_ups():
    agenda = Agenda()
    agenda.add("a", every_s=0.3, now=0.0)
    agenda.take(0.0)
    count = 1
    while (at := agenda.next_at()) < 86400:
        agenda.take(at + 0.01)
        count += 1
    assert count == 288000


def test_what_was_missed_in_a_pause_is_not_made_up():
    agenda = Agenda()
    agenda.add("a", every_s=1, now=0.0)
    agenda.take(0.0)
    assert agenda.take(1000.5) == ["a"]
    assert agenda.take(1000.6) == []
    assert agenda.next_at() == 1001.0


def test_the_sensor_that_waits_longest_comes_first():
    agenda = Agenda()
    agenda.add("fast", every_s=1, now=0.0)
    agenda.add("slow", every_s=10, now=0.0)
    agenda.take(0.0)
    agenda.hasten("slow", 3.0)
    agenda.hasten("fast", 4.0)
    assert agenda.take(5.0) == ["slow", "fast"]


def test_nobody_starves_beside_a_sensor_that_is_always_due():
    agenda = Agenda()
    agenda.add("greedy", every_s=0.001, now=0.0)
    agenda.add("meek", every_s=1, now=0.0)
    taken = [name for step in range(30) for name in agenda.take(step * 0.5)]
    assert taken.count("meek") == 15


def test_the_chip_gets_its_rest_after_a_late_start():
    agenda = Agenda()
    agenda.add("dht", every_s=2, min_interval_s=2, now=0.0)
    agenda.take(0.0)
    agenda.began("dht", 1.5)
    assert agenda.next_at() == 3.5


def test_an_interval_shorter_than_the_chip_allows_is_stretched():
    agenda = Agenda()
    agenda.add("dht", every_s=0.1, min_interval_s=2, now=0.0)
    times = [at for at, _ in drive(agenda, 0.0, 10.0)]
    assert all(b - a >= 2 for a, b in itertools.pairwise(times))


def test_sensors_of_a_bus_are_spread_over_few_slots():
    agenda = Agenda()
    for n in range(20):
        agenda.add(f"s{n}", every_s=1, now=0.0)
    drive(agenda, 0.0, 1.0)
    times = [at for at, _ in drive(agenda, 1.0, 2.0)]
    assert len(set(times)) == SLOTS
    assert max(times.count(t) for t in set(times)) == 5


def test_a_removed_sensor_is_never_taken():
    agenda = Agenda()
    agenda.add("a", every_s=1, now=0.0)
    agenda.remove("a")
    agenda.remove("a")
    assert agenda.take(10.0) == []
    assert agenda.next_at() is None


@given(
    every=st.floats(0.01, 1e5),
    rest=st.floats(0, 100),
    steps=st.lists(st.floats(0, 1e5), min_size=1, max_size=30),
)
def test_no_rhythm_of_wake_ups_makes_a_burst(every, rest, steps):
    agenda = Agenda()
    agenda.add("a", every_s=every, min_interval_s=rest, now=0.0)
    now, last = 0.0, None
    for step in steps:
        now += step
        names = agenda.take(now)
        assert len(names) <= 1
        if names:
            assert last is None or now - last >= rest - 1e-6
            last = now
            assert agenda.next_at() > now
