import math

import pytest

from dt.bench import data
from dt.bench.statistics import median, percentile, slope_per_hour, timed


def test_percentiles_of_nothing_are_not_a_number():
    assert math.isnan(median([]))
    assert percentile([1, 2, 3, 4, 101], 50) == 3


def test_a_growth_of_a_byte_a_second_is_3600_an_hour():
    assert slope_per_hour([10, 20, 30, 40], [100, 110, 120, 130]) == pytest.approx(3600)
    assert math.isnan(slope_per_hour([1, 2], [1, 2]))


def test_each_call_is_timed():
    calls = []
    took = timed(3, lambda: calls.append(1))
    assert len(took) == len(calls) == 3
    assert all(ms >= 0 for ms in took)


@pytest.mark.parametrize(("name", "kind"), data.KINDS)
def test_made_up_signals_are_the_same_at_every_run(name, kind):
    first = data.signal(kind, 100)
    again = data.signal(kind, 100)
    assert (first.value == again.value).all()
    assert (first.observed_at == again.observed_at).all()
    assert (first.observed_at[1:] > first.observed_at[:-1]).all()


def test_signals_side_by_side_are_in_order_of_time():
    parts = [data.signal(data.slow, 50, signal=number) for number in (1, 2)]
    joined = data.side_by_side(parts)
    assert len(joined) == 100
    assert (joined.observed_at[1:] >= joined.observed_at[:-1]).all()
