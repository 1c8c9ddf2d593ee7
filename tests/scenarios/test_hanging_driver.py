"""A driver that sleeps an hour delays nobody: not start, not others, not stop."""

import time

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.server]

TICKING = """\
"@id": dt:Ticking_001
name: Ticking
signals: {count: {unit: "1"}}
sensors: {tick: {driver: ticking, every: 100ms, reads: {count: count}}}
"""
SLEEPING = """\
"@id": dt:Sleeping_001
name: Sleeping
signals: {count: {unit: "1"}}
sensors: {sleeper: {driver: %s, every: 100ms, reads: {count: count}%s}}
"""
SLEEPERS = [
    ("sleeping", ", sleeps: open"),
    ("sleeping", ", sleeps: read"),
    ("sleeping", ", sleeps: close"),
    ("sleeping_source", ""),
]


@pytest.mark.parametrize(("driver", "options"), SLEEPERS)
def test_a_driver_that_sleeps_an_hour_delays_nobody(
    make_appliance, stored, newest, driver, options
):
    twins = {"ticking": TICKING, "sleeping": SLEEPING % (driver, options)}
    appliance = make_appliance(twins)
    begin = time.monotonic()
    appliance.start("run", "collector")
    ticks = newest(appliance, "dt:Ticking_001/count")
    appliance.wait(lambda: (ticks() or 0) >= 20, "ticks", 30)
    assert time.monotonic() - begin < 3 + 2.5
    before, at = ticks(), time.monotonic()
    appliance.wait(lambda: ticks() >= before + 30, "ticks on", 10)
    assert time.monotonic() - at < 3 + 1
    assert appliance.stop() < 3
    counts = stored(appliance.config).numbers["dt:Ticking_001/count"]
    assert counts == [float(n) for n in range(len(counts))]


def test_all_sleepers_together_do_not_add_up(make_appliance, newest):
    twins = {"ticking": TICKING}
    for number, (driver, options) in enumerate(SLEEPERS):
        text = (SLEEPING % (driver, options)).replace("_001", f"_{number:03}")
        twins[f"sleeper{number}"] = text
    appliance = make_appliance(twins)
    appliance.start("run", "collector")
    ticks = newest(appliance, "dt:Ticking_001/count")
    appliance.wait(lambda: (ticks() or 0) >= 20, "ticks", 30)
    assert appliance.stop() < 3
