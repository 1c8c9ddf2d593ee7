import numpy as np
import pytest

from collector.lines import Line, Said, hearing
from dt.processing.pipeline import Processor
from dt.twin.quality import Quality, Reason, is_unsynced, quality_of, reason_of
from dt.twin.reader import read
from dt.twin.readings import Raw, Readings

TEXT = """
"@id": dt:T
signals:
  a: {unit: Cel, range: [-40, 80], stuck_after: 60s}
  b: {unit: "%"}
derived: {c: {formula: "a + 1", unit: Cel}}
sensors: {}
"""
IDS = {"dt:T/a": 1, "dt:T/b": 2, "dt:T/c": 3}


class Stamp:
    """The log's clock: provisional times until it is trusted."""

    def __init__(self, clock):
        self.clock = clock
        self.offset = clock.now_ms() - round(clock.monotonic() * 1000)

    def stamp(self, monotonic):
        if not self.clock.believed:
            return self.offset + round(monotonic * 1000), True
        ms = self.clock.now_ms() - round((self.clock.monotonic() - monotonic) * 1000)
        return ms, False


@pytest.fixture
def line(clock):
    twin = read(TEXT, "twin.yaml")
    reads = {"dt:T/s": {"t": "dt:T/a", "h": "dt:T/b"}, "dt:T/u": {"h": "dt:T/b"}}
    return Line(Processor.of(twin, IDS), reads, Stamp(clock), clock)


def said(clock, sensor="dt:T/s", **values):
    return Said(sensor, clock.monotonic(), Raw.of(**values))


def rows(readings):
    return list(
        zip(
            readings.signal.tolist(),
            readings.value.tolist(),
            readings.code.tolist(),
            strict=True,
        )
    )


def test_quantities_become_signals_and_derived_ones_follow(line, clock):
    readings = line.judge([said(clock, t=20.0, h=50.0)])
    assert rows(readings) == [(1, 20.0, 0), (2, 50.0, 0), (3, 21.0, 0)]
    assert set(readings.observed_at.tolist()) == {clock.now_ms()}


def test_a_quantity_that_nobody_reads_is_left_out(line, clock):
    readings = line.judge([said(clock, t=20.0, other=1.0), said(clock, "dt:T/no", t=5.0)])
    assert [signal for signal, *_ in rows(readings)] == [1, 3]


def test_a_reading_is_stamped_with_the_moment_it_was_taken_not_judged(line, clock):
    taken = said(clock, t=20.0)
    then = clock.now_ms()
    clock.forward(3.0)
    assert line.judge([taken]).observed_at[0] == then


def test_a_source_with_times_of_its_own_keeps_them(line, clock):
    raw = Raw(
        quantities=("t",),
        which=np.zeros(2, np.int32),
        value=np.array([1.0, 2.0]),
        observed_at=np.array([clock.now_ms() - 9000, clock.now_ms() - 5000]),
    )
    readings = line.judge([Said("dt:T/s", clock.monotonic(), raw)])
    assert readings.observed_at[:2].tolist() == raw.observed_at.tolist()


def test_a_lost_sensor_makes_its_signals_bad_and_what_derives_from_them(line, clock):
    line.judge([said(clock, t=20.0, h=50.0)])
    clock.forward(1)
    lost = Said("dt:T/s", clock.monotonic(), reason=Reason.HARDWARE_ABSENT)
    readings = line.judge([lost])
    assert {1, 2, 3} == set(readings.signal.tolist())
    assert np.isnan(readings.value).all()
    assert {quality_of(c) for c in readings.code.tolist()} == {Quality.BAD}
    assert reason_of(int(readings.code[0])) is Reason.HARDWARE_ABSENT


def test_before_the_clock_is_trusted_stamped_readings_are_flagged_and_own_times_are_not(
    line, clock
):
    clock.believed = False
    own = Raw(
        quantities=("h",),
        which=np.zeros(1, np.int32),
        value=np.array([50.0]),
        observed_at=np.array([clock.now_ms()]),
    )
    readings = line.judge([said(clock, t=20.0), Said("dt:T/u", clock.monotonic(), own)])
    flagged = dict(
        zip(readings.signal.tolist(), is_unsynced(readings.code).tolist(), strict=True)
    )
    assert flagged == {2: False, 1: True, 3: True}
    lost = line.judge([Said("dt:T/s", clock.monotonic(), reason=Reason.TIMEOUT)])
    assert is_unsynced(lost.code).all()


@pytest.mark.parametrize("step_s", [7200, -7200])
def test_a_step_of_the_clock_makes_no_value_look_stuck_or_late(line, clock, step_s):
    for n in range(5):
        line.judge([said(clock, t=20.0 + n)])
        clock.forward(1)
    clock.utc_ms += step_s * 1000
    for n in range(5):
        readings = line.judge([said(clock, t=26.0 + n)])
        assert readings.code.tolist() == [0, 0]
        assert readings.observed_at[0] == clock.now_ms()
        clock.forward(1)


def heard(clock, value, number=2):
    readings = Readings(
        signal=np.array([number], np.int32),
        observed_at=np.array([clock.now_ms()]),
        value=np.array([value]),
        code=np.zeros(1, np.uint16),
    )
    return Said(hearing("dt:T"), clock.monotonic(), heard=readings)


@pytest.fixture
def mixed(clock):
    text = TEXT.replace("a + 1", "a + b")
    text = text.replace("unit: Cel}}", 'unit: Cel}, d: {formula: "b * 2"}}')
    twin = read(text, "twin.yaml")
    processor = Processor.of(twin, IDS | {"dt:T/d": 4})
    reads = {"dt:T/s": {"t": "dt:T/a"}}
    return Line(processor, reads, Stamp(clock), clock, apart=[4])


def test_what_is_heard_is_not_told_again_but_more_derives_from_it(mixed, clock):
    assert hearing("dt:T") in mixed.sensors
    assert rows(mixed.judge([said(clock, t=20.0)])) == [(1, 20.0, 0)]
    clock.forward(1.0)
    assert rows(mixed.judge([heard(clock, 50.0)])) == [(3, 70.0, 0)]
    clock.forward(1.0)
    assert rows(mixed.judge([said(clock, t=21.0)])) == [(1, 21.0, 0), (3, 71.0, 0)]


def test_what_another_process_derives_is_not_told_twice(mixed, clock):
    found = mixed.judge([said(clock, t=1.0), heard(clock, 2.0), said(clock, t=2.0)])
    assert 4 not in found.signal.tolist()


def test_what_is_heard_of_another_twin_is_left_out(mixed, clock):
    mixed.judge([said(clock, t=20.0)])
    assert rows(mixed.judge([heard(clock, 1.0, number=77)])) == []
