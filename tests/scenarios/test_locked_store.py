"""Another program holds the databases: nothing is lost, and memory stays bounded."""

import os
import sqlite3
import time
from contextlib import closing, contextmanager

import pytest

from dt.bench.meter import Meter
from dt.clock import SystemClock
from dt.config import runtime_dir
from dt.store.log import Log

pytestmark = [pytest.mark.slow, pytest.mark.server]

LOCKED_S = 60 if os.environ.get("CI") else 12
TICKING = """\
"@id": dt:Ticking_001
name: Ticking
signals: {count: {unit: "1"}}
sensors: {tick: {driver: ticking, every: 100ms, reads: {count: count}}}
"""


@contextmanager
def locked(path):
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield
        database.execute("ROLLBACK")


def counts_are_complete(found):
    counts = found.numbers["dt:Ticking_001/count"]
    assert counts == [float(n) for n in range(len(counts))]


def test_a_locked_journal_costs_nothing(make_appliance, numbered, stored):
    source = numbered("a")
    appliance = make_appliance({"a": source.twin, "ticking": TICKING}, seal_every=2)
    process = appliance.start("run", "collector")
    appliance.wait(lambda: len(source.taken()) > 500, "senses", 30)
    log = Log.open(appliance.config, SystemClock("always"))
    memory = Meter(process.pid).read().pss
    with locked(appliance.config.data_dir / "telemetry.db"):
        for _ in range(LOCKED_S):
            before = log.end().seq
            time.sleep(1)
            assert log.end().seq > before, "the live log stands still"
        grown = Meter(process.pid).read().pss - memory
        assert log.health().unsaved_s > LOCKED_S - 8
    assert grown < 30_000_000
    appliance.wait(lambda: log.health().unsaved_s < 3, "catches up", 20)
    log.close()
    appliance.stop()
    found = stored(appliance.config)
    found.holds_each_once(source)
    found.has_no_gap()
    counts_are_complete(found)


def test_a_locked_live_log_makes_sources_wait_and_keeps_what_sensors_say(
    make_appliance, numbered, stored
):
    source = numbered("a")
    appliance = make_appliance({"a": source.twin, "ticking": TICKING})
    process = appliance.start("run", "collector")
    appliance.wait(lambda: len(source.taken()) > 500, "senses", 30)
    memory = Meter(process.pid).read().pss
    with locked(runtime_dir(appliance.config) / "live.db"):
        time.sleep(8)
        assert process.poll() is None
        assert Meter(process.pid).read().pss - memory < 30_000_000
    taken = len(source.taken())
    appliance.wait(lambda: len(source.taken()) > taken + 100, "goes on", 20)
    appliance.stop()
    found = stored(appliance.config)
    found.holds_each_once(source)
    found.has_no_gap()
    counts_are_complete(found)


def test_starting_while_the_live_log_is_locked_does_not_throw_it_away(
    make_appliance, numbered, stored
):
    source = numbered("a")
    appliance = make_appliance({"a": source.twin}, durable_every=60)
    appliance.start("run", "collector")
    appliance.wait(lambda: len(source.taken()) > 500, "senses", 30)
    appliance.kill()
    with locked(runtime_dir(appliance.config) / "live.db"):
        appliance.start("run", "collector")
        time.sleep(8)
    appliance.stop()
    appliance.start("run", "collector")
    taken = len(source.taken())
    appliance.wait(lambda: len(source.taken()) > taken, "goes on", 30)
    appliance.stop()
    found = stored(appliance.config)
    found.holds_each_once(source)
    found.has_no_gap()
    assert len(found.epochs) == 1
