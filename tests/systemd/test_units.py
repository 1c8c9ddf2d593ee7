"""The units as systemd itself sees them."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "systemd").glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.name)
def test_a_unit_is_confined(unit):
    if ANALYZE is None:
        assert os.environ.get("CI") != "true", "systemd-analyze is missing"
        pytest.skip("systemd-analyze is not on this machine")
    done = subprocess.run(
        [ANALYZE, "security", "--offline=true", "--threshold=25", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_who_sends_messages_of_the_controller_may_go_behind_it():
    text = (ROOT / "systemd" / "dt-controller.service").read_text()
    filters = re.findall(r"^SystemCallFilter=(.*)$", text, re.M)
    assert filters[-1] == "setpriority", "@resources, taken away before, has it"


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.name)
def test_a_unit_starts_a_service_that_exists(unit):
    text = unit.read_text()
    assert text.startswith("# The "), "the first line says what it may and may not do"
    started = re.search(r"^ExecStart=.* run (\w+)$", text, re.M)[1]
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert started in table["project"]["entry-points"]["dt.services"]
    assert re.search(r"^WatchdogSec=\d+$", text, re.M)
