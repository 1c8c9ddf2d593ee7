"""A damaged telemetry.db is set aside, what can be read is saved, and life goes on."""

import random
import time
from contextlib import closing

import pytest

from dt.clock import SystemClock
from dt.store.appliance import Appliance
from dt.store.log import Log

pytestmark = [pytest.mark.slow, pytest.mark.server]


def damage(path, *, seed, share):
    """Overwrite some pages of a database and of its WAL, the first one left alone."""
    chance = random.Random(seed)
    wal = path.with_name(path.name + "-wal")
    for file, head, step in ((path, 0, 1024), (wal, 32 + 24, 1048)):
        count = (file.stat().st_size - head) // step if file.exists() else 0
        if count < 10:
            continue
        with file.open("r+b") as out:
            for page in chance.sample(range(1, count), round(count * share)):
                out.seek(head + page * step)
                out.write(chance.randbytes(1024))


def run_for_a_while(appliance, source, readings):
    appliance.start("run", "collector")
    taken = len(source.taken())
    appliance.wait(lambda: len(source.taken()) > taken + readings, "senses", 60)


@pytest.mark.parametrize("seed", range(3))
def test_a_file_damaged_while_stopped_is_set_aside(make_appliance, numbered, stored, seed):
    source = numbered("a", batch=50, pause_s=0.005)
    appliance = make_appliance({"a": source.twin}, seal_every=1)
    run_for_a_while(appliance, source, 8_000)
    appliance.stop()
    appliance.forget()
    damage(appliance.config.data_dir / "telemetry.db", seed=seed, share=0.2)
    before = len(source.taken())
    run_for_a_while(appliance, source, 2_000)
    appliance.stop()
    found = stored(appliance.config)
    numbers = found.numbers[source.signal]
    assert numbers == sorted(set(numbers))
    missing = set(source.taken()) - set(map(int, numbers))
    assert max(missing, default=0) <= source.taken()[before - 1], "new readings are missing"


def test_a_file_of_rubbish_is_set_aside(make_appliance, numbered, stored):
    source = numbered("a")
    appliance = make_appliance({"a": source.twin})
    run_for_a_while(appliance, source, 300)
    appliance.stop()
    appliance.forget()
    path = appliance.config.data_dir / "telemetry.db"
    path.write_bytes(random.Random(1).randbytes(50_000))
    run_for_a_while(appliance, source, 300)
    log = Log.open(appliance.config, SystemClock("always"))
    assert log.health().set_aside
    log.close()
    appliance.stop()
    assert len(stored(appliance.config).numbers[source.signal]) > 300


def test_a_damaged_appliance_db_stops_nobody(make_appliance, numbered):
    source = numbered("a")
    appliance = make_appliance({"a": source.twin})
    appliance.start("run", "web")
    run_for_a_while(appliance, source, 300)
    appliance.wait_ready()
    appliance.stop()
    path = appliance.config.data_dir / "appliance.db"
    pages = path.stat().st_size // 4096
    with path.open("r+b") as out:
        out.seek(4096)
        out.write(random.Random(1).randbytes(4096 * (pages - 1)))
    appliance.start("run", "web")
    run_for_a_while(appliance, source, 300)
    appliance.wait_ready()
    with closing(Appliance.open(appliance.config, SystemClock("always"))) as opened:
        assert opened.events.newest(1)[0].kind == "ApplianceSetAside"
        assert [twin.id for twin in opened.twins.all()]  # the collector wrote them again
    appliance.stop()


def test_damage_while_running_costs_nothing_that_was_not_damaged(
    make_appliance, numbered, stored
):
    source = numbered("a", batch=50, pause_s=0.01)
    appliance = make_appliance({"a": source.twin}, seal_every=1)
    run_for_a_while(appliance, source, 8_000)
    web = appliance.start("run", "web")
    appliance.wait_ready()
    damage(appliance.config.data_dir / "telemetry.db", seed=1, share=0.5)
    before = len(source.taken())
    time.sleep(5)
    assert len(source.taken()) > before, "sensing stopped"
    assert web.poll() is None
    assert appliance.get_status("/healthz") == 200
    appliance.stop()
    run_for_a_while(appliance, source, 300)
    appliance.stop()
    found = stored(appliance.config)
    numbers = set(map(int, found.numbers[source.signal]))
    later = set(source.taken()[before:])
    assert later <= numbers, f"{len(later - numbers)} taken after the damage are missing"
