"""Readings as browsers get them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dt.twin.quality import Quality, Reason, pack
from dt.twin.readings import Cursor, Readings
from webapp.batches import batch_of, cursor_of, cursor_text, newest_of_each

NAMES = {3: "dt:A/x", 5: "dt:A/y"}


def readings(*rows):
    signal, at, value, code = zip(*rows, strict=True)
    return Readings(
        signal=np.array(signal, np.int32),
        observed_at=np.array(at, np.int64),
        value=np.array(value, np.float64),
        code=np.array(code, np.uint16),
    )


def test_a_batch_names_each_signal_once_and_only_what_is_not_good():
    stuck = pack(Quality.UNCERTAIN, Reason.STUCK)
    lost = pack(Quality.BAD, Reason.HARDWARE_ABSENT)
    made = batch_of(
        readings(
            (5, 1000, 1.5, 0),
            (3, 1001, float("nan"), lost),
            (5, 1002, 1.5, stuck),
            (4, 1003, 9.0, 0),
        ),
        NAMES,
        Cursor(7, 12),
    )
    assert made.cursor == "7:12"
    assert made.signals == ["dt:A/x", "dt:A/y"]
    assert (made.s, made.t, made.x) == ([1, 0, 1], [1000, 1001, 1002], [1.5, None, 1.5])
    assert made.q == {"1": "bad", "2": "uncertain"}
    assert made.why == {"1": "hardware_absent", "2": "stuck"}


def test_the_newest_of_each_signal_keeps_their_order():
    found = newest_of_each(readings((3, 1, 1, 0), (5, 2, 2, 0), (3, 3, 3, 0), (3, 4, 4, 0)))
    assert found.observed_at.tolist() == [2, 4]


@given(st.integers(0, 2**31), st.integers(0, 2**53))
def test_a_cursor_survives_the_way_through_a_browser(epoch, seq):
    assert cursor_of(cursor_text(Cursor(epoch, seq))) == Cursor(epoch, seq)


@given(st.text())
def test_any_other_text_is_no_cursor_and_no_error(text):
    found = cursor_of(text)
    assert found is None or cursor_of(cursor_text(found)) == found
