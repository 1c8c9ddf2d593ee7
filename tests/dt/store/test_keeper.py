"""The keeper makes durable, tidies up, and survives what hinders it."""

import dataclasses
import logging
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from dt.store import sqlite
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.readings import Cursor, Readings

NAME = "dt:A/x"
AT = 1_777_636_800_000


def some(n, start=0):
    return Readings(
        signal=np.full(n, 1, np.int32),
        observed_at=AT + np.arange(start, start + n, dtype=np.int64) * 1000,
        value=np.arange(start, start + n, dtype=np.float64),
        code=np.zeros(n, np.uint16),
    )


@pytest.fixture
def log(config, clock):
    opened = Log.open(config, clock)
    opened.register([SignalRow(name=NAME, twin="dt:A", unit="Cel")])
    yield opened
    opened.close()


@pytest.fixture
def keeper(log, config, clock):
    made = Keeper(log, config, clock)
    yield made
    made.stop()


def values(log):
    return [v for _, r, _ in log.readings(None, 0, 2**50) for v in r.value.tolist()]


def test_a_step_makes_durable_what_was_appended(log, keeper, clock):
    log.append(some(5))
    assert log.health().unsaved == 5
    keeper.step(clock.monotonic())
    health = log.health()
    assert (health.unsaved, health.journal_readings) == (0, 5)


def test_a_step_without_readings_writes_no_row(log, keeper, clock):
    keeper.step(clock.monotonic())
    keeper.step(clock.monotonic() + 1)
    assert log.health().journal_readings == 0


def test_what_is_not_durable_waits_as_long_as_it_may_and_no_longer(log, keeper, clock):
    log.append(some(1))
    assert keeper.spare_s() == 0.0  # nobody has looked yet how far the journal goes
    keeper.step(clock.monotonic())
    clock.step(700)
    log.append(some(1, 1))
    clock.step(300)
    log.append(some(1, 2))
    assert keeper.spare_s() == pytest.approx(0.7, abs=0.002)
    clock.step(700)
    assert keeper.spare_s() == pytest.approx(0.0, abs=0.002)
    clock.step(5000)
    assert keeper.spare_s() == 0.0


def test_a_step_is_due_while_nothing_waits_or_something_hinders(log, keeper, clock):
    keeper.step(clock.monotonic())
    assert keeper.spare_s() == 0.0
    log.append(some(1))
    assert keeper.spare_s() > 0.9
    log.paths.live.unlink()
    assert keeper.spare_s() == 0.0
    log.append(some(1, 1))
    keeper.step(clock.monotonic())
    other = sqlite.connect(log.paths.telemetry, ())
    other.execute("BEGIN IMMEDIATE")
    log.append(some(1, 2))
    keeper._open().execute("PRAGMA busy_timeout=1")
    keeper.step(clock.monotonic())
    assert keeper.spare_s() == 0.0
    other.close()


def test_sealing_comes_when_its_time_has_come(log, keeper, clock, config):
    keeper.step(clock.monotonic())
    log.append(some(900))
    keeper.step(clock.monotonic() + 1)
    assert log.health().chunks == 0
    keeper.step(clock.monotonic() + config.store.seal_every)
    health = log.health()
    assert (health.chunks, health.chunk_readings, health.journal_readings) == (1, 900, 0)
    assert health.rollups == 1
    assert values(log) == list(range(900))


def test_much_is_sealed_before_its_time(log, keeper, clock):
    keeper.step(clock.monotonic())
    for start in range(0, 200_000, 50_000):
        log.append(some(50_000, start))
    keeper.step(clock.monotonic() + 1)
    assert log.health().chunk_readings == 200_000


def test_the_live_log_forgets_what_is_old_and_durable(log, keeper, clock, config):
    log.append(some(5))
    keeper.step(clock.monotonic())
    clock.step(int(config.store.live_keep * 1000) + 1000)
    log.append(some(5, 5))
    keeper.step(clock.monotonic())
    assert log.live.first() == 6
    assert values(log) == list(range(10))


def test_a_store_locked_for_a_minute_loses_nothing(log, keeper, clock, caplog):
    caplog.set_level(logging.INFO, "dt.store.keeper")
    keeper.step(clock.monotonic())
    keeper._open().execute("PRAGMA busy_timeout=1")
    holder = sqlite.connect(log.paths.telemetry, ())
    holder.execute("BEGIN IMMEDIATE")
    for second in range(60):
        log.append(some(60, second * 60))
        clock.step(1000)
        keeper.step(clock.monotonic())
    assert keeper.state.error_code == "store.busy"
    assert log.health().unsaved == 3600
    holder.execute("ROLLBACK")
    holder.close()
    clock.step(1000)
    keeper.step(clock.monotonic())
    assert keeper.state.error_code == ""
    assert log.health().unsaved == 0
    assert values(log) == list(range(3600))
    lost = [r.message for r in caplog.records if r.name == "dt.store.keeper"]
    assert lost == ["keeper fails", "keeper works again"]


def test_a_full_disk_is_told_and_recovered_from(log, keeper, clock):
    log.append(some(5))
    keeper.step(clock.monotonic())
    (pages,) = keeper._open().execute("PRAGMA page_count").fetchone()
    keeper._open().execute(f"PRAGMA max_page_count={pages}")
    noise = np.random.default_rng(1).random(5_000)
    log.append(dataclasses.replace(some(5_000, 5), value=noise))
    clock.step(6000)
    keeper.step(clock.monotonic())
    clock.step(6000)
    keeper.step(clock.monotonic())
    assert log.health().keeper.error_code == "store.full"
    assert log.health().unsaved == 5_000
    keeper._open().execute("PRAGMA max_page_count=1000000")
    clock.step(6000)
    keeper.step(clock.monotonic())
    assert log.health().keeper.error_code == ""
    assert values(log) == [*range(5), *noise.tolist()]


def test_a_chore_runs_also_while_nothing_can_be_written(log, keeper, clock):
    called = []
    keeper.chores.append(called.append)
    keeper._open().execute("PRAGMA busy_timeout=1")
    holder = sqlite.connect(log.paths.telemetry, ())
    holder.execute("BEGIN IMMEDIATE")
    log.append(some(1))
    keeper.step(clock.monotonic())
    holder.execute("ROLLBACK")
    holder.close()
    assert called == [clock.monotonic()]


def test_a_broken_chore_does_not_stop_the_journal(log, keeper, clock, caplog):
    def broken(now):
        raise RuntimeError("broken")

    keeper.chores.append(broken)
    for _ in range(3):
        log.append(some(1))
        clock.step(11_000)
        keeper.step(clock.monotonic())
    assert log.health().unsaved == 0
    assert "chore: broken" in keeper.state.error
    assert [r.message for r in caplog.records].count("keeper fails") == 1


def test_a_damaged_journal_row_is_set_aside_and_the_rest_is_sealed(log, keeper, clock):
    for start in (0, 5, 10):
        log.append(some(5, start))
        keeper.journal()
    keeper._open().execute("UPDATE journal SET blob = zeroblob(40) WHERE seq0 = 6")
    keeper.seal()
    assert values(log) == [*range(5), *range(10, 15)]
    rows = keeper._open().execute("SELECT what FROM damaged").fetchall()
    assert rows == [(f"journal of epoch {log.epoch} from 6",)]


def test_signals_are_durable_with_their_first_readings(log, keeper, config, clock):
    log.append(some(1))
    keeper.journal()
    log.register([SignalRow(name="dt:A/late", twin="dt:A")])
    log.append(some(1))
    keeper.journal()
    rows = keeper._open().execute("SELECT name FROM signal ORDER BY id").fetchall()
    assert rows == [(NAME,), ("dt:A/late",)]


def test_the_thread_journals_and_flushes_at_its_end(log, config, clock):
    keeper = Keeper(log, config, clock)
    keeper.start()
    log.append(some(5))
    keeper.stop()
    assert log.health().journal_readings == 5


_WRITER = """
import sys, numpy as np
from pathlib import Path
from dt.clock import SystemClock
from dt.config import Config, Store
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.readings import Readings
config = Config(data=sys.argv[1], store=Store(live_dir=sys.argv[2], durable_every=0.05,
                live_keep=0.2, live_max=1000, seal_every=0.3))
clock = SystemClock("always")
log = Log.open(config, clock)
(signal,) = log.register([SignalRow(name=sys.argv[3], twin="dt:A")]).values()
if sys.argv[4] == "keeper":
    Keeper(log, config, clock).start()
count = int(sys.argv[5])
while True:
    n = 1 + count % 7
    log.append(Readings(signal=np.full(n, signal, np.int32),
                        observed_at=np.full(n, clock.now_ms()),
                        value=np.arange(count, count + n, dtype=np.float64),
                        code=np.zeros(n, np.uint16)))
    count += n
    print(count, flush=True)
"""


@pytest.mark.slow
def test_killed_processes_lose_and_repeat_nothing(tmp_path, config, clock):
    rng = np.random.default_rng(1)
    folders = [str(tmp_path / "data"), str(tmp_path / "live")]
    told = {"dt:A/x": 0, "dt:A/y": 0}
    for attempt in range(6):
        running = {
            name: subprocess.Popen(
                [sys.executable, "-c", _WRITER, *folders, name, role, str(told[name])],
                stdout=subprocess.PIPE,
                text=True,
            )
            for name, role in (("dt:A/x", "keeper"), ("dt:A/y", "writer"))
        }
        for name, process in running.items():
            process.stdout.readline()
            if attempt % 2 == 0 or name == "dt:A/x":
                time.sleep(rng.uniform(0.05, 0.5))
            process.kill()
            process.communicate()
        told.update(_counts(folders, told))
    config = _config(folders)
    log = Log.open(config, clock_of())
    keeper = Keeper(log, config, clock_of())
    keeper.journal()
    keeper.seal()
    for name, row in log.signals().items():
        got = [v for _, r, _ in log.readings([row.id], 0, 2**50) for v in r.value.tolist()]
        assert sorted(got) == list(range(told[name]))
    seqs = [s for part in log.tail(Cursor(), 10**7) for s in part.seq.tolist()]
    assert seqs == list(range(1, sum(told.values()) + 1))
    keeper.stop()
    log.close()
    assert sqlite3.connect(log.paths.telemetry).execute(
        "PRAGMA integrity_check"
    ).fetchone() == ("ok",)


def clock_of():
    from dt.clock import SystemClock

    return SystemClock("always")


def _config(folders):
    from dt.config import Config, Store

    return Config(data=folders[0], store=Store(live_dir=folders[1]))


def _counts(folders, told):
    """Return where each writer must go on: after the last reading that was stored."""
    log = Log.open(_config(folders), clock_of())
    newest = dict.fromkeys(told, 0)
    for part in log.tail(Cursor(), 10**7):
        for name in told:
            mine = (
                part.readings.signal == log.signals()[name].id
                if name in log.signals()
                else []
            )
            newest[name] += int(np.sum(mine))
    log.close()
    return newest


def test_what_was_sealed_before_anybody_looked_is_still_the_latest(log, keeper):
    assert log.latest() == {}
    log.append(some(3))
    keeper.journal()
    keeper.seal()
    assert log.latest()[1].value == 2.0


def test_sealed_journal_rows_are_overwritten_in_their_place(log, keeper):
    for part in range(3):
        for start in range(20):
            log.append(some(60, part * 1200 + start * 60))
            keeper.journal()
        assert log.health().journal_readings == 1200
        keeper.seal()
        assert log.health().journal_readings == 0
    rows = keeper._open().execute("SELECT count(*) FROM journal").fetchone()[0]
    assert rows <= 24
    assert values(log) == list(range(3600))


def test_the_write_ahead_log_is_bounded(log, keeper, clock):
    rng = np.random.default_rng(1)
    wal = log.paths.telemetry.with_name("telemetry.db-wal")
    sizes = []
    for _ in range(12):
        log.append(dataclasses.replace(some(100_000), value=rng.random(100_000)))
        clock.step(6000)
        keeper.step(clock.monotonic())
        sizes.append(wal.stat().st_size)
    assert keeper.state.error == ""
    assert max(sizes) < 12_000_000
    assert sizes != sorted(sizes), "it was never written into the file"


def test_the_life_of_the_card_is_estimated_after_some_minutes(log, keeper, clock):
    keeper.step(clock.monotonic())
    assert log.health().sd_life_years is None
    clock.step(700_000)
    log.append(some(100))
    keeper.step(clock.monotonic())
    told = log.health()
    written = told.keeper.bytes_written / 700 * 31_556_952
    if told.keeper.bytes_written:
        assert told.sd_life_years == pytest.approx(told.disk_total * 1000 / 8 / written)
    else:
        assert told.sd_life_years is None
