import logging
import threading

import numpy as np
import pytest

from collector.pipeline import BULK, Limits, Pipeline
from dt.errors import SourceError, StoreBusyError, StoreFullError
from dt.store.records import SensorState
from dt.twin.quality import Reason
from dt.twin.readings import Raw, Readings


class FakeSink:
    """A store that refuses while it is told to."""

    def __init__(self):
        self.batches: list[Readings] = []
        self.states: list[SensorState] = []
        self.error: Exception | None = None
        self.tried = threading.Semaphore(0)
        self.took = threading.Semaphore(0)

    def append(self, readings):
        self.tried.release()
        if self.error is not None:
            raise self.error
        self.batches.append(readings)
        self.took.release()

    def set_sensor(self, state):
        if self.error is not None:
            raise self.error
        self.states.append(state)
        self.took.release()

    def values(self):
        return [v for batch in self.batches for v in batch.value.tolist()]


class OneToOne:
    """Takes each raw value for a good reading of signal 1."""

    def judge(self, said):
        return Readings.join([self.one(s) for s in said])

    def one(self, said):
        raw = said.raw or Raw.of(x=float("nan"))
        n = len(raw)
        return Readings(
            signal=np.ones(n, np.int32),
            observed_at=np.full(n, round(said.at * 1000), np.int64),
            value=raw.value,
            code=np.full(n, int(said.reason) << 2 | (2 if said.reason else 0), np.uint16),
        )


class Broken:
    def judge(self, said):
        raise ZeroDivisionError("bug")


@pytest.fixture
def sink():
    return FakeSink()


@pytest.fixture
def make(clock, sink):
    made = []

    def build(**more):
        beat = more.pop("beat", lambda: None)
        options = {"window_s": 0.0, "retry_s": 0.01} | more
        pipeline = Pipeline(sink, clock, Limits(**options), beat)
        pipeline.route({"s": OneToOne(), "broken": Broken()})
        made.append(pipeline)
        return pipeline

    yield build
    sink.error = None
    for pipeline in made:
        if pipeline.working():
            pipeline.stop()


def raw(*values: float) -> Raw:
    return Raw(
        quantities=("x",),
        which=np.zeros(len(values), np.int32),
        value=np.array(values),
    )


def take(semaphore: threading.Semaphore) -> None:
    assert semaphore.acquire(timeout=5)


def test_what_arrives_together_goes_into_the_log_in_one_commit(make, sink):
    pipeline = make()
    for n in range(10):
        pipeline.put("s", raw(n), 1.0)
    pipeline.start()
    take(sink.took)
    assert len(sink.batches) == 1
    assert sink.values() == list(range(10))


def test_a_source_returns_from_emit_when_its_readings_are_in_the_log(make, sink):
    pipeline = make()
    pipeline.start()
    pipeline.emit("s", raw(1, 2, 3))
    assert sink.values() == [1, 2, 3]


def test_a_large_batch_does_not_wait_for_the_window(make, sink):
    pipeline = make(window_s=60.0)
    pipeline.start()
    pipeline.emit("s", raw(*range(BULK)))
    assert len(sink.values()) == BULK


def test_a_lost_sensor_leaves_one_bad_reading_with_its_reason(make, sink):
    pipeline = make()
    pipeline.start()
    pipeline.lose("s", Reason.TIMEOUT, 1.0)
    take(sink.took)
    assert sink.batches[0].code.tolist() == [int(Reason.TIMEOUT) << 2 | 2]


@pytest.mark.parametrize("error", [StoreBusyError("locked"), StoreFullError("full")])
def test_what_the_store_refuses_goes_in_later_in_order_and_once(make, sink, caplog, error):
    caplog.set_level(logging.INFO)
    pipeline = make()
    sink.error = error
    pipeline.put("s", raw(1), 1.0)
    pipeline.start()
    take(sink.tried)
    for n in range(2, 100):
        pipeline.put("s", raw(n), 1.0)
    take(sink.tried)
    assert pipeline.counts().waiting == 99
    sink.error = None
    take(sink.took)
    pipeline.stop()
    assert sink.values() == list(range(1, 100))
    assert pipeline.counts().stored == 99
    assert pipeline.counts().waiting == 0
    said = [r.message for r in caplog.records]
    assert said == ["store takes nothing", "store takes readings again"]


def test_memory_is_bounded_and_what_is_dropped_is_counted_and_told(make, sink, caplog):
    pipeline = make(queue_max=100)
    for n in range(250):
        pipeline.put("s", raw(n), 1.0)
    counts = pipeline.counts()
    assert (counts.waiting, counts.dropped) == (100, 150)
    assert [r.message for r in caplog.records] == ["readings are dropped"]
    pipeline.start()
    take(sink.took)
    assert sink.values() == list(range(100))


def test_a_source_is_held_back_while_the_queue_is_full_and_loses_nothing(make, sink):
    pipeline = make(queue_max=100)
    for n in range(100):
        pipeline.put("s", raw(n), 1.0)
    source = threading.Thread(target=pipeline.emit, args=("s", raw(100, 101)))
    source.start()
    assert pipeline.counts().waiting == 100
    pipeline.start()
    source.join(5)
    assert not source.is_alive()
    assert sink.values() == list(range(102))


def test_values_that_cannot_be_judged_stop_nobody_and_are_counted(make, sink, caplog):
    pipeline = make()
    pipeline.start()
    pipeline.emit("broken", raw(1, 2))
    pipeline.emit("s", raw(3))
    assert sink.values() == [3]
    assert pipeline.counts().dropped == 2
    assert pipeline.counts().waiting == 0
    assert "readings cannot be judged" in caplog.text


def test_stop_brings_in_what_is_queued(make, sink):
    pipeline = make(window_s=60.0)
    pipeline.start()
    pipeline.put("s", raw(1), 1.0)
    pipeline.stop()
    assert sink.values() == [1]
    assert not pipeline.working()


def test_stop_gives_up_on_a_locked_store_and_says_what_is_lost(make, sink, clock, caplog):
    pipeline = make()

    def busy(readings):
        clock.forward(6.0)
        raise StoreBusyError("locked")

    sink.append = busy
    pipeline.put("s", raw(1, 2, 3), 1.0)
    pipeline.start()
    pipeline.stop()
    lost = [r for r in caplog.records if r.message == "readings lost at stop"]
    assert [r.count for r in lost] == [3]


def test_a_source_learns_that_its_readings_are_not_stored_at_stop(make, sink, clock):
    pipeline = make()

    def busy(readings):
        clock.forward(11.0)
        raise StoreBusyError("locked")

    sink.append = busy
    pipeline.start()
    failed = []

    def run():
        try:
            pipeline.emit("s", raw(1))
        except SourceError as error:
            failed.append(error)

    source = threading.Thread(target=run)
    source.start()
    pipeline.stop()
    source.join(5)
    assert failed


def test_conditions_of_sensors_reach_the_store_even_after_it_was_locked(make, sink):
    pipeline = make()
    sink.error = StoreBusyError("locked")
    pipeline.tell(SensorState(twin="t", sensor="s", driver="d", condition="lost"))
    pipeline.tell(SensorState(twin="t", sensor="s", driver="d", condition="ok"))
    pipeline.start()
    sink.error = None
    take(sink.took)
    assert [state.condition for state in sink.states] == ["ok"]


def test_the_heart_beats_every_five_seconds(make, sink, clock):
    beats = []
    pipeline = make(beat=lambda: beats.append(clock.monotonic()))
    pipeline.start()
    for _ in range(10):
        pipeline.emit("s", raw(1))
        pipeline.emit("s", raw(1))
        clock.forward(1.0)
    assert 2 <= len(beats) <= 3
