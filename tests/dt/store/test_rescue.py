"""A chunk that is lost while its readings are still in memory is written again."""

from contextlib import closing

import numpy as np
import pytest

from dt.store import chunks, epochs, repair, rescue
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.paths import Paths
from dt.store.records import SignalRow
from dt.twin.readings import Cursor, Readings

EVER = 2**62


@pytest.fixture
def log(config, clock):
    opened = Log.open(config, clock)
    yield opened
    opened.close()


@pytest.fixture
def target(log, config):
    database = epochs.open_telemetry(Paths.of(config).telemetry)
    yield database
    database.close()


def fill(log, config, clock, parts=3, n=400):
    """Append and seal readings of two signals, each value once."""
    rows = [SignalRow(name=f"dt:T_001/{name}", twin="dt:T_001") for name in "ab"]
    ids = np.array(list(log.register(rows).values()), np.int32)
    keeper = Keeper(log, config, clock)
    for part in range(parts):
        log.append(
            Readings(
                signal=ids[np.arange(n) % 2],
                observed_at=clock.now_ms() + np.arange(n, dtype=np.int64),
                value=np.arange(part * n, (part + 1) * n, dtype=np.float64),
                code=np.zeros(n, np.uint16),
            )
        )
        clock.step(60_000)
        keeper.journal()
        keeper.seal()
    keeper.stop()
    return parts * n


def values(log):
    found = [r.value for _, r, _ in log.readings(None, 0, EVER)]
    return sorted(np.concatenate(found).tolist())


def test_nothing_is_written_when_nothing_is_lost(log, config, clock, target):
    count = fill(log, config, clock)
    assert rescue.lost_chunks(target, log.live) == 0
    assert values(log) == list(map(float, range(count)))


@pytest.mark.parametrize("lost", ["id % 2 = 0", "id <= 2", "1"])
def test_lost_chunks_are_written_again(log, config, clock, target, lost):
    count = fill(log, config, clock)
    (gone,) = target.execute(f"SELECT sum(n) FROM chunk WHERE {lost}").fetchone()
    target.execute(f"DELETE FROM chunk WHERE {lost}")
    assert rescue.lost_chunks(target, log.live) == gone > 0
    assert values(log) == list(map(float, range(count)))
    assert sum(map(len, log.tail(Cursor(), count))) == count
    assert rescue.lost_chunks(target, log.live) == 0


def test_what_the_live_log_has_forgotten_stays_lost(log, config, clock, target):
    count = fill(log, config, clock)
    log.live.prune(count, 0, count - 800)
    target.execute("DELETE FROM chunk")
    assert rescue.lost_chunks(target, log.live) == count - 800
    rows = target.execute("SELECT n, blob FROM chunk").fetchall()
    assert all(chunks.unpack(blob, n).seq.min() > 800 for n, blob in rows)


def test_names_that_are_lost_come_from_the_live_log(config, clock, appliance):
    log = Log.open(config, clock)
    count = fill(log, config, clock)
    log.close()
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as target:
        target.execute("DELETE FROM signal")
        target.execute("DELETE FROM chunk WHERE id <= 2")
    repair.mend(Paths.of(config), clock, appliance, "rows are lost")
    log = Log.open(config, clock)
    assert sorted(log.signals()) == ["dt:T_001/a", "dt:T_001/b"]
    assert values(log) == list(map(float, range(count)))
    log.close()
