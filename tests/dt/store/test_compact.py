"""Compaction makes few large rows of many small ones and changes no content."""

import numpy as np
import pytest

from dt.store import blocks, chunks, compact, epochs, rollups
from dt.store.blocks import Block
from dt.store.chunks import UNROLLED, Rows
from dt.store.resolution import LEVELS

DAY = 86_400_000
START = 20_000 * DAY


@pytest.fixture
def database(tmp_path):
    opened = epochs.open_telemetry(tmp_path / "telemetry.db")
    yield opened
    opened.close()


def rows(n, first=0, every_ms=1000):
    index = np.arange(first, first + n, dtype=np.int64)
    return Rows(
        seq=index + 1,
        t=START + index * every_ms,
        value=np.round(np.sin(index / 50), 3),
        code=np.zeros(n, np.uint16),
    )


def add_chunk(database, part, rolled=UNROLLED):
    packed = chunks.pack(part, signal=1, epoch=1, unsynced=False, rolled=rolled)
    chunks.add(database, packed)


def add_block(database, part, level, tier):
    blocks.add(database, Block(1, level, tier), part)


def stored(database, where):
    return database.execute(f"SELECT n, blob FROM {where} ORDER BY id").fetchall()


def all_of(parts):
    joined = chunks.joined(parts)
    return joined.take(np.argsort(joined.seq))


def test_eight_chunks_of_one_size_become_one(database):
    parts = [rows(100, 100 * i) for i in range(8)]
    for part in parts:
        add_chunk(database, part, rolled=0)
    assert compact.merge_chunks(database)
    assert not compact.merge_chunks(database)
    ((n, blob),) = stored(database, "chunk")
    found = chunks.unpack(blob, n)
    assert np.array_equal(found.seq, np.arange(1, 801))
    assert np.array_equal(found.value, all_of(parts).value)


def test_seven_chunks_stay(database):
    for i in range(7):
        add_chunk(database, rows(100, 100 * i))
    assert not compact.merge_chunks(database)


def test_large_chunks_stay(database):
    for i in range(9):
        add_chunk(database, rows(4096, 4096 * i))
    assert not compact.merge_chunks(database)


def test_chunks_of_slow_signals_get_the_roll_up_that_pays(database):
    for i in range(8):
        add_chunk(database, rows(60, 60 * i, every_ms=600_000))
    assert compact.merge_chunks(database)
    assert database.execute("SELECT rolled FROM chunk").fetchall() == [(2,)]
    found = database.execute("SELECT level, tier FROM rollup").fetchall()
    assert found == [(2, 1)]


@pytest.mark.parametrize(
    ("tier", "fan", "level", "made"),
    [
        (0, 24, 0, {(0, 1), (1, 1), (2, 1)}),
        (1, 30, 1, {(1, 2)}),
        (1, 30, 2, {(2, 2), (3, 2)}),
        (2, 12, 2, {(2, 3)}),
        (2, 12, 3, {(3, 3)}),
    ],
)
def test_blocks_are_gathered_into_the_next_tier(database, tier, fan, level, made):
    part = rows(86_400, every_ms=1000)
    buckets = rollups.fold(part.t, part.value, part.code, LEVELS[level])
    for i in range(fan):
        assert not compact.merge_blocks(database), i
        one = rollups.fold(part.t + i * DAY, part.value, part.code, LEVELS[level])
        add_block(database, one, level, tier)
    assert compact.merge_blocks(database)
    found = set(database.execute("SELECT level, tier FROM rollup"))
    assert found == made
    count = sum(
        int(blocks.unpack(blob, level).count.sum())
        for _, blob in stored(database, f"rollup WHERE level = {level}")
    )
    assert count == fan * int(buckets.count.sum())


@pytest.mark.parametrize(("level", "tier"), [(0, 1), (1, 2), (2, 3), (3, 3)])
def test_blocks_of_the_last_tier_stay(database, level, tier):
    part = rows(10)
    for _ in range(40):
        add_block(
            database,
            rollups.fold(part.t, part.value, part.code, LEVELS[level]),
            level,
            tier,
        )
    assert not compact.merge_blocks(database)


def test_blocks_that_overlap_are_added_up(database):
    part = rows(120)
    for start in range(0, 120, 5):
        some = part.take(np.arange(start, start + 5))
        add_block(database, rollups.fold(some.t, some.value, some.code, LEVELS[0]), 0, 0)
    assert compact.merge_blocks(database)
    ((_, blob),) = stored(database, "rollup WHERE level = 0")
    found = blocks.unpack(blob, 0)
    wanted = rollups.fold(part.t, part.value, part.code, LEVELS[0])
    assert np.array_equal(found.t, wanted.t)
    assert found.count.tolist() == [60, 60]
    assert found.sum == pytest.approx(wanted.sum)
    assert np.array_equal(found.min, wanted.min)
    assert np.array_equal(found.last, wanted.last)


@pytest.mark.parametrize("tier", [0, 1])
def test_a_block_comes_back(tier):
    part = rows(1000)
    bad = rollups.fold(
        part.t, np.where(part.t % 7000 == 0, np.nan, part.value), part.code, LEVELS[0]
    )
    blob = blocks.pack(bad, 0) if tier else blocks.record(bad)
    found = blocks.unpack(blob, 0) if tier else blocks.unrecord([blob])
    for name in rollups.Buckets.__dataclass_fields__:
        if name == "sum":
            assert found.sum == pytest.approx(bad.sum)
        else:
            assert np.array_equal(
                getattr(found, name), getattr(bad, name), equal_nan=True
            ), name


def test_an_empty_bucket_has_no_last_value():
    nothing = rollups.fold(
        np.array([START]), np.array([np.nan]), np.array([2], np.uint16), LEVELS[0]
    )
    assert (nothing.count.tolist(), nothing.bad.tolist()) == ([0], [1])
    assert np.isnan(nothing.last[0])


def test_a_sum_keeps_decimals_that_the_last_value_has_not():
    values = np.array([1.25, 3.0])
    buckets = rollups.fold(
        np.array([START, START + 1]), values, np.zeros(2, np.uint16), LEVELS[0]
    )
    assert blocks.unpack(blocks.pack(buckets, 0), 0).sum.tolist() == [4.25]
