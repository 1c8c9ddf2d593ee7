"""Blinka as it is installed, and our own bus, on a device file with simulated chips."""

import json
import os
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BOARD = {
    "BLINKA_FORCECHIP": "BCM2XXX",
    "BLINKA_FORCEBOARD": "RASPBERRY_PI_ZERO_2_W",
    "BLINKA_SKIP_DEPENDENCY_CHECK": "1",
}


def missing():
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "this kernel has no /dev/fuse, or forbids its use"
    if not find_library("fuse") and not find_library("fuse3"):
        return "libfuse is not installed: apt-get install libfuse2"
    unshare = ["unshare", "--mount", *own_user(), "mount", "--make-rprivate", "/"]
    tried = subprocess.run(unshare, capture_output=True, text=True, check=False)
    return f"no mount namespace: {tried.stderr.strip()}" if tried.returncode else ""


def own_user():
    return [] if os.geteuid() == 0 else ["--user", "--map-root-user"]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    lacking = missing()
    if lacking:
        assert not os.environ.get("CI"), lacking
        pytest.skip(lacking)
    folder = tmp_path_factory.mktemp("i2c")
    script = ["sh", HERE / "private_dev.sh", folder, sys.executable]
    done = subprocess.run(
        ["unshare", "--mount", *own_user(), *script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **BOARD},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.server
@pytest.mark.slow
class TestADeviceFile:
    def test_blinka_finds_and_reads_the_chips(self, said):
        assert said["scan"] == ["0x23", "0x36", "0x44", "0x77"]
        assert said["lux"] == pytest.approx(8000, abs=1)
        assert said["moisture"] == 1010
        assert said["soil temperature"] == pytest.approx(19, abs=0.01)

    def test_a_chip_sees_what_the_world_file_says(self, said):
        assert said["dark"] == pytest.approx(12.5, abs=0.5)

    def test_an_unplugged_chip_is_a_remote_io_error(self, said):
        assert said["unplugged"] == 121

    def test_our_own_bus_finds_the_same_chips(self, said):
        assert said["our scan"] == said["scan"]

    def test_our_own_bus_reads_registers_after_a_repeated_start(self, said):
        assert said["chip id"] == "60"

    def test_our_drivers_read_the_same_world(self, said):
        assert said["bh1750"]["illuminance"] == pytest.approx(8000, abs=1)
        assert said["stemma_soil"]["moisture"] == 1010
        assert said["sht31"]["temperature"] == pytest.approx(21, abs=0.01)
        assert said["bme280"]["pressure"] == pytest.approx(1013.25, abs=0.05)

    def test_errors_of_the_kernel_become_ours(self, said):
        assert said["absent"] == "hardware.absent"
        assert said["held"] == "hardware.bus_stuck"
