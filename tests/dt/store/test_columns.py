"""Columns come back to the last bit, and damage is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dt.errors import CorruptError
from dt.store.columns import decode, encode, scale_of

_INT64 = st.integers(-(2**63), 2**63 - 1)
_ints = hnp.arrays(np.int64, st.integers(0, 40), elements=_INT64)
_floats = hnp.arrays(np.float64, st.integers(0, 40), elements=st.floats(width=64))
_decimals = st.lists(
    st.one_of(
        st.integers(-(10**7), 10**7).map(lambda i: i / 100),
        st.sampled_from([float("nan"), -0.0, float("inf"), 1 / 3]),
    ),
    max_size=60,
).map(lambda values: np.array(values, np.float64))


@given(_ints)
def test_any_integers_come_back(values):
    ints, _ = decode(encode([values], []), 1, 0)
    assert ints[0].tolist() == values.tolist()


@given(st.one_of(_floats, _decimals))
def test_any_values_come_back_to_the_last_bit(values):
    _, floats = decode(encode([], [values]), 0, 1)
    assert floats[0].view(np.int64).tolist() == values.view(np.int64).tolist()


def test_signalling_bits_of_a_nan_are_kept():
    odd = np.array([0x7FF8000000000001, 0x7FF8000000000000, 1], np.int64).view(np.float64)
    _, floats = decode(encode([], [odd]), 0, 1)
    assert floats[0].view(np.int64).tolist() == odd.view(np.int64).tolist()


def test_several_columns_keep_their_order():
    a, b, x = np.arange(100), np.full(100, 7), np.linspace(0, 1, 100)
    ints, floats = decode(encode([a, b], [x]), 2, 1)
    assert ints[0].tolist() == a.tolist()
    assert ints[1].tolist() == b.tolist()
    assert floats[0].tolist() == x.tolist()


def test_steady_readings_take_little_room():
    rng = np.random.default_rng(1)
    n = 900
    t = 1_763_700_000_000 + np.arange(n) * 1000 + rng.integers(0, 3, n)
    value = np.round(20 + np.cumsum(rng.normal(0, 0.02, n)), 2)
    seq = np.arange(n) * 8
    assert len(encode([t, seq, np.zeros(n, np.int64)], [value])) < 1.5 * n


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_byte_is_refused(where, change):
    blob = bytearray(encode([np.arange(50)], [np.linspace(0, 1, 50)]))
    blob[where % len(blob)] ^= change
    with pytest.raises(CorruptError):
        decode(bytes(blob), 1, 1)


@given(st.binary(max_size=40))
def test_rubbish_is_refused(blob):
    with pytest.raises(CorruptError):
        decode(blob, 1, 0)


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1.0, 2.0], 0), ([22.31, 22.3], 2), ([1 / 3, 2 / 3], None), ([float("nan")], 0)],
)
def test_decimals_are_recognised(values, scale):
    assert scale_of(np.array(values)) == scale
