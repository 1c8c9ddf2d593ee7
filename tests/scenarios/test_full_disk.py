"""A full disk: the appliance goes on living, says so, and recovers by itself."""

import subprocess
import time
from contextlib import contextmanager

import pytest

from dt.clock import SystemClock
from dt.store.log import Log

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.timeout(300)]


@pytest.fixture
def small_disk(tmp_path, mounts):
    """Return a folder on a file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24M", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def filled(folder):
    """Leave no byte free, whatever is freed meanwhile."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    yield
    path.unlink()


def test_a_full_disk_costs_nothing_that_was_accepted(
    make_appliance, numbered, stored, small_disk, check_files, tmp_path
):
    source = numbered("a")
    appliance = make_appliance(
        {"a": source.twin}, data=small_disk / "data", seal_every=2, ballast=2_000_000
    )
    running = appliance.start("run", "collector")
    web = appliance.start("run", "web")
    appliance.wait_ready()
    appliance.wait(lambda: len(source.taken()) > 300, "senses", 30)
    log = Log.open(appliance.config, SystemClock("always"))
    with filled(small_disk):
        appliance.wait(lambda: log.health().keeper.error_code, "tells of the full disk", 60)
        assert log.health().keeper.error_code == "store.full"
        for _ in range(8):
            taken = len(source.taken())
            time.sleep(1)
            assert len(source.taken()) > taken, "sensing stopped"
        assert running.poll() is None
        assert web.poll() is None
        assert appliance.get_status("/healthz") == 200
    appliance.wait(
        lambda: not log.health().keeper.error_code and log.health().unsaved_s < 3,
        "recovers",
        60,
    )
    log.close()
    appliance.stop()
    check_files(appliance.config)
    found = stored(appliance.config)
    found.holds_each_once(source)
    found.has_no_gap()


def test_an_appliance_whose_disk_is_full_at_start_comes_up_when_there_is_room(
    make_appliance, numbered, stored, small_disk, check_files
):
    source = numbered("a")
    appliance = make_appliance(
        {"a": source.twin}, data=small_disk / "data", seal_every=2, ballast=2_000_000
    )
    appliance.start()
    appliance.wait(lambda: len(source.taken()) > 300, "senses", 30)
    appliance.stop()
    with filled(small_disk):
        appliance.start()
        time.sleep(6)
        assert appliance.pids(), "gave up"
    taken = len(source.taken())
    appliance.wait(lambda: len(source.taken()) > taken, "senses again", 60)
    appliance.stop()
    check_files(appliance.config)
    found = stored(appliance.config)
    found.holds_each_once(source)
    found.has_no_gap()
