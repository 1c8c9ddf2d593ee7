"""The decoder in docs/store.md reads what the store writes."""

import re
from pathlib import Path

import numpy as np
import pytest

from dt.store import blocks, chunks, columns, rollups
from dt.store.resolution import LEVELS

_DOC = Path(__file__).parents[3] / "docs/store.md"


@pytest.fixture(scope="module")
def decode():
    (source,) = re.findall(
        r"```python\n(.*?)```", _DOC.read_text(encoding="utf-8"), re.DOTALL
    )
    space = {}
    exec(source, space)
    return space["decode"]


@pytest.mark.parametrize("decimals", [None, 0, 2])
def test_the_documented_decoder_reads_a_chunk(decode, decimals):
    rng = np.random.default_rng(1)
    value = rng.normal(20, 5, 500)
    value = value if decimals is None else np.round(value, decimals)
    value[::50] = np.nan
    value[7] = -0.0
    rows = chunks.Rows(
        seq=np.arange(500) * 8 + rng.integers(0, 8, 500),
        t=1_763_700_000_000 + np.arange(500) * 1000 + rng.integers(0, 9, 500),
        value=value,
        code=np.where(np.isnan(value), 2, 0).astype(np.uint16),
    )
    packed = chunks.pack(rows, signal=1, epoch=1, unsynced=False, rolled=0)
    time, seq, code, found = decode(packed.blob)
    assert np.array_equal(time, rows.t)
    assert np.array_equal(seq, rows.seq)
    assert np.array_equal(code, rows.code)
    assert np.array_equal(found.view(np.int64), value.view(np.int64))


def test_the_documented_decoder_reads_a_roll_up(decode):
    t = 1_763_700_000_000 + np.arange(5000) * 1000
    buckets = rollups.fold(t, np.sin(t / 1e5), np.zeros(5000, np.uint16), LEVELS[0])
    start, count, _, _, total, _, _, _ = decode(blocks.pack(buckets, 0), 4, 4)
    assert np.array_equal(start * LEVELS[0], buckets.t)
    assert count.sum() == 5000
    assert total.sum() == pytest.approx(np.sin(t / 1e5).sum())


def test_the_documented_decoder_refuses_damage(decode):
    blob = bytearray(columns.encode([np.arange(9)], []))
    blob[-1] ^= 1
    with pytest.raises(AssertionError):
        decode(bytes(blob), 1, 0)
