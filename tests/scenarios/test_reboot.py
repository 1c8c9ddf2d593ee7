"""A reboot begins a new epoch and loses at most what the loss bound says."""

import sqlite3
import time
from contextlib import closing

import pytest

from dt.config import runtime_dir

pytestmark = [pytest.mark.slow, pytest.mark.server]


def lose_live_log(appliance):
    appliance.forget()


def change_boot(appliance):
    path = runtime_dir(appliance.config) / "live.db"
    with closing(sqlite3.connect(path)) as database, database:
        changed = database.execute("UPDATE meta SET value='another' WHERE name='boot'")
        assert changed.rowcount == 1


@pytest.mark.parametrize("reboot", [lose_live_log, change_boot])
def test_a_reboot_costs_no_more_than_the_loss_bound(
    make_appliance, numbered, stored, check_files, reboot
):
    bound = 0.5
    source = numbered("a")
    appliance = make_appliance({"a": source.twin}, durable_every=bound, seal_every=3)
    may_lose = []
    for _ in range(3):
        appliance.start("run", "collector")
        before = len(source.taken())
        appliance.wait(lambda before=before: len(source.taken()) > before, "senses", 30)
        time.sleep(2.3)
        appliance.kill()
        end = time.time()
        reboot(appliance)
        may_lose += [
            number
            for first, last, at in source.batches()
            if end - bound - 0.3 < at <= end
            for number in range(first, last + 1)
        ]
    found = stored(appliance.config)
    check_files(appliance.config)
    missing = found.holds_each_once(source, lost=len(may_lose))
    assert set(missing) <= set(may_lose)
    found.has_no_gap()
    assert len(found.epochs) == 3
    gone = reboot is lose_live_log  # else the next start saves what is left in it
    assert bool(missing) == gone


def test_a_clean_stop_before_a_reboot_loses_nothing(make_appliance, numbered, stored):
    source = numbered("a")
    appliance = make_appliance({"a": source.twin}, durable_every=60)
    appliance.start("run", "collector")
    appliance.wait(lambda: len(source.taken()) > 100, "senses", 30)
    assert appliance.stop() < 3
    lose_live_log(appliance)
    found = stored(appliance.config)
    found.holds_each_once(source)
    found.has_no_gap()
