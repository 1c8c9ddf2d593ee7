"""Time quality: future, late, provisional times and their repair."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dt.processing import time
from dt.twin.quality import UNSYNCED, is_unsynced


def test_more_than_ten_minutes_ahead_is_the_future():
    at = np.array([0, 600_000, 600_001])
    assert time.ahead(at, 0).tolist() == [False, False, True]


def test_late_is_older_than_one_that_arrived_before():
    assert time.late(np.array([1, 3, 2, 3, 4])).tolist() == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert time.late(np.empty(0, np.int64)).tolist() == []


def test_codes_are_marked_while_the_clock_is_not_trusted():
    codes = np.array([0, 1, 6], np.uint16)
    marked = time.marked(codes, unsynced=True)
    assert is_unsynced(marked).all()
    assert time.marked(marked, unsynced=False).tolist() == codes.tolist()
    assert marked.dtype == np.uint16


@given(
    offset=st.integers(-(10**12), 10**12),
    gaps=st.lists(st.integers(0, 10**6), min_size=1, max_size=20),
)
def test_repaired_times_keep_their_distances_and_others_stay(offset, gaps):
    at = np.cumsum(np.array(gaps, np.int64))
    code = np.where(np.arange(len(at)) % 2 == 0, UNSYNCED, 0).astype(np.uint16)
    repaired, flags = time.restamped(at, code, offset)
    assert (repaired[::2] - at[::2] == offset).all()
    assert (repaired[1::2] == at[1::2]).all()
    assert (flags == code).all()


def test_a_boot_in_1970_is_set_right_by_one_offset():
    offset = time.offset_ms(5_000, 1_763_700_005_000)
    at, _ = time.restamped(np.array([1_000]), np.array([UNSYNCED], np.uint16), offset)
    assert at.tolist() == [1_763_700_001_000]


def test_monotonic_moments_become_utc():
    at = time.utc_of(np.array([99.0, 99.9994, 100.0]), 1_763_700_000_000, 100.0)
    assert at.tolist() == [1_763_699_999_000, 1_763_699_999_999, 1_763_700_000_000]
