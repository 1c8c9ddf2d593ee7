"""Retention: what has had its time goes, and nothing else."""

import pytest

from dt.config import Config
from dt.store import holdings, retention
from dt.store.holdings import KINDS, RESOLUTIONS
from dt.store.retention import Policies, Policy
from dt.store.twins import Twin
from dt.twin.description import DerivedSpec, SignalSpec, TwinDescription
from dt.twin.quantities import Seconds

HOUR = 3600
HOUR_MS = HOUR * 1000
USUAL = Config().store.retain
AIR = "dt:PlantBox_001/air.temperature"
SOIL = "dt:PlantBox_001/soil.moisture"


def policies(**own):
    return Policies(
        Policy.of(USUAL, {k.strip("_"): Seconds(v) for k, v in own.items()}), {}
    )


@pytest.fixture
def start(clock):
    return clock.now_ms() // HOUR_MS * HOUR_MS


@pytest.fixture
def day(history, start):
    """A day of readings every 10 s, that ends now."""
    history.signal(1, AIR)
    for hour in range(24, 0, -1):
        history.hour(start - hour * HOUR_MS)
    return history


def test_old_readings_go_and_their_rollups_stay(day, start):
    blocks = day.count("rollup")
    while retention.retain(day.database, policies(raw=6 * HOUR), start, limit=4):
        pass
    assert day.all("SELECT count(*), min(t_min) FROM chunk") == [(6, start - 6 * HOUR_MS)]
    assert day.count("rollup") == blocks


def test_only_a_few_rows_go_at_once(day, start):
    assert retention.retain(day.database, policies(raw=0), start, limit=5) == 5
    assert day.count() == 19


def test_a_chunk_that_reaches_into_what_is_kept_stays_whole(day, start):
    retention.retain(day.database, policies(raw=90 * 60), start)
    assert day.all("SELECT min(t_min) FROM chunk") == [(start - 2 * HOUR_MS,)]


def test_readings_too_few_for_a_rollup_stand_in_for_it(history, start):
    history.signal(1, AIR)
    for hour in range(48, 0, -1):
        history.hour(start - hour * HOUR_MS, every_s=1800)
    assert history.count("rollup") == 0
    short = policies(raw=0, **{"1min": 0, "15min": 0, "1h": 0})
    assert retention.retain(history.database, short, start) == 0
    none = policies(raw=0, **{"1min": 0, "15min": 0, "1h": 0, "1day": 24 * HOUR})
    assert retention.retain(history.database, none, start) == 24


def test_a_twin_says_how_long_its_signals_are_kept(day, start):
    twin = TwinDescription(
        id="dt:PlantBox_001",
        name="Plant box",
        signals={"soil.moisture": SignalSpec(retain={"raw": Seconds(3 * HOUR)})},
        derived={"air.vpd": DerivedSpec(formula="1", retain={"1min": Seconds(60)})},
    )
    found = retention.policies(USUAL, [Twin(file="a", id=twin.id, description=twin)])
    day.signal(2, SOIL)
    for hour in range(24, 0, -1):
        day.hour(start - hour * HOUR_MS, signal=2)
    while retention.retain(day.database, found, start):
        pass
    assert day.all("SELECT signal, count(*) FROM chunk GROUP BY signal") == [
        (1, 24),
        (2, 3),
    ]
    assert found.of("dt:PlantBox_001/air.vpd").keep_ms[1] == 60_000
    assert found.of(AIR) == found.usual


def test_a_partial_setting_leaves_the_other_resolutions_as_they_are():
    policy = Policy.of({"raw": Seconds(60)})
    assert policy.keep_ms[0] == 60_000
    assert policy.keep_ms[1:] == Policy.of(USUAL).keep_ms[1:]


def test_every_row_is_of_one_kind(day):
    for table in ("chunk", "rollup"):
        where = " OR ".join(f"({kind.where})" for kind in KINDS if kind.table == table)
        assert day.all(f"SELECT count(*) FROM {table} WHERE NOT ({where})") == [(0,)]
    assert {kind.last for kind in KINDS} == set(range(len(RESOLUTIONS)))


def test_used_bytes_fall_when_rows_go(day, start):
    used = holdings.used_bytes(day.database)
    free = holdings.free_bytes(day.database)
    retention.retain(day.database, policies(raw=0), start)
    assert holdings.used_bytes(day.database) < used
    assert holdings.free_bytes(day.database) > free
