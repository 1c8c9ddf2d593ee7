"""Formulas on columns: results, memory, restart; and that none can run Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.errors import FormulaError
from dt.processing import formula
from dt.processing.formula import Evaluator

NAMES = ["a", "b", "power"]
HOUR = 3_600_000


def _evaluator(text, **options):
    return Evaluator(formula.parse(text, NAMES), **options)


def _results(text, *columns, at=None):
    count = len(columns[0]) if columns else 1
    at = np.arange(count) * 1000 if at is None else np.array(at)
    values, ready = _evaluator(text).evaluate([np.array(c, float) for c in columns], at)
    return [v if r else None for v, r in zip(values.tolist(), ready.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * 2", [21.0, 42.0]),
        ("(a + b) / 2", [5.5, 11.0]),
        ("-a ** 2", [-1.0, -4.0]),
        ("b // 3 + b % 3", [4.0, 8.0]),
        ("a > 1", [0.0, 1.0]),
        ("-(a > 1)", [0.0, -1.0]),
        ("(a > 1) - (b > 100)", [0.0, 1.0]),
        ("(a > 1) * b + (a <= 1) * 5", [5.0, 20.0]),
        ("0 < a < 2", [1.0, 0.0]),
        ("a > 1 or b == 10", [1.0, 1.0]),
        ("a > 1 and not b > 100", [0.0, 1.0]),
        ("min(a, b, 1.5)", [1.0, 1.5]),
        ("max(a, 1.5)", [1.5, 2.0]),
        ("mean(a, b)", [5.5, 11.0]),
        ("clip(b, 12, 15)", [12.0, 15.0]),
        ("where(a > 1, a, b)", [10.0, 2.0]),
        ("if(a > 1, a, b)", [10.0, 2.0]),
        ("a if a > 1 else b", [10.0, 2.0]),
        ("abs(a - b) + sqrt(4) + exp(0) + log(1) + log10(100)", [14.0, 23.0]),
        ("7", [7.0, 7.0]),
        ("vpd(25, 60) - vpd(25, 60) + a", [1.0, 2.0]),
    ],
)
def test_the_results_are_right(text, expected):
    names = formula.parse(text, NAMES).names
    columns = {"a": [1.0, 2.0], "b": [10.0, 20.0]}
    used = [columns[n] for n in names] or [[0.0, 0.0]]
    assert _results(text, *used) == pytest.approx(expected)


def test_nothing_that_overflows_or_divides_by_zero_raises():
    for text in ("a / 0", "log(0 - a)", "9 ** 9 ** 9 ** 9 + a", "exp(1000 * a)", "a % 0"):
        assert not np.isfinite(_results(text, [1.0])[0])


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('true')", "a.__class__", "[x for x in a]", "'x' * 10 ** 9",
     "(lambda: a)()", "a[0]", "delta.__self__", "_delta(1, a)", "where.__globals__"],
)  # fmt: skip
def test_a_formula_cannot_run_python(text):
    with pytest.raises(FormulaError):
        formula.check(text, NAMES)


def test_a_power_of_powers_takes_no_time_and_no_memory():
    assert _results("2 ** 999 ** 99 + a", [1.0]) == [np.inf]


def test_delta_is_the_change_since_the_reading_before():
    assert _results("delta(a)", [1.0, 4.0, 2.0]) == [None, 3.0, -2.0]
    assert _results("delta(a)", [1.0, 4.0], at=[0, 600_001]) == [None, None]


def test_rate_is_per_second():
    assert _results("rate(a)", [1.0, 4.0, 4.0], at=[0, 500, 500]) == [None, 6.0, None]


def test_integral_is_in_hours_by_trapezoids():
    at = [0, HOUR // 10, HOUR // 5]
    values = _evaluator("integral(a)", max_age_ms=HOUR).evaluate(
        [np.array([1000.0, 1000.0, 0.0])], np.array(at)
    )[0]
    assert values.tolist() == pytest.approx([0.0, 100.0, 150.0])


def test_a_value_that_is_missing_is_stepped_over():
    at = [0, 60_000, 120_000]
    assert _results("integral(a)", [60.0, np.nan, 60.0], at=at)[2] == pytest.approx(2.0)
    values = _results("delta(a)", [1.0, np.nan, 4.0], at=at)
    assert values[0] is None
    assert np.isnan(values[1])
    assert values[2] == 3.0


def test_a_long_gap_adds_nothing_to_an_integral():
    assert _results("integral(a)", [60.0, 60.0], at=[0, 600_001]) == [0.0, 0.0]


def test_each_call_has_a_memory_of_its_own():
    values = _results("delta(a) + 10 * delta(b)", [1.0, 2.0, 4.0], [0.0, 1.0, 3.0])
    assert values == [None, 11.0, 22.0]
    assert _results("integral(2 * integral(a))", [1.0, 1.0])[0] == 0.0


columns = st.lists(
    st.tuples(st.integers(1, 700_000), st.one_of(st.floats(-100, 100), st.just(np.nan))),
    min_size=1,
    max_size=30,
)


@given(steps=columns, cut=st.integers(0, 30), offset=st.integers(-(10**9), 10**9))
def test_a_cut_and_a_restart_change_no_result(steps, cut, offset):
    at = np.cumsum([gap for gap, _ in steps])
    value = np.array([v for _, v in steps])
    text = "integral(a) + where(delta(a) > 0, 1, 0) * rate(a)"
    whole, ready = _evaluator(text).evaluate([value], at)
    first, second = _evaluator(text), _evaluator(text)
    left = first.evaluate([value[:cut]], at[:cut])
    second.recall(first.past())
    second.shift(offset)
    right = second.evaluate([value[cut:]], at[cut:] + offset)
    parts = np.concatenate([left[0], right[0]])
    assert np.concatenate([left[1], right[1]]).tolist() == ready.tolist()
    assert parts == pytest.approx(whole, nan_ok=True, abs=1e-9)


def test_the_memory_of_another_formula_is_ignored():
    one, other = _evaluator("delta(a)"), _evaluator("delta(a) + delta(b)")
    one.evaluate([np.array([1.0])], np.array([0]))
    other.recall(one.past())
    assert [p.at for p in other.past()] == [None, None]


def test_the_parsed_formula_is_not_changed_by_its_evaluators():
    parsed = formula.parse("delta(a)", NAMES)
    for _ in range(2):
        values, _ = Evaluator(parsed).evaluate([np.array([1.0, 3.0])], np.array([0, 1]))
        assert values[1] == 2.0
