import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.errors import FormulaError
from dt.rules.expression import parse
from dt.rules.seam import Truth

UNITS = {"a": "1", "b": "1"}
VALUE = st.one_of(st.just(math.nan), st.sampled_from([0.0, -1.0, 2.5, 1e308, 3.0]))
NUMBER = st.recursive(
    st.sampled_from(["a", "b", "0", "2.5", "1e308"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
    max_leaves=5,
)
COMPARISON = st.builds(
    "{} {} {}".format, NUMBER, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBER
)
CONDITION = st.recursive(
    COMPARISON,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)


@given(text=CONDITION, a=VALUE, b=VALUE)
def test_one_reading_is_judged_as_a_column_is(text, a, b):
    condition = parse(text, UNITS)
    values = [{"a": a, "b": b}[name] for name in condition.names]
    one, _ = condition.judge(values, [], 0, ())
    (all_,) = condition.judge_all(
        [np.array([v]) for v in values], [], np.zeros(1, np.int64)
    )
    assert one == all_


def test_a_division_by_nothing_is_no_truth():
    assert parse("a / b", UNITS).judge([0.0, 0.0], [], 0, ())[0] is Truth.UNKNOWN
    assert parse("a / b > 1", UNITS).judge([1.0, 0.0], [], 0, ())[0] is Truth.TRUE


def test_functions_of_the_language_may_be_used():
    condition = parse("vpd(a, b) > 1.2", UNITS)
    assert condition.judge([30.0, 40.0], [], 0, ())[0] is Truth.TRUE
    assert condition.judge([10.0, 90.0], [], 0, ())[0] is Truth.FALSE


def test_what_remembers_is_unknown_at_first_and_carries_its_past():
    condition = parse("rate(a) > 1", UNITS)
    truth, past = condition.judge([1.0], [], 0, ())
    assert truth is Truth.UNKNOWN
    assert condition.judge([9.0], [], 1000, past)[0] is Truth.TRUE
    assert condition.judge([9.0], [], 1000, ())[0] is Truth.UNKNOWN


def test_the_parts_are_told_with_what_held():
    parts = parse("a < 1 and (b > 2 or not a == 0)", UNITS).clauses([0.5, math.nan], [])
    assert [(p.text, p.held) for p in parts] == [
        ("a < 1.0", True),
        ("b > 2.0", None),
        ("not a == 0.0", True),
    ]


@pytest.mark.parametrize("text", ["a <", "__import__('os')", "ab"])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(FormulaError):
        parse(text, UNITS)
