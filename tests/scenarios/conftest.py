"""A whole appliance in a folder of the test, and what it must not lose."""

import os
import shutil
import sqlite3
import subprocess
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest

from dt.bench.plan import configuration
from dt.bench.running import Running
from dt.clock import SystemClock
from dt.config import Store, runtime_dir, with_changes
from dt.store.log import Log
from dt.twin.readings import Cursor

EVER = 253_402_300_800_000
ENTRIES = """\
[dt.sensors]
numbered = dt_scenario_drivers:Numbered
ticking = dt_scenario_drivers:Ticking
timed = dt_scenario_drivers:Timed
sleeping = dt_scenario_drivers:Sleeping
sleeping_source = dt_scenario_drivers:SleepingSource
"""
METADATA = "Metadata-Version: 2.1\nName: dt-scenario-drivers\nVersion: 1\n"


@pytest.fixture
def plugin(tmp_path):
    """Return a folder with the scenario's drivers, installed as a plug-in."""
    folder = tmp_path / "plugin"
    facts = folder / "dt_scenario_drivers-1.dist-info"
    facts.mkdir(parents=True)
    for source in (Path(__file__).parent / "plugin").glob("*.py"):
        shutil.copy(source, folder)
    (facts / "METADATA").write_text(METADATA)
    (facts / "entry_points.txt").write_text(ENTRIES)
    return folder


@pytest.fixture
def mounts(tmp_path):
    """Skip the test where nothing can be mounted; in continuous integration, fail it."""
    folder = tmp_path / "tried"
    folder.mkdir()
    said = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1M", "none", folder],
        capture_output=True,
        check=False,
    )
    if said.returncode == 0:
        subprocess.run(["umount", folder], check=True)
    elif os.environ.get("CI"):
        pytest.fail(f"needs root, to mount a file system: {said.stderr.decode()}")
    else:
        pytest.skip("needs root, to mount a file system of its own")


@pytest.fixture
def make_appliance(tmp_path, plugin):
    """Return a function that makes an appliance; at the end all its processes are gone."""
    made = []

    def make(twins, *, data=tmp_path / "data", server="eventlet", **store):
        config = configuration(tmp_path, msgspec.structs.replace(Store(), **store))
        config = with_changes(config, data=data)
        web = msgspec.structs.replace(config.web, server=server)
        config = msgspec.structs.replace(config, web=web)
        appliance = Running(config, twins, plugins=[plugin], folder=tmp_path)
        made.append(appliance)
        return appliance

    yield make
    for appliance in made:
        appliance.kill()
        appliance.forget()


@pytest.fixture
def newest():
    """Return a function that makes a function: the newest value of a signal, or None."""
    logs = []

    def watch(appliance, name):
        appliance.wait(lambda: runtime_dir(appliance.config).is_dir(), "has a log", 30)
        log = Log.open(appliance.config, SystemClock("always"))
        logs.append(log)

        def value():
            row = log.signals().get(name)
            latest = log.latest([row.id]) if row is not None else {}
            return latest[row.id].value if latest else None

        return value

    yield watch
    for log in logs:
        log.close()


@pytest.fixture
def numbered(tmp_path):
    """Return a function that makes a numbered source and its twin."""
    return lambda name="a", **options: Numbered(tmp_path, name, options)


@dataclass
class Numbered:
    """A source that numbers its readings, and what it says it handed over."""

    tmp_path: Path
    name: str
    options: dict = field(default_factory=dict)

    def __post_init__(self):
        self.folder = self.tmp_path / f"numbered-{self.name}"
        self.folder.mkdir()
        self.signal = f"dt:Numbered_{self.name}/number"
        options = "".join(f", {k}: {v}" for k, v in self.options.items())
        self.twin = (
            f'"@id": dt:Numbered_{self.name}\n'
            f"name: Numbered {self.name}\n"
            "signals:\n  number: {unit: '1'}\n"
            "sensors:\n"
            f"  source: {{driver: numbered, folder: {self.folder}{options},"
            " reads: {number: number}}\n"
        )

    def meant(self):
        path = self.folder / "meant"
        return int(path.read_text() or 0) if path.exists() else 0

    def taken(self):
        """Return the numbers whose `emit` returned, in order."""
        return [n for first, last, _ in self.batches() for n in range(first, last + 1)]

    def batches(self):
        path = self.folder / "taken"
        lines = path.read_text().splitlines() if path.exists() else []
        parts = [line.split() for line in lines]
        return [(int(first), int(last), float(at)) for first, last, at in parts]


@dataclass
class Stored:
    """Everything that the log of an appliance holds, in the order of the log."""

    numbers: dict[str, list[float]]
    times: dict[str, list[int]]
    epochs: dict[int, list[int]]
    by_time: dict[str, list[float]]

    def holds_each_once(self, source, *, lost=0):
        """Check that nothing that was handed over is missing or there twice.

        Args:
            source: With `meant()` and `taken()`.
            lost: So many of the last ones may be missing (a power cut).
        """
        found = self.numbers.get(source.signal, [])
        assert found == sorted(set(found)), "numbers came twice or out of order"
        assert sorted(self.by_time.get(source.signal, [])) == found, "the views differ"
        taken = source.taken()
        missing = sorted(set(taken) - {int(n) for n in found})
        assert len(missing) <= lost, f"{len(missing)} lost: {missing[:20]}"
        assert not found or found[-1] <= source.meant()
        return missing

    def has_no_gap(self):
        for epoch, seqs in self.epochs.items():
            assert seqs == list(range(1, len(seqs) + 1)), f"epoch {epoch}"


@pytest.fixture
def make_stored():
    """Return a function that makes up what a log holds, to test the bookkeeping."""
    return lambda numbers, epochs: Stored(numbers, {}, epochs, numbers)


@pytest.fixture
def stored():
    """Return a function that reads everything out of an appliance's log."""
    return read_all


def read_all(config):
    log = Log.open(config, SystemClock("always"))
    try:
        names = {row.id: name for name, row in log.signals().items()}
        numbers, times = defaultdict(list), defaultdict(list)
        epochs, by_time = defaultdict(list), defaultdict(list)
        cursor = Cursor()
        while parts := log.tail(cursor):
            for part in parts:
                epochs[part.epoch] += part.seq.tolist()
                cursor = Cursor(part.epoch, int(part.seq[-1]))
                r = part.readings
                for number in np.unique(r.signal).tolist():
                    mine = r.take(r.signal == number)
                    numbers[names[number]] += mine.value.tolist()
                    times[names[number]] += mine.observed_at.tolist()
        for number, readings, _ in log.readings(None, 0, EVER):
            by_time[names[number]] += readings.value.tolist()
    finally:
        log.close()
    return Stored(dict(numbers), dict(times), dict(epochs), dict(by_time))


@pytest.fixture
def check_files():
    """Return a function that lets SQLite check every database of an appliance."""

    def check(config):
        live = runtime_dir(config) / "live.db"
        for path in (live, *config.data_dir.glob("*.db")):
            with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True)) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    return check
