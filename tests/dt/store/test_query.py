"""Charts choose their resolution, also where the readings are gone."""

import numpy as np
import pytest

from dt.errors import CorruptError, NotFoundError
from dt.store.bulk import BulkWriter
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.store.resolution import LEVELS, bucket_ms, buckets, level_of
from dt.twin.readings import Readings

AT = 1_700_006_400_000
HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture
def log(config, clock):
    opened = Log.open(config, clock)
    opened.register([SignalRow(name="dt:A/x", twin="dt:A", unit="Cel")])
    n = 40 * DAY // 10_000
    index = np.arange(n, dtype=np.int64)
    with BulkWriter(opened) as writer:
        writer.write(
            Readings(
                signal=np.full(n, 1, np.int32),
                observed_at=AT + index * 10_000,
                value=np.round(np.sin(index / 100), 2),
                code=np.zeros(n, np.uint16),
            )
        )
    yield opened
    opened.close()


def forget(log, sql):
    log.reader._database.execute(f"DELETE FROM {sql}")


@pytest.mark.parametrize("points", [1, 7, 60, 1440, 1500])
@pytest.mark.parametrize("length", [1, 999, HOUR, DAY + 1, 400 * DAY, 4000 * DAY])
def test_a_chart_gets_at_most_its_width(points, length):
    start = 8 * AT // 9
    width = bucket_ms(start, start + length, points)
    assert buckets(start, start + length, width) <= points


@pytest.mark.parametrize("level", range(4))
def test_the_longest_roll_up_that_fits_is_taken(level):
    assert level_of(LEVELS[level]) == level
    assert level_of(LEVELS[level] - 1) < level


def test_a_unit_makes_the_bucket_its_multiple():
    assert bucket_ms(0, DAY, 1000, LEVELS[2]) == HOUR


def test_few_readings_are_given_as_they_are(log):
    (found,) = log.series([1], AT, AT + HOUR, 360)
    assert (found.bucket_ms, len(found)) == (0, 360)


def test_more_readings_are_gathered(log):
    (found,) = log.series([1], AT, AT + HOUR, 359)
    assert found.bucket_ms == 15_000
    assert found.n.sum() == 360


def test_where_readings_are_gone_roll_ups_answer(log):
    forget(log, "chunk")
    (found,) = log.series([1], AT, AT + HOUR, 360)
    assert found.bucket_ms == 60_000
    assert found.n.tolist() == [6] * 60


def test_where_short_roll_ups_are_gone_longer_ones_answer(log):
    forget(log, "chunk")
    forget(log, f"rollup WHERE level = 0 AND t_min < {AT + 30 * DAY}")
    (old,) = log.series([1], AT, AT + 6 * HOUR, 1000)
    assert old.bucket_ms == 15 * 60_000
    assert old.n.sum() == 6 * 360
    (new,) = log.series([1], AT + 39 * DAY, AT + 39 * DAY + 6 * HOUR, 1000)
    assert new.bucket_ms == 60_000


def test_an_empty_range_has_no_buckets(log):
    (found,) = log.series([1], AT - 2 * DAY, AT - DAY, 100)
    assert len(found) == 0
    assert list(log.readings([1], AT + HOUR, AT)) == []


def test_an_unknown_signal_is_refused(log):
    with pytest.raises(NotFoundError, match="no signal has the id 9"):
        log.series([1, 9], AT, AT + HOUR, 10)


def test_a_damaged_chunk_is_told(log):
    log.reader._database.execute("UPDATE chunk SET blob = zeroblob(100)")
    with pytest.raises(CorruptError):
        list(log.readings([1], AT, AT + HOUR))


def test_pieces_are_bounded_and_in_order(log):
    last = 0
    for _, readings, seq in log.readings(None, AT, AT + 40 * DAY):
        assert len(readings) == len(seq) <= 140_000
        assert readings.observed_at[0] > last
        assert (np.diff(readings.observed_at) > 0).all()
        last = readings.observed_at[-1]
