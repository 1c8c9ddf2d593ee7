"""Ranges are held against Python's own sets."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.twin.ranges import LARGEST, Ranges

SPAN = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
    lambda pair: tuple(sorted(pair))
)
SPANS = st.lists(SPAN, max_size=12)


def _set(spans):
    return set(itertools.chain.from_iterable(range(*span) for span in spans))


def _numbers(ranges):
    """Return the numbers of a set whose form is checked on the way."""
    bounds = ranges.bounds
    assert len(bounds) % 2 == 0
    assert all(low < high for low, high in itertools.pairwise(bounds))
    assert all(type(bound) is int for bound in bounds)
    return _set(ranges)


@given(SPANS)
def test_ranges_hold_what_was_put_in(spans):
    made = Ranges.of(*spans)
    wanted = _set(spans)
    assert _numbers(made) == wanted
    assert made.count == len(wanted)
    assert made.end == max(wanted, default=-1) + 1
    assert [number in made for number in range(42)] == [n in wanted for n in range(42)]
    assert Ranges.of_numbers(wanted) == made
    assert list(reversed(made)) == list(made)[::-1]
    assert len(made) == len(list(made))


@given(SPANS, SPANS)
def test_sets_are_combined_as_python_does(mine, others):
    left, right = Ranges.of(*mine), Ranges.of(*others)
    assert _numbers(left | right) == _set(mine) | _set(others)
    assert _numbers(left & right) == _set(mine) & _set(others)
    assert _numbers(left - right) == _set(mine) - _set(others)


@given(SPANS, SPAN)
def test_one_range_is_added_removed_cut_out_and_looked_for(spans, span):
    made, wanted, one = Ranges.of(*spans), _set(spans), set(range(*span))
    assert _numbers(made.add(*span)) == wanted | one
    assert _numbers(made.remove(*span)) == wanted - one
    assert _numbers(made.within(*span)) == wanted & one
    assert _numbers(made.gaps(*span)) == one - wanted
    assert made.covers(*span) == (one <= wanted)


@given(SPANS, st.integers(1, 7))
def test_pieces_are_whole_small_and_the_newest_first(spans, most):
    made = Ranges.of(*spans)
    pieces = list(made.pieces(most))
    assert Ranges.of(*pieces) == made
    assert sum(end - start for start, end in pieces) == made.count
    assert all(0 < end - start <= most for start, end in pieces)
    assert pieces == sorted(pieces, reverse=True)


@given(SPANS, st.integers(0, 50))
def test_a_budget_buys_the_newest(spans, budget):
    made = Ranges.of(*spans)
    largest = sorted(_set(spans), reverse=True)[:budget]
    assert _numbers(made.newest(budget)) == set(largest)


def test_the_largest_numbers_are_exact():
    top = Ranges.of((LARGEST - 2, LARGEST))
    assert (top - Ranges.of((LARGEST - 1, LARGEST))).bounds == (LARGEST - 2, LARGEST - 1)
    assert (top | Ranges.of((0, 1))).count == 3


@pytest.mark.parametrize("span", [(5, 3), (-1, 3), (0, LARGEST + 1)])
def test_a_range_that_is_none_is_refused(span):
    for put in (Ranges.of, lambda pair: Ranges().add(*pair), lambda p: Ranges().remove(*p)):
        with pytest.raises(ValueError, match="expected 0 <= start <= end"):
            put(span)
    with pytest.raises(ValueError, match="above 0"):
        list(Ranges.of((0, 3)).pieces(0))


def test_equal_sets_are_equal_and_frozen():
    assert Ranges.of((3, 5), (1, 3)) == Ranges.of((1, 5))
    assert hash(Ranges.of((1, 5))) == hash(Ranges((1, 5)))
    with pytest.raises(AttributeError):
        Ranges().bounds = (1, 2)
