"""Clock steps, daylight saving and a boot in 1970: right times, steady sampling."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from dt.clock import SystemClock
from dt.store.log import Log
from dt.twin.quality import is_unsynced, quality_of

pytestmark = [pytest.mark.slow, pytest.mark.server]

EVER = 253_402_300_800_000
HALF_HOUR_MS = 1_800_000
EVERY_S = 0.1
SIGNAL = "dt:Timed_001/at"
TIMED = """\
"@id": dt:Timed_001
name: Timed
signals: {at: {unit: "1", max_rate: 100/s, stuck_after: 5s}}
sensors: {timed: {driver: timed, every: 100ms, reads: {at: at}}}
derived: {ahead: {unit: "1", formula: "at + 1"}}
"""


class Told:
    """The clock of the collector, in the hands of the test, which reads by it too."""

    def __init__(self, path, utc_ms, trusted=True):
        self._path = path
        self._system = SystemClock("always")
        self.offset_ms = utc_ms - round(self.monotonic() * 1000)
        self.history = []
        self.tell(0, trusted=trusted)

    def monotonic(self):
        return self._system.monotonic()

    def boot_id(self):
        return self._system.boot_id()

    def now_ms(self):
        return self.offset_ms + round(self.monotonic() * 1000)

    def trusted(self):
        return self._trusted

    def tell(self, step_ms, *, trusted=True):
        self.offset_ms += step_ms
        self._trusted = trusted
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"offset_ms": self.offset_ms, "trusted": trusted}))
        fresh.replace(self._path)
        self.history.append((self.monotonic(), self.offset_ms))

    def right_at(self, monotonic):
        """Return the offset that was in force at a moment; None: it was just changing."""
        offset = None
        for since, told in self.history:
            if abs(since - monotonic) < 0.15 and since != self.history[0][0]:
                return None
            if since <= monotonic:
                offset = told
        return offset


@pytest.fixture
def collector(make_appliance, plugin, tmp_path):
    """Return a function that runs a collector by such a clock; use it as a context."""
    running = []

    def start(appliance, told, zone="UTC"):
        command = [
            sys.executable,
            "-P",
            "-m",
            "dt_scenario_clock",
            appliance.file,
            told._path,
        ]
        environment = {**os.environ, "PYTHONPATH": str(plugin), "TZ": zone}
        with appliance.log.open("ab") as out:
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def stop(process):
    process.terminate()
    assert process.wait(10) == 0


def wait_for(appliance, told, more_s=0.0):
    """Wait until the sensor was read after some more seconds."""
    log = Log.open(appliance.config, told)
    told_from = told.monotonic() + more_s

    def read():
        row = log.signals().get(SIGNAL)
        latest = log.latest([row.id]) if row else {}
        return any(one.value > told_from for one in latest.values())

    appliance.wait(read, "reads its sensor", 30)
    log.close()


def readings(appliance, told):
    """Return (monotonic s, UTC ms, code) of each reading, in order of arrival."""
    log = Log.open(appliance.config, told)
    number = log.signals()[SIGNAL].id
    found = [
        (value, at, code, int(order))
        for _, r, seq in log.readings([number], 0, EVER)
        for value, at, code, order in zip(
            r.value.tolist(), r.observed_at.tolist(), r.code, seq, strict=True
        )
    ]
    log.close()
    return sorted(found, key=lambda one: one[3])


def sampling_was_steady(found):
    pauses = [b[0] - a[0] for a, b in pairwise(found)]
    late = [pause for pause in pauses if not 0.02 < pause < 3 * EVERY_S]
    assert not late, late
    assert len(found) == pytest.approx((found[-1][0] - found[0][0]) / EVERY_S, rel=0.1)


def times_are_right(found, offset_of):
    for monotonic, at, _, _ in found:
        offset = offset_of(monotonic)
        if offset is not None:
            assert at - (offset + monotonic * 1000) == pytest.approx(0, abs=80)


@pytest.mark.parametrize("steps", [(HALF_HOUR_MS, -2 * HALF_HOUR_MS), (-HALF_HOUR_MS,)])
def test_steps_of_the_clock_leave_times_right_and_sampling_steady(
    make_appliance, collector, tmp_path, steps
):
    appliance = make_appliance({"timed": TIMED}, seal_every=1)
    told = Told(tmp_path / "clock.json", round(time.time() * 1000))
    process = collector(appliance, told)
    wait_for(appliance, told)
    for step in steps:
        time.sleep(2)
        told.tell(step)
    time.sleep(2)
    stop(process)
    found = readings(appliance, told)
    sampling_was_steady(found)
    times_are_right(found, told.right_at)
    settled = [one for one in found if told.right_at(one[0]) is not None]
    assert {quality_of(int(code)) for _, _, code, _ in settled} == {"good"}


def test_a_boot_in_1970_gets_right_times_once_the_clock_is_set(
    make_appliance, collector, tmp_path
):
    appliance = make_appliance({"timed": TIMED}, seal_every=1, durable_every=0.2)
    told = Told(tmp_path / "clock.json", 12_345, trusted=False)
    process = collector(appliance, told)
    wait_for(appliance, told)
    time.sleep(3)
    provisional = readings(appliance, told)
    assert is_unsynced(provisional[-1][2])
    assert provisional[-1][1] < 365 * 86_400_000
    now = round(time.time() * 1000)
    told.tell(now - told.offset_ms - round(told.monotonic() * 1000))
    time.sleep(3)
    stop(process)
    appliance.forget()
    found = readings(appliance, told)
    assert len(found) > len(provisional)
    times_are_right(found, lambda _: told.offset_ms)
    assert not any(is_unsynced(code) for _, _, code, _ in found)
    sampling_was_steady(found)


def test_a_boot_that_ends_before_the_clock_is_set_stays_marked(
    make_appliance, collector, tmp_path
):
    appliance = make_appliance({"timed": TIMED})
    told = Told(tmp_path / "clock.json", 12_345, trusted=False)
    process = collector(appliance, told)
    wait_for(appliance, told)
    stop(process)
    appliance.forget()
    found = readings(appliance, told)
    assert all(is_unsynced(code) for _, _, code, _ in found)


@pytest.mark.parametrize("switch", ["2026-03-29T01:00:00", "2026-10-25T01:00:00"])
def test_daylight_saving_changes_nothing(make_appliance, collector, tmp_path, switch):
    moment = datetime.fromisoformat(switch).replace(tzinfo=UTC)
    begin = round(moment.timestamp() * 1000) - 4000
    appliance = make_appliance({"timed": TIMED}, seal_every=1)
    told = Told(tmp_path / "clock.json", begin)
    process = collector(appliance, told, zone="Europe/Brussels")
    wait_for(appliance, told, 5)
    stop(process)
    found = readings(appliance, told)
    assert found[0][1] < begin + 4000 < found[-1][1]
    times_are_right(found, told.right_at)
    sampling_was_steady(found)
