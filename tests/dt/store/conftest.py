"""Nouns of the store's tests."""

import pytest

from dt.config import Config
from dt.store.appliance import Appliance


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
