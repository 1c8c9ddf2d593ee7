"""Epochs, boots and clocks: identity is never used twice, times are put right."""

import numpy as np
import pytest

from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.quality import UNSYNCED
from dt.twin.readings import Cursor, Readings

NAME = "dt:A/x"
MINUTE = 60_000


def opened(config, clock):
    log = Log.open(config, clock)
    log.register([SignalRow(name=NAME, twin="dt:A", unit="Cel")])
    return log


def take(log, clock, n=1):
    """Append readings as a driver would: one each second, stamped when taken."""
    for _ in range(n):
        t, unsynced = log.stamp(clock.monotonic())
        log.append(
            Readings(
                signal=np.array([1], np.int32),
                observed_at=np.array([t]),
                value=np.array([1.5]),
                code=np.array([UNSYNCED if unsynced else 0], np.uint16),
            )
        )
        clock.step(1000)


def times(log):
    return [
        (t, c)
        for _, r, _ in log.readings(None, -(2**50), 2**50)
        for t, c in zip(r.observed_at.tolist(), r.code.tolist(), strict=True)
    ]


def test_the_epoch_goes_on_while_the_live_log_is_there(config, clock):
    first, second = opened(config, clock), opened(config, clock)
    assert (first.epoch, first.incarnation) == (second.epoch, second.incarnation)
    first.close()
    second.close()


def test_leftovers_of_another_boot_are_journalled_first(config, clock):
    log = opened(config, clock)
    take(log, clock, 5)
    epoch = log.epoch
    log.close()
    clock.boot = "boot-2"
    log = opened(config, clock)
    assert log.epoch == epoch + 1
    assert [len(part) for part in log.tail(Cursor())] == [5]
    assert log.health().journal_readings == 5
    log.close()


def test_a_new_telemetry_file_takes_what_the_live_log_still_has(config, clock):
    log = opened(config, clock)
    take(log, clock, 5)
    epoch = log.epoch
    log.close()
    log.paths.telemetry.unlink()
    log = opened(config, clock)
    keeper = Keeper(log, config, clock)
    keeper.journal()
    keeper.seal()
    assert log.epoch == epoch
    assert len(times(log)) == 5
    keeper.stop()
    log.close()


def test_a_live_log_of_another_store_is_not_mixed_in(config, clock):
    log = opened(config, clock)
    take(log, clock, 5)
    log.close()
    for path in config.data_dir.iterdir():
        path.unlink()
    (config.data_dir / "live").rmdir() if (config.data_dir / "live").exists() else None
    spare = log.paths.live.rename(log.paths.live.with_name("spare.db"))
    log = opened(config, clock)
    mine = log.incarnation
    log.close()
    spare.rename(log.paths.live)
    log = opened(config, clock)
    assert log.incarnation != mine
    assert times(log) == []
    log.close()


@pytest.fixture
def untrusted(clock):
    clock.believed = False
    clock.ms = 0  # 1970
    return clock


@pytest.mark.parametrize("layer", ["live", "journal", "chunk", "rewritten"])
def test_times_from_before_the_clock_was_trusted_are_put_right(config, untrusted, layer):
    clock = untrusted
    log = opened(config, clock)
    keeper = Keeper(log, config, clock)
    take(log, clock, 300)
    keeper.journal()
    if layer == "live":
        take(log, clock, 1)
    if layer in ("chunk", "rewritten"):
        keeper.seal()
    assert {c for _, c in times(log)} == {UNSYNCED}
    assert log.latest()[1].observed_at < 400_000
    now = 1_777_636_800_000
    began = now - clock.ms
    clock.ms, clock.believed = now, True
    take(log, clock, 1)
    keeper.step(clock.monotonic())
    if layer == "rewritten":
        while keeper.compact():
            pass
        assert log.health().rollups == 3
    n = 301 + (layer == "live")
    assert times(log) == [(began + i * 1000, 0) for i in range(n)]
    assert log.latest()[1].observed_at == began + (n - 1) * 1000
    (part,) = log.tail(Cursor())
    assert part.readings.observed_at[0] == began
    (chart,) = log.series([1], began, began + 3_600_000, 10)
    assert chart.n.sum() == n
    keeper.stop()
    log.close()


def test_a_step_of_the_clock_does_not_move_times_that_were_right(config, clock):
    log = opened(config, clock)
    take(log, clock, 3)
    before = times(log)
    clock.ms -= 1_800_000
    keeper = Keeper(log, config, clock)
    keeper.step(clock.monotonic())
    assert times(log) == before
    keeper.stop()
    log.close()
