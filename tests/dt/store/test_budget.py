"""The budget: what goes first, and that each hole is declared."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dt.config import Config
from dt.store import budget, holdings, sheds
from dt.store.compact import merge_blocks
from dt.store.retention import Policies, Policy
from dt.twin.quantities import Seconds

HOUR_MS = 3_600_000
AIR = "dt:PlantBox_001/air.temperature"
SOIL = "dt:PlantBox_001/soil.moisture"
KEEP = Policies(Policy.of(Config().store.retain), {})


@pytest.fixture
def start(clock):
    return clock.now_ms() // HOUR_MS * HOUR_MS


@pytest.fixture
def day(history, start):
    history.signal(1, AIR)
    history.signal(2, SOIL)
    for hour in range(30, 0, -1):
        history.hour(start - hour * HOUR_MS, every_s=2)
        history.hour(start - hour * HOUR_MS, signal=2, every_s=1200)
    while merge_blocks(history.database):
        pass
    return history


def test_the_oldest_represented_readings_go_first(day, start, clock):
    freed = budget.shed(day.database, 3000, "budget", clock.now_ms())
    assert freed >= 3000
    gone = sheds.newest(day.database)
    assert [(each.signal, each.resolution, each.start) for each in gone] == [
        (1, "raw", start - 30 * HOUR_MS)
    ]
    oldest = day.all("SELECT min(t_min) FROM chunk WHERE signal=1")[0][0]
    assert gone[0].end == oldest - 1_999  # up to the last reading that went
    assert day.all("SELECT count(*) FROM chunk WHERE signal=2") == [(30,)]


def test_the_order_is_from_fine_to_coarse_until_nothing_is_left(day, clock):
    order = []
    while budget.shed(day.database, 1, "disk full", clock.now_ms(), limit=1):
        (resolution,) = day.all("SELECT resolution FROM shed ORDER BY at, id DESC LIMIT 1")[
            0
        ]
        clock.step(1)
        newest = sheds.newest(day.database, 1)[0].resolution
        order.append(holdings.RESOLUTIONS.index(newest))
        assert resolution
    assert order == sorted(order)
    assert set(order) >= {0, 1, 2, 4}
    assert (day.count("chunk"), day.count("rollup")) == (0, 0)


def test_neighbours_are_one_declared_hole(day, start, clock):
    for _ in range(5):
        budget.shed(day.database, 1, "budget", clock.now_ms(), limit=1)
    found = sheds.between(day.database, [1, 2], 0, 2**62)
    assert len(found) == 1
    assert found[0].n == 5 * 1800
    assert sheds.between(day.database, [1], start - HOUR_MS, start) == []
    assert sheds.between(day.database, [2], 0, 2**62) == []


def test_the_preview_changes_nothing_and_is_what_then_happens(day, start, clock):
    used = holdings.used_bytes(day.database)
    changes = day.database.total_changes
    losses = budget.preview(day.database, KEEP, used - 5_000, start)
    assert day.database.total_changes == changes
    assert {(loss.signal, loss.resolution, loss.reason) for loss in losses} == {
        (AIR, "raw", "budget")
    }
    budget.shed(day.database, 5_000, "budget", start, limit=1000)
    done = sheds.newest(day.database)[0]
    assert (done.start, done.end, done.n) == (losses[0].start, losses[0].end, losses[0].n)


def test_the_preview_tells_retention_and_budget_apart(day, start):
    short = Policies(Policy.of(Config().store.retain, {"raw": Seconds(10 * 3600)}), {})
    losses = budget.preview(day.database, short, 1, start)
    by_reason = {}
    for loss in losses:
        by_reason.setdefault(loss.reason, []).append(loss)
    assert [(loss.signal, loss.rows) for loss in by_reason["retention"]] == [(AIR, 20)]
    assert sum(loss.rows for loss in losses) == day.count("chunk") + day.count("rollup")


def test_within_the_budget_nothing_goes(day, start):
    assert budget.preview(day.database, KEEP, 10**9, start) == []


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(needs=st.lists(st.integers(1, 30_000), min_size=1, max_size=4))
def test_all_that_is_gone_lies_in_declared_holes(day, clock, needs):
    day.database.execute("BEGIN")
    try:
        before = set(day.all("SELECT signal, t_min, t_max FROM chunk"))
        for need in needs:
            budget.shed(day.database, need, "budget", clock.now_ms(), limit=7)
        gone = before - set(day.all("SELECT signal, t_min, t_max FROM chunk"))
        holes = sheds.newest(day.database, 1000)
        for signal, first, last in gone:
            assert any(
                hole.signal == signal and hole.start <= first and last < hole.end
                for hole in holes
            )
    finally:
        day.database.execute("ROLLBACK")
