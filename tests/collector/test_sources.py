import logging
import threading

import numpy as np
import pytest

from collector.sources import Desk, Sources, Stand
from dt.config import Collector
from dt.errors import SourceError
from dt.twin.quality import Reason
from dt.twin.quantities import Seconds
from dt.twin.readings import Raw

RULES = Collector(retry_first=Seconds(0.001), retry_last=Seconds(0.002))


class Script:
    """A source that does one thing after the other."""

    def __init__(self, *acts):
        self.acts = list(acts)
        self.runs = 0
        self.done = threading.Event()

    def run(self, emit, stop):
        self.runs += 1
        while self.acts:
            act = self.acts.pop(0)
            if isinstance(act, BaseException):
                raise act
            emit(act)
        self.done.set()
        stop.wait(30)


@pytest.fixture
def place(clock):
    class Place:
        def __init__(self):
            self.emitted, self.lost, self.states = [], [], []
            desk = Desk(self.emit, self.lose, self.states.append)
            self.sources = Sources(RULES, clock, desk)
            self.scripts = []

        def emit(self, name, raw):
            self.emitted.append((name, raw.value.tolist()))

        def lose(self, name, reason, at):
            self.lost.append((name, reason))

        def run(self, script, name="s"):
            self.scripts.append(script)
            self.sources.start(
                Stand(twin="t", sensor=name, driver="d", make=lambda: script)
            )
            return script

        def conditions(self):
            return [state.condition for state in self.states]

    made = Place()
    yield made
    for script in made.scripts:
        script.done.set()
    made.sources.stop(2.0)


def one(value):
    return Raw(quantities=("x",), which=np.zeros(1, np.int32), value=np.array([value]))


def test_a_source_emits_under_its_own_name(place):
    script = place.run(Script(one(1.0), one(2.0)))
    assert script.done.wait(5)
    assert place.emitted == [("t/s", [1.0]), ("t/s", [2.0])]
    assert place.conditions() == ["starting", "ok"]


def test_a_raw_without_values_is_a_sign_of_life(place):
    script = place.run(Script(Raw.of()))
    assert script.done.wait(5)
    assert place.emitted == []
    assert place.conditions() == ["starting", "ok"]


def test_a_source_that_fails_is_run_again_and_logged_once(place, caplog):
    caplog.set_level(logging.INFO)
    failures = [SourceError("no broker")] * 5
    script = place.run(Script(one(1.0), *failures, one(2.0)))
    assert script.done.wait(10)
    assert script.runs == 6
    assert place.lost == [("t/s", Reason.SOURCE_FAILED)]
    assert [r.message for r in caplog.records] == ["sensor lost", "sensor back"]
    assert "quarantined" in place.conditions()
    assert place.conditions()[-1] == "ok"
    lost = next(s for s in place.states if s.condition == "quarantined")
    assert lost.next_try is not None


def test_a_source_that_breaks_is_run_again(place):
    script = place.run(Script(ZeroDivisionError("bug"), one(1.0)))
    assert script.done.wait(5)
    assert place.emitted == [("t/s", [1.0])]
    lost = next(s for s in place.states if s.condition == "lost")
    assert "ZeroDivisionError: bug" in lost.message


def test_a_source_that_hangs_delays_neither_others_nor_the_stop(place, clock):
    gate = threading.Event()

    class Hung(Script):
        def run(self, emit, stop):
            gate.wait(30)

    place.run(Hung(), "hung")
    well = place.run(Script(one(1.0)), "well")
    assert well.done.wait(5)
    place.sources.stop(0.01)
    gate.set()


def test_a_source_that_is_ended_makes_room_for_its_successor(place):
    first = place.run(Script(one(1.0)))
    assert first.done.wait(5)
    place.sources.end("t/s")
    second = place.run(Script(one(2.0)))
    assert second.done.wait(5)
    assert [state.sensor for state in place.sources.states()] == ["s"]


def test_a_source_at_its_end_is_not_run_again(place):
    class Short(Script):
        def run(self, emit, stop):
            self.runs += 1
            emit(one(1.0))

    script = place.run(Short())
    place.sources._running["t/s"].join(5)
    assert script.runs == 1
    assert place.conditions()[-1] == "ok"
