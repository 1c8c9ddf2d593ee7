"""A disk that fills up: nothing crashes, the oldest goes, and it recovers by itself."""

import os
import shutil
import subprocess

import msgspec
import numpy as np
import pytest

from dt.config import Config
from dt.store.appliance import Appliance
from dt.store.care import Care
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.quantities import Bytes, Seconds
from dt.twin.readings import Cursor, Readings

NAME = "dt:PlantBox_001/air.temperature"
DISK = 6_000_000


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder],
        check=False,
        capture_output=True,
    )
    if made.returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("a small tmpfs cannot be mounted: expected root in CI")
        pytest.skip("a small tmpfs cannot be mounted: it takes root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def config(disk, tmp_path):
    store = msgspec.structs.replace(
        Config().store,
        live_dir=str(tmp_path / "live"),
        ballast=Bytes(400_000),
        seal_every=Seconds(100),
    )
    return Config(data=str(disk / "data"), store=store)


@pytest.mark.slow
def test_a_full_disk_costs_the_oldest_history_and_nothing_else(config, clock, disk):
    log = Log.open(config, clock)
    number = log.register([SignalRow(name=NAME, twin="dt:PlantBox_001", unit="Cel")])[NAME]
    appliance = Appliance.open(config, clock)
    keeper = Keeper(log, config, clock)
    care = Care(config, clock, appliance)
    keeper.chores.append(care)
    chance = np.random.default_rng(1)

    def live(batches, n=2000):
        for _ in range(batches):
            t = clock.now_ms() + 5 * np.arange(n, dtype=np.int64)
            log.append(
                Readings(
                    signal=np.full(n, number, np.int32),
                    observed_at=t,
                    value=chance.normal(20, 5, n),  # noise does not compress
                    code=np.zeros(n, np.uint16),
                )
            )
            clock.step(10_000)
            keeper.step(clock.monotonic())

    live(60)
    assert keeper.state.error_code == ""
    assert (disk / "data" / "ballast").exists()
    before = log.end().seq

    # another program takes all the room there is
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65536))
        except OSError:
            pass
    assert shutil.disk_usage(disk).free < 65536
    live(30)
    assert log.end().seq == before + 30 * 2000
    assert not (disk / "data" / "ballast").exists()
    holes = log.holes([number], 0, 2**62)
    assert {hole.reason for hole in holes} == {"disk full"}

    filler.unlink()
    live(30)
    assert keeper.state.error_code == ""
    assert (disk / "data" / "ballast").exists()
    assert log.health().unsaved == 0

    # whatever is not declared as given up is there, once and in order
    kept = np.concatenate(
        [readings.observed_at for _, readings, _ in log.readings([number], 0, 2**62)]
    )
    assert (np.diff(kept) > 0).all()
    first = max(hole.end for hole in holes)
    assert first <= kept[0] < first + 10_000
    tail = log.tail(Cursor(log.epoch, log.end().seq - 60_000), 100_000)
    assert sum(map(len, tail)) == 60_000
    keeper.stop()
    care.close()
    appliance.close()
    log.close()
