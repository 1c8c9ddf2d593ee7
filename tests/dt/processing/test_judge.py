"""Judging: number, range, rate of change, stuck, late, future; against a plain model."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.processing.judge import AGREEING, Judge
from dt.twin.description import SignalSpec
from dt.twin.quality import Quality, Reason, quality_of, reason_of, score_of
from dt.twin.quantities import PerSecond, Seconds

NOW = 1_763_700_000_000
SPEC = SignalSpec(
    unit="Cel", range=(-40.0, 80.0), max_rate=PerSecond(0.1), stuck_after=Seconds(60)
)


def _judge(spec=SPEC, noise=0.0, count=1):
    return Judge([spec] * count, [noise] * count)


def _say(judge, pairs, now_ms=None, index=0):
    """Return (quality, reason, score) of readings (s, value) of one signal, as given."""
    at = np.array([NOW + round(s * 1000) for s, _ in pairs], np.int64)
    value = np.array([v for _, v in pairs], np.float64)
    batch = judge.judge(np.full(len(pairs), index, np.int32), at, value, now_ms)
    said = [None] * len(pairs)
    for row, code in zip(batch.order.tolist(), batch.code.tolist(), strict=True):
        said[row] = (quality_of(code), reason_of(code), round(score_of(code), 2))
    return said


GOOD = (Quality.GOOD, Reason.NONE, 1.0)
FAST = (Quality.UNCERTAIN, Reason.RATE_OF_CHANGE, 0.6)
STUCK = (Quality.UNCERTAIN, Reason.STUCK, 0.8)
OUTSIDE = (Quality.BAD, Reason.OUT_OF_RANGE, 0.6)
MISSING = (Quality.BAD, Reason.NOT_A_NUMBER, 0.0)


def test_a_value_in_range_that_moves_calmly_is_good():
    assert _say(_judge(), [(0, 20.0), (5, 20.4), (10, 20.2)]) == [GOOD] * 3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_number_is_bad(value):
    assert _say(_judge(), [(0, value)]) == [MISSING]


@pytest.mark.parametrize("value", [-40.01, 80.01, -1e9])
def test_a_value_outside_the_range_is_bad_and_has_no_value(value):
    judge = _judge()
    batch = judge.judge(np.zeros(1, np.int32), np.array([NOW]), np.array([value]))
    assert np.isnan(batch.value).all()
    assert _say(_judge(), [(0, value)]) == [OUTSIDE]


def test_the_ends_of_the_range_are_in_it():
    assert _say(_judge(), [(0, -40.0)]) == [GOOD]
    assert _say(_judge(), [(0, 80.0)]) == [GOOD]


def test_a_spike_is_uncertain_and_the_next_good_reading_is_no_spike():
    assert _say(_judge(), [(0, 20.0), (5, 45.0), (10, 20.1)]) == [GOOD, FAST, GOOD]


def test_a_bad_reading_is_not_what_the_next_is_compared_with():
    said = _say(_judge(), [(0, 20.0), (5, 200.0), (10, np.nan), (15, 20.3)])
    assert said == [GOOD, OUTSIDE, MISSING, GOOD]


def test_a_real_step_is_accepted_after_some_readings_that_agree():
    steps = [(5 * i, 30.0 + 0.1 * i) for i in range(1, 6)]
    said = _say(_judge(), [(0, 20.0), *steps])
    assert said == [GOOD, *[FAST] * (AGREEING - 1), GOOD, GOOD, GOOD]


def test_readings_that_agree_with_nothing_stay_uncertain():
    wild = [(0, 20.0), (5, 40.0), (10, -10.0), (15, 60.0), (20, 0.0), (25, 70.0)]
    assert _say(_judge(), wild) == [GOOD, *[FAST] * 5]


def test_back_at_the_old_level_is_good_at_once():
    jumps = [(0, 20.0), (5, 40.0), (10, 40.0), (15, 20.1), (20, 40.0)]
    assert _say(_judge(), jumps) == [GOOD, FAST, FAST, GOOD, FAST]


def test_a_long_pause_allows_a_large_change():
    assert _say(_judge(), [(0, 20.0), (99, 30.0), (100, 30.0)]) == [GOOD, FAST, GOOD]
    assert _say(_judge(), [(0, 20.0), (101, 30.0)]) == [GOOD, GOOD]


def test_noise_is_allowed_on_top_and_short_intervals_count_as_a_second():
    assert _say(_judge(), [(0, 20.0), (0.2, 20.11)]) == [GOOD, FAST]
    assert _say(_judge(), [(0, 20.0), (0.2, 20.09)]) == [GOOD, GOOD]
    assert _say(_judge(noise=0.4), [(0, 20.0), (0.2, 20.49)]) == [GOOD, GOOD]


def test_a_value_that_never_changes_is_stuck_after_its_time():
    said = _say(_judge(), [(0, 20.0), (30, 20.0), (59, 20.0), (60, 20.0), (65, 20.0)])
    assert said == [GOOD, GOOD, GOOD, STUCK, STUCK]
    assert _say(_judge(), [(0, 20.0), (59, 20.1), (100, 20.1)]) == [GOOD] * 3


def test_a_change_ends_being_stuck():
    assert _say(_judge(), [(0, 20.0), (70, 20.0), (75, 20.1)]) == [GOOD, STUCK, GOOD]


def test_both_rate_and_stuck_leave_the_least_score():
    quick = SignalSpec(max_rate=PerSecond(0.1), stuck_after=Seconds(4))
    said = _say(_judge(quick), [(0, 20.0), (1, 40.0), (5, 40.0)])
    assert said[2] == (Quality.UNCERTAIN, Reason.RATE_OF_CHANGE, 0.4)


def test_what_was_before_is_remembered_from_batch_to_batch():
    judge = _judge()
    assert _say(judge, [(0, 20.0)]) == [GOOD]
    assert _say(judge, [(5, 40.0)]) == [FAST]
    assert _say(judge, [(10, 40.0)]) == [FAST]
    assert _say(judge, [(15, 40.0)]) == [GOOD]
    assert _say(judge, [(64, 40.0)]) == [GOOD]
    assert _say(judge, [(65, 40.0)]) == [STUCK]


def test_a_batch_may_come_in_any_order():
    judge = _judge()
    assert _say(judge, [(10, 20.1), (5, 45.0), (0, 20.0)]) == [GOOD, FAST, GOOD]


def test_a_late_reading_is_judged_by_its_range_only_and_changes_nothing():
    judge = _judge()
    _say(judge, [(100, 20.0)])
    assert _say(judge, [(50, 70.0), (60, 99.0)]) == [GOOD, OUTSIDE]
    assert _say(judge, [(105, 20.1)]) == [GOOD]


def test_a_reading_from_the_future_is_uncertain_and_makes_no_other_late():
    judge = _judge()
    said = _say(judge, [(0, 20.0), (3600, 20.0)], now_ms=NOW)
    assert said == [GOOD, (Quality.UNCERTAIN, Reason.FUTURE, 0.5)]
    assert _say(judge, [(5, 60.0)], now_ms=NOW + 5000) == [FAST]


def test_signals_are_judged_each_by_itself():
    judge = Judge([SPEC, SignalSpec(), SPEC], [0.0, 0.0, 0.0])
    index = np.array([0, 1, 2, 0, 1, 2], np.int32)
    at = np.array([NOW] * 3 + [NOW + 5000] * 3)
    batch = judge.judge(index, at, np.array([20.0, 1e9, 50.0, 20.1, -1e9, 70.0]))
    reasons = dict(zip(batch.order.tolist(), batch.code.tolist(), strict=True))
    assert [reason_of(reasons[i]) for i in range(6)] == [Reason.NONE] * 5 + [
        Reason.RATE_OF_CHANGE
    ]


def test_a_signal_that_was_away_starts_to_wait_anew():
    judge = _judge()
    _say(judge, [(0, 20.0)])
    judge.forget_same(np.array([0]))
    assert _say(judge, [(70, 20.0)]) == [GOOD]


def test_the_judge_goes_on_where_it_was():
    first, second = _judge(), _judge()
    _say(first, [(0, 20.0), (5, 40.0), (10, 40.0)])
    second.remember(0, first.recall(0))
    assert _say(second, [(15, 40.0)]) == [GOOD]
    assert _judge().recall(0) is None


def test_a_stepped_clock_moves_what_is_remembered():
    judge = _judge()
    _say(judge, [(0, 20.0)])
    judge.shift(-1_800_000)
    assert _say(judge, [(-1795, 45.0)]) == [FAST]


def _plain_model(readings):
    """Judge one signal's readings (s, value) in order, slowly and plainly."""
    anchor = rival = same = None
    agreeing, reasons = 0, []

    def fits(a, b):
        return abs(b[1] - a[1]) <= 0.0001 * max((b[0] - a[0]) * 1000, 1000.0) + 0.25

    for at, value in readings:
        if not np.isfinite(value) or not -40 <= value <= 80:
            reasons.append({"bad"})
            continue
        this, found = (at, value), set()
        if same is None or value != same[1]:
            same = this
        if at - same[0] >= 60:
            found.add("stuck")
        if anchor is None or fits(anchor, this):
            anchor, agreeing = this, 0
        else:
            agreeing = agreeing + 1 if agreeing and fits(rival, this) else 1
            rival = this
            if agreeing >= AGREEING:
                anchor, agreeing = this, 0
            else:
                found.add("rate")
        reasons.append(found)
    return reasons


values = st.one_of(
    st.sampled_from([20.0, 20.5, 21.0, 30.0, 30.5, 99.0, np.nan]), st.floats(15.0, 35.0)
)
series = st.lists(st.tuples(st.integers(0, 20), values), max_size=60)


@given(steps=series, cuts=st.lists(st.integers(0, 60), max_size=4))
def test_it_says_what_a_plain_model_says_however_the_batches_are_cut(steps, cuts):
    at = np.cumsum([gap for gap, _ in steps]).tolist()
    readings = [(s, v) for s, (_, v) in zip(at, steps, strict=True)]
    judge, said = _judge(noise=0.25), []
    edges = sorted({0, len(readings), *(min(c, len(readings)) for c in cuts)})
    for start, end in itertools.pairwise(edges):
        said += _say(judge, readings[start:end])
    for (quality, _, score), expected in zip(said, _plain_model(readings), strict=True):
        if "bad" in expected:
            assert quality is Quality.BAD
        else:
            lost = 0.4 * ("rate" in expected) + 0.2 * ("stuck" in expected)
            assert score == pytest.approx(1 - lost)
            assert quality is (Quality.UNCERTAIN if expected else Quality.GOOD)
