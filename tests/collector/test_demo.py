from contextlib import closing

import msgspec
import numpy as np
import pytest

from collector.demo import Demo
from collector.world import World, climate_of
from dt import plugins
from dt.config import Config, Store
from dt.hardware.world_files import WorldFiles
from dt.store.appliance import Appliance
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twins import load_all

pytestmark = pytest.mark.slow

DAY = 86_400_000


@pytest.fixture
def config(tmp_path):
    return Config(
        data=str(tmp_path / "data"),
        twins=("twins",),
        hardware="sim",
        demo=True,
        store=Store(live_dir=str(tmp_path / "live")),
    )


@pytest.fixture
def store(config, clock):
    with closing(Log.open(config, clock)) as log:
        yield log


@pytest.fixture
def appliance(config, clock):
    with closing(Appliance.open(config, clock)) as opened:
        yield opened


@pytest.fixture
def demo(config, clock, store, appliance):
    return Demo(
        config, clock, store, appliance, lambda name: plugins.load("dt.simulators", name)
    )


@pytest.fixture
def twins(config, store):
    found = load_all(config.twins).twins
    for twin in found:
        names = [*twin.signals, *twin.derived]
        store.register([SignalRow(name=twin.full_name(n), twin=twin.id) for n in names])
    return found


def test_a_week_of_the_plant_is_imported_and_nothing_of_this_computer(
    demo, twins, store, clock, appliance
):
    pasts = demo.live_through(twins)
    assert [past.twin.id for past in pasts] == ["dt:PlantBox_001"]
    count = demo.write(pasts)
    ids = {row.id: name for name, row in store.signals().items()}
    found = {}
    start, end = clock.now_ms() - 8 * DAY, clock.now_ms() + DAY
    for signal, readings, _ in store.readings(None, start, end):
        found.setdefault(ids[signal], []).append(readings)
    assert sum(len(r) for parts in found.values() for r in parts) == count
    assert not [name for name in found if name.startswith("dt:Host")]
    air = np.concatenate([r.observed_at for r in found["dt:PlantBox_001/air.temperature"]])
    assert len(air) == 7 * 1440
    assert air.max() <= clock.now_ms()
    assert (np.diff(air) == 60_000).all()
    assert "dt:PlantBox_001/air.vpd" in found
    green = found["dt:PlantBox_001/leaf.green"]
    assert sum(len(r) for r in green) == 7 * 144
    codes = np.concatenate([r.code for parts in found.values() for r in parts])
    assert ((codes & 3) == 0).mean() > 0.98
    event = appliance.events.newest()[0]
    assert event.kind == "SimulatedHistoryImported"
    assert "simulated history imported" in event.text


def test_the_world_goes_on_where_its_history_ends(demo, twins, config, clock):
    past = demo.live_through(twins)[0]
    twin = past.twin.id
    world = World(climate_of(config, twin), clock, WorldFiles.of(config, twin))
    assert world.value("soil.moisture") == pytest.approx(past.states[-1].soil, abs=0.5)


def test_it_is_done_once(demo, twins):
    assert demo.wanted()
    demo.write(demo.live_through(twins))
    assert not demo.wanted()


def test_it_is_not_done_outside_a_demo_or_with_an_untrusted_clock(
    config, clock, store, appliance
):

    real = msgspec.structs.replace(config, demo=False)
    assert not Demo(real, clock, store, appliance, lambda name: None).wanted()
    clock.believed = False
    assert not Demo(config, clock, store, appliance, lambda name: None).wanted()
