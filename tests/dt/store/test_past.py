"""The history that a dry run judges: single readings if few, else means."""

import numpy as np
import pytest

from dt import plugins
from dt.rules.dry_run import dry_run
from dt.rules.reading import Context, rule_of
from dt.store.log import Log
from dt.store.past import coarse, past_of
from dt.store.records import SignalRow
from dt.twin.description import SensorSpec, SignalSpec, TwinDescription
from dt.twin.document import Reader
from dt.twin.readings import Readings

BOX = TwinDescription(
    id="dt:Box",
    name="Box",
    signals={"a": SignalSpec(unit="%"), "b": SignalSpec(unit="%")},
    sensors={"one": SensorSpec(driver="host", reads={"x": "a"})},
)
MINUTE = 60_000
START = 1_790_000_000_000 // MINUTE * MINUTE


def compiled(**entry):
    reader = Reader("")
    where = Context(twin=BOX, kinds=plugins.instances("dt.rules"), reader=reader)
    rule = rule_of(where, {"id": "r", **entry}, "rules[0]")
    assert reader.problems == []
    return rule


@pytest.fixture
def log(config, clock):
    opened = Log.open(config, clock)
    yield opened
    opened.close()


@pytest.fixture
def filled(log):
    """A log with a reading of `a` every 10 s for ten hours; one hour of it is low."""
    number = log.register([SignalRow(name="dt:Box/a", twin="dt:Box", unit="%")])["dt:Box/a"]
    count = 3600
    low = (np.arange(count) >= 720) & (np.arange(count) < 1080)
    log.append(
        Readings(
            signal=np.full(count, number, np.int32),
            observed_at=START + 10_000 * np.arange(count, dtype=np.int64),
            value=np.where(low, 20.0, 40.0),
            code=np.zeros(count, np.uint16),
        )
    )
    return log


def test_few_readings_are_taken_as_they_are(filled):
    rule = compiled(when="a < 30 and b < 30")
    past = past_of(filled, rule, START, START + 3_600_000)
    assert (past.bucket_ms, past.rows) == (0, 360)
    assert [column.signal for column in past.columns] == ["dt:Box/a"]
    assert coarse(rule, past.bucket_ms) is rule


def test_many_become_means_and_a_rule_that_waits_still_fires(filled):
    rule = compiled(when="a < 30", **{"for": "30min"})
    span = START, START + 36_000_000
    past = past_of(filled, rule, *span, most=1000)
    assert past.bucket_ms >= 360_000
    found = dry_run(coarse(rule, past.bucket_ms), past.columns, *span)
    assert [one.happening for one in found] == ["fired", "cleared"]
    exact = dry_run(rule, past_of(filled, rule, *span).columns, *span)
    for rough, true in zip(found, exact, strict=True):
        assert abs(rough.at - true.at) <= 2 * past.bucket_ms


def test_means_are_no_silence_to_a_rule_that_waits_for_one(filled):
    rule = compiled(kind="no_data", signal="a", after="1min")
    span = START, START + 36_000_000
    past = past_of(filled, rule, *span, most=1000)
    assert dry_run(coarse(rule, past.bucket_ms), past.columns, *span) == ()


def test_a_signal_without_history_is_no_column(filled):
    rule = compiled(when="b < 3")
    past = past_of(filled, rule, START, START + 3_600_000)
    assert (past.columns, past.rows) == ((), 0)
