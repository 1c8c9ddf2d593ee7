"""A bulk import is whole or not there."""

import numpy as np
import pytest

from dt.errors import StoreBusyError
from dt.store.bulk import BulkWriter
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.readings import Cursor, Readings

AT = 1_700_000_000_000
HOUR = 3_600_000


def history(n, signal=1, every_ms=1000):
    index = np.arange(n, dtype=np.int64)
    return Readings(
        signal=np.full(n, signal, np.int32),
        observed_at=AT + index * every_ms,
        value=np.round(20 + np.sin(index / 500), 2),
        code=np.zeros(n, np.uint16),
    )


@pytest.fixture
def log(config, clock):
    opened = Log.open(config, clock)
    opened.register([SignalRow(name=f"dt:A/{c}", twin="dt:A") for c in "xy"])
    yield opened
    opened.close()


def count(log):
    return sum(len(r) for _, r, _ in log.readings(None, 0, 2**50))


def test_an_import_is_seen_when_it_is_finished_and_not_before(log):
    writer = BulkWriter(log)
    writer.write(history(100_000))
    writer.flush()
    assert count(log) == 0
    assert log.latest() == {}
    assert len(log.series([1], AT, AT + HOUR, 60)[0]) == 0
    assert writer.finish() == 100_000
    assert count(log) == 100_000
    assert log.latest()[1].observed_at == AT + 99_999_000


def test_an_import_fires_no_rule_but_can_be_read_by_its_epoch(log):
    with BulkWriter(log) as writer:
        writer.write(history(1000))
    assert log.tail(Cursor()) == []
    part = log.span(writer.epoch, 0, 10_000)
    assert part.seq.tolist() == list(range(1, 1001))
    assert [(e.kind, e.sealed) for e in log.epochs()] == [("live", 0), ("import", 1000)]


def test_a_chart_of_years_comes_from_roll_ups(log):
    hours = 24 * 365
    with BulkWriter(log) as writer:
        writer.write(history(hours * 60, every_ms=60_000))
    (found,) = log.series([1], AT, AT + hours * HOUR, 1500)
    assert found.bucket_ms == 6 * HOUR
    assert found.n.sum() == hours * 60
    levels = dict(
        log.reader._database.execute("SELECT level, count(*) FROM rollup GROUP BY level")
    )
    assert set(levels) == {1, 2, 3}, "one reading a minute needs no minutes"


def test_an_error_inside_throws_the_import_away(log):
    def fail():
        with BulkWriter(log) as writer:
            writer.write(history(100_000))
            writer.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert count(log) == 0
    assert log.health().chunks == 0
    assert [e.kind for e in log.epochs()] == ["live"]


def test_what_a_killed_import_left_is_thrown_away_by_the_keeper(log, config, clock):
    writer = BulkWriter(log)
    writer.write(history(100_000))
    writer.flush()
    writer.close()
    assert log.health().chunks > 0
    keeper = Keeper(log, config, clock)
    keeper.start()
    keeper.stop()
    assert log.health().chunks == 0


def test_only_one_import_runs_at_a_time(log):
    with BulkWriter(log), pytest.raises(StoreBusyError, match="another import runs"):
        BulkWriter(log)


def test_many_signals_in_any_order_are_sorted_out(log):
    rng = np.random.default_rng(1)
    both = Readings.join([history(3000, 1), history(3000, 2)])
    order = rng.permutation(6000)
    with BulkWriter(log) as writer:
        for start in range(0, 6000, 700):
            writer.write(both.take(order[start : start + 700]))
    found = {signal: r for signal, r, _ in log.readings(None, 0, 2**50)}
    for signal in (1, 2):
        assert np.array_equal(found[signal].observed_at, history(3000).observed_at)
        assert np.array_equal(found[signal].value, history(3000).value)


def test_signals_of_an_import_are_durable_with_it(log):
    with BulkWriter(log) as writer:
        writer.write(history(10))
    rows = log.reader._database.execute("SELECT name FROM signal").fetchall()
    assert rows == [("dt:A/x",), ("dt:A/y",)]
