"""Deadband: what is kept when little changes, against a plain model."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dt.processing.deadband import Deadband
from dt.processing.judge import Sorted
from dt.twin.description import SignalSpec
from dt.twin.quantities import Seconds

SPEC = SignalSpec(deadband=0.5, heartbeat=Seconds(60))


def _batch(rows):
    """Return a sorted batch of (signal, s, value, code)."""
    rows = sorted(rows, key=lambda r: (r[0], r[1]))
    count = len(rows)
    return Sorted(
        np.arange(count),
        np.array([r[0] for r in rows], np.int32).reshape(count),
        np.array([r[1] * 1000 for r in rows], np.int64).reshape(count),
        np.array([r[2] for r in rows], np.float64).reshape(count),
        np.array([r[3] for r in rows], np.uint16).reshape(count),
    )


def _keep(band, rows):
    kept = band.keep(_batch(rows))
    return [True] * len(rows) if kept is None else kept.tolist()


def test_signals_without_a_deadband_keep_all():
    assert Deadband([SignalSpec()]).keep(_batch([(0, 0, 1.0, 0)])) is None


def test_a_change_by_the_deadband_is_kept_and_less_is_not():
    band = Deadband([SPEC])
    rows = [(0, 0, 20.0, 0), (0, 1, 20.4, 0), (0, 2, 20.5, 0), (0, 3, 20.9, 0)]
    assert _keep(band, rows) == [True, False, True, False]


def test_a_change_of_quality_or_reason_is_kept():
    band = Deadband([SPEC])
    rows = [(0, 0, 20.0, 0), (0, 1, 20.0, 1), (0, 2, 20.0, 1 | 4 << 2), (0, 3, np.nan, 2)]
    assert _keep(band, rows) == [True] * 4
    assert _keep(band, [(0, 4, np.nan, 2), (0, 5, 20.0, 0)]) == [False, True]


def test_the_heartbeat_keeps_one_now_and_then():
    band = Deadband([SPEC])
    said = [_keep(band, [(0, s, 20.0, 0)])[0] for s in (0, 30, 59, 60, 61, 120)]
    assert said == [True, False, False, True, False, True]


def test_a_late_reading_is_kept():
    band = Deadband([SPEC])
    _keep(band, [(0, 100, 20.0, 0)])
    assert _keep(band, [(0, 50, 20.0, 0)]) == [True]


def test_each_signal_has_its_own():
    band = Deadband([SPEC, SignalSpec()])
    assert _keep(
        band, [(0, 0, 1.0, 0), (0, 1, 1.0, 0), (1, 0, 1.0, 0), (1, 1, 1.0, 0)]
    ) == [
        True,
        False,
        True,
        True,
    ]


def test_a_stepped_clock_moves_the_last_kept():
    band = Deadband([SPEC])
    _keep(band, [(0, 1000, 20.0, 0)])
    band.shift(-900_000)
    assert _keep(band, [(0, 101, 20.0, 0)]) == [False]


readings = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from([20.0, 20.2, 20.5, 21.0]),
        st.sampled_from([0, 1]),
    ),
    max_size=40,
)


@given(readings, st.integers(1, 10))
def test_it_keeps_what_a_plain_model_keeps_however_the_batches_are_cut(steps, size):
    at = np.cumsum([gap for gap, _, _ in steps]).tolist()
    rows = [(0, s, v, c) for s, (_, v, c) in zip(at, steps, strict=True)]
    band, said, expected, last = Deadband([SPEC]), [], [], None
    for start in range(0, len(rows), size):
        said += _keep(band, rows[start : start + size])
    for _, s, value, code in rows:
        kept = (
            last is None
            or code != last[2]
            or s - last[0] >= 60
            or abs(value - last[1]) >= 0.5
        )
        expected.append(kept)
        last = (s, value, code) if kept else last
    assert said == expected
