"""dt status on a data folder with and without life."""

import json
import os
import subprocess
from contextlib import closing

import msgspec
import pytest
from click.testing import CliRunner

from dt import config as configuration
from dt.cli import Settings
from dt.clock import SystemClock
from dt.commands.status import status
from dt.errors import ServiceError
from dt.store.appliance import Appliance
from dt.store.log import Log
from dt.store.records import ProcessState, SensorState
from dt.store.twins import Twin


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "dt.yaml"
    live = tmp_path / "live"
    file.write_text(f"appliance: {{id: box-1}}\nstore:\n  live_dir: {live}\n")
    return Settings(file, tmp_path / "data")


@pytest.fixture
def log(settings):
    config = settings.load()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    opened = Log.open(config, SystemClock("always"))
    yield opened
    opened.close()


def _run(settings, *options):
    return CliRunner().invoke(status, options, obj=settings, catch_exceptions=False)


def _beat(log, age_ms=0):
    now = SystemClock().now_ms()
    log.beat(
        ProcessState(name="collector", pid=os.getpid(), started_at=0, beat_at=now - age_ms)
    )


def test_nothing_running_is_said_with_what_to_do(settings, log):
    result = _run(settings)
    assert result.exit_code == 1
    assert "dt up" in result.output


def test_all_is_well(settings, log):
    _beat(log)
    result = _run(settings)
    assert result.exit_code == 0
    assert result.output.startswith("box-1: all is well")


def test_a_silent_process_and_a_lost_sensor_are_told(settings, log):
    _beat(log, age_ms=45_000)
    log.set_sensor(
        SensorState(
            twin="dt:A_001",
            sensor="climate",
            driver="dht22",
            condition="lost",
            message="no answer",
        )
    )
    result = _run(settings)
    assert result.exit_code == 1
    assert "silent for 45 s" in result.output
    assert "dt:A_001/climate" in result.output
    assert "no answer" in result.output


def test_a_broken_twin_is_told_with_file_and_line(settings, log):
    _beat(log)
    with closing(Appliance.open(settings.load())) as appliance:
        appliance.twins.replace([Twin(file="a/twin.yaml", error="a/twin.yaml:3: x: saw y")])
    result = _run(settings)
    assert result.exit_code == 1
    assert "broken twin: a/twin.yaml:3" in result.output


def test_a_folder_on_which_nothing_ran_is_told_and_left_as_it_is(settings):
    with pytest.raises(ServiceError, match="no appliance has run"):
        _run(settings)
    assert not settings.load().data_dir.exists()


def test_a_process_that_was_stopped_is_not_told_as_running(settings, log):
    gone = subprocess.Popen(["true"])
    gone.wait()
    now = SystemClock().now_ms()
    log.beat(ProcessState(name="web", pid=gone.pid, started_at=0, beat_at=now))
    result = _run(settings)
    assert result.exit_code == 1
    assert "no process runs" in result.output


def test_programs_get_one_object(settings, log):
    _beat(log)
    found = json.loads(_run(settings, "--json").output)
    assert found["well"] is True
    assert found["processes"][0]["pid"] == os.getpid()
    assert msgspec.json.encode(found)


def test_settings_find_the_data_folder(settings, tmp_path):
    assert configuration.runtime_dir(settings.load()) == tmp_path / "live"
