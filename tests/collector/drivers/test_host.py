import logging
from pathlib import Path

import pytest

from collector.drivers.host import Host, HostOptions
from collector.seam import Context, Sensor
from collector.simulators.host import Host as Machine
from dt.errors import SourceError
from dt.twin.readings import pairs

READS = {q.name: q.signal for q in Host.DESCRIPTION.quantities}


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def host(clock, tmp_path):
    return make(clock, tmp_path)


def make(clock, root, reads=None):
    context = Context(
        twin="dt:Host_001", sensor="self", reads=reads or READS, media_dir="", twin_dir=""
    )
    return Host(HostOptions(root=str(root)), None, clock, context)


def step(machine, clock, seconds):
    machine.run(seconds)
    clock.forward(seconds)


def values(host):
    return dict(pairs(host.read()))


def test_it_is_a_sensor(host):
    assert isinstance(host, Sensor)


def test_levels_are_there_from_the_first_read_and_rates_from_the_second(
    machine, host, clock
):
    step(machine, clock, 100)
    host.open()
    first = values(host)
    assert first["memory"] == pytest.approx(40)
    assert first["swap"] == pytest.approx(10)
    assert first["temperature"] == pytest.approx(48.3)
    assert first["uptime"] == 100
    assert first["load"] == pytest.approx(1.0)
    assert 0 <= first["disk"] <= 100
    assert "cpu" not in first
    step(machine, clock, 10)
    second = values(host)
    assert second["cpu"] == pytest.approx(50, abs=0.1)
    assert second["cpu.0"] == pytest.approx(25, abs=0.1)
    assert second["cpu.1"] == pytest.approx(75, abs=0.1)
    assert second["disk.read"] == pytest.approx(512_000)
    assert second["disk.written"] == pytest.approx(1_024_000)
    assert second["network.received"] == pytest.approx(20_000)
    assert second["network.sent"] == pytest.approx(10_000)
    assert set(second) >= set(READS)


def test_what_a_machine_lacks_is_missing_not_zero_and_told_once(tmp_path, clock, caplog):
    caplog.set_level(logging.INFO)
    machine = Machine(tmp_path, temperature=None, swap=None)
    host = make(clock, tmp_path)
    for _ in range(5):
        step(machine, clock, 1)
        seen = values(host)
    assert "temperature" not in seen
    assert "swap" not in seen
    told = [r.quantities for r in caplog.records]
    assert told == ["swap temperature"]


def test_a_counter_that_starts_anew_gives_no_rate(machine, host, clock):
    step(machine, clock, 100)
    host.read()
    machine._elapsed = 0
    machine._busy = []
    step(machine, clock, 1)
    seen = values(host)
    assert "disk.read" not in seen
    assert "network.sent" not in seen
    assert "cpu" not in seen


def test_a_machine_without_proc_is_an_error(host):
    with pytest.raises(SourceError, match="no proc/stat"):
        host.read()


def test_this_machine_answers(clock):
    host = make(clock, Path("/"))
    host.read()
    clock.forward(1)
    seen = values(host)
    assert 0 < seen["memory"] < 100
    assert seen["uptime"] > 0


def test_two_reads_at_one_moment_give_no_rate(machine, host, clock):
    step(machine, clock, 1)
    host.read()
    assert "disk.read" not in values(host)
