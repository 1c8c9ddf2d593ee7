"""Nouns of the store's tests."""

import numpy as np
import pytest

from dt.config import Config
from dt.store import epochs, journal, seal
from dt.store.appliance import Appliance
from dt.twin.readings import Logged, Readings

HOUR_MS = 3_600_000


class SteppedClock:
    """A clock that moves when it is told to."""

    def __init__(self, now_ms=1_777_636_800_000):
        self.ms = now_ms
        self.ticks = 1000.0
        self.believed = True
        self.boot = "boot-1"

    def now_ms(self):
        return self.ms

    def monotonic(self):
        return self.ticks

    def trusted(self):
        return self.believed

    def boot_id(self):
        return self.boot

    def step(self, ms):
        self.ms += ms
        self.ticks += ms / 1000


@pytest.fixture
def clock():
    return SteppedClock()


@pytest.fixture
def config(tmp_path):
    store = Config().store.__class__(live_dir=str(tmp_path / "live"))
    return Config(data=str(tmp_path / "data"), store=store)


@pytest.fixture
def appliance(config, clock):
    opened = Appliance.open(config, clock)
    yield opened
    opened.close()


class History:
    """A telemetry.db that is filled hour by hour, without keeper and live log."""

    def __init__(self, database, clock):
        self.database = database
        self.clock = clock
        self.epoch, _, _ = epochs.begin(database, clock, "live")
        self.seq = 0

    def signal(self, number, name):
        self.database.execute(
            "INSERT INTO signal VALUES (?,?,?,'Cel','')",
            (number, name, name.split("/")[0]),
        )

    def hour(self, start, signal=1, every_s=10):
        """Seal an hour of readings that begins at `start`."""
        times = np.arange(start, start + HOUR_MS, every_s * 1000, dtype=np.int64)
        n = len(times)
        readings = Readings(
            signal=np.full(n, signal, np.int32),
            observed_at=times,
            value=np.round(20 + np.sin(times / 1e6), 2),
            code=np.zeros(n, np.uint16),
        )
        seq = np.arange(self.seq + 1, self.seq + n + 1, dtype=np.int64)
        self.seq += n
        journal.add(self.database, Logged(epoch=self.epoch, seq=seq, readings=readings))
        seal.seal(self.database, self.clock.now_ms())

    def count(self, table="chunk"):
        return self.database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def all(self, sql):
        return self.database.execute(sql).fetchall()


@pytest.fixture
def history(config, clock):
    database = epochs.open_telemetry(config.data_dir / "telemetry.db")
    yield History(database, clock)
    database.close()
