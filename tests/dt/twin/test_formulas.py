"""The language of formulas: what passes, what never passes, and in which order."""

import ast
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.errors import FormulaError
from dt.twin import formulas

NAMES = ["air.temperature", "air.humidity", "soil-1.moisture", "pm2.5", "power", "air.in"]


def test_signals_with_dots_dashes_digits_and_keywords_are_names():
    formula = formulas.parse("pm2.5 + soil-1.moisture*air.in - power", NAMES)
    assert formula.names == ("pm2.5", "soil-1.moisture", "air.in", "power")
    assert ast.unparse(formula.tree) == "s0 + s1 * s2 - s3"


def test_the_longest_name_wins():
    formula = formulas.parse("a.b + a", ["a", "a.b"])
    assert formula.names == ("a.b", "a")


def test_a_name_is_used_once_however_often_it_stands_there():
    assert formulas.parse("power * power", NAMES).names == ("power",)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1 < power < 3 < 4", "all_of(1.0 < s0, s0 < 3.0, 3.0 < 4.0)"),
        ("power > 1 and not power > 2 or 0", "any_of(all_of(s0 > 1.0, not s0 > 2.0), 0.0)"),
        ("1 if power > 0 else 2", "where(s0 > 0.0, 1.0, 2.0)"),
        ("if(power > 0, 1, 2)", "where(s0 > 0.0, 1.0, 2.0)"),
        ("3 * if(power, 1, if(power, 2, 3))", "3.0 * where(s0, 1.0, where(s0, 2.0, 3.0))"),
        ("1 if (power) else if(power, 2, 3)", "where(s0, 1.0, where(s0, 2.0, 3.0))"),
        ("-power ** 2 // 3 % .5e1", "-s0 ** 2.0 // 3.0 % 5.0"),
    ],
)
def test_what_python_cannot_do_on_columns_is_written_otherwise(text, written):
    assert ast.unparse(formulas.parse(text, NAMES).tree) == written


ATTACKS = [
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "power.__class__",
    "air.temperature.__class__.__mro__",
    "vpd.__globals__",
    "[x for x in (1, 2)]",
    "(x for x in power)",
    "lambda: 1",
    "power[0]",
    "power[::1]",
    "'a' * 10**9",
    "f'{power}'",
    "b'x'",
    "{1: 2}",
    "{1, 2}",
    "x := 3",
    "power = 3",
    "power; power",
    "import os",
    "print(1)",
    "eval(1)",
    "exec(1)",
    "min(*power)",
    "min(power, key=abs)",
    "min(power, **power)",
    "power if power",
    "power @ power",
    "~power",
    "power << 9",
    "power ^ 2",
    "1 in power",
    "power is power",
    "await power",
    "yield",
    "None",
    "True",
    "...",
    "1j",
    "0x10",
    "1_000",
    "9" * 400,
    "1e999",
    "(" * 60 + "1" + ")" * 60 + "x",
    "-" * 300 + "1",
    "power\x00",
    "power # comment",
    "power \\\n + 1",
    "s0",
    "all_of(1, 2)",
    "_before(1)",
    "ｐower",
    "",
    "   ",
    "(",
    "vpd(1)",
    "vpd",
    "delta()",
    "power power",
    "1 2",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_this_never_passes(text):
    with pytest.raises(FormulaError):
        formulas.parse(text, NAMES)


def test_a_long_or_deep_formula_is_refused():
    with pytest.raises(FormulaError, match="saw 600 characters, expected at most 500"):
        formulas.parse("1" * 600, NAMES)
    deep = "abs(" * 30 + "1" + ")" * 30
    with pytest.raises(FormulaError, match="more than 25 levels"):
        formulas.parse(deep, NAMES)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_a_formula_error(text):
    try:
        formula = formulas.parse(text, NAMES)
    except FormulaError:
        return
    allowed = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant)
    for node in ast.walk(formula.tree):
        assert isinstance(node, (*allowed, ast.operator, ast.unaryop, ast.cmpop, ast.Load))


words = st.sampled_from(
    ["power", "air.temperature", "1", "2.5", "+", "*", "**", "(", ")", ",", "if", "else",
     "and", "not", "<", "vpd", "min", "delta", "where", " "]
)  # fmt: skip


@given(st.lists(words, max_size=15).map(" ".join))
def test_any_words_of_the_language_are_a_formula_or_a_formula_error(text):
    with contextlib.suppress(FormulaError):
        formulas.check(text, NAMES)


def test_an_unknown_signal_or_function_names_the_nearest():
    with pytest.raises(FormulaError, match=r"saw 'air\.temperatur'") as raised:
        formulas.parse("air.temperatur * 2", NAMES)
    assert raised.value.hint == "did you mean air.temperature?"
    with pytest.raises(FormulaError, match="saw 'vdp'") as raised:
        formulas.parse("vdp(1, 2)", NAMES)
    assert raised.value.hint == "did you mean vpd?"


def test_a_power_is_written_with_stars():
    with pytest.raises(FormulaError) as raised:
        formulas.parse("power ^ 2", NAMES)
    assert raised.value.hint == "a power is written **"


def _parsed(**texts):
    return {name: formulas.parse(text, [*texts, "x"]) for name, text in texts.items()}


def test_formulas_are_ordered_so_that_inputs_come_first():
    assert formulas.order(_parsed(c="a + b", b="a * 2", a="x")) == ("a", "b", "c")


def test_a_circle_is_told_with_its_way():
    with pytest.raises(FormulaError, match="circle: a -> b -> c -> a"):
        formulas.order(_parsed(a="b", b="c", c="a", d="x"))
    with pytest.raises(FormulaError, match="circle: a -> a"):
        formulas.order(_parsed(a="a"))
