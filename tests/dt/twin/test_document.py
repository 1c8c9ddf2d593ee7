"""YAML with line numbers: what it means, and rubbish that must be refused calmly."""

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.twin.document import Reader


def _read(text, variables=None):
    reader = Reader("f.yaml", variables)
    return reader, reader.parse(text)


def test_words_and_times_stay_words():
    reader, node = _read("a: OFF\nb: 22:00\nc: 2024-01-01\nd: 1e-3\ne: ~\nf: 0o17\n")
    assert not reader.problems
    assert node.plain() == {
        "a": "OFF",
        "b": "22:00",
        "c": "2024-01-01",
        "d": 0.001,
        "e": None,
        "f": 15,
    }


def test_a_key_written_twice_is_told_with_its_line():
    reader, _ = _read("a: 1\nb: 2\na: 3\n")
    assert [(p.line, p.path, p.seen) for p in reader.problems] == [
        (3, "a", "this key twice")
    ]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n"
    for i in range(12)
)


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        '"',
        "a:\n\tb: 1",
        "- a\nb: 1",
        "%",
        "&a [*a]",
        "a: &x {b: *x}",
        "\x00",
        "a: !!python/object:os.system x",
        "[" * 5000,
        BOMB,
        "a: *nothing",
        "--- a\n--- b\n",
    ],
    ids=lambda t: repr(t[:20]),
)
def test_rubbish_is_a_problem_with_a_line(text):
    reader, _ = _read(text)
    assert reader.problems
    assert reader.problems[0].line >= 1
    assert len(reader.problems) < 10


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    reader, node = _read(text, {})
    assert reader.problems or node.plain() is not NotImplemented


def test_a_variable_cannot_change_the_structure_of_the_file():
    reader, node = _read("a: ${X}\n", {"X": "1\nb: 2"})
    assert not reader.problems
    assert node.plain() == {"a": "1\nb: 2"}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (typing.Literal["on", "off"], "of", "a word that is known here, not 'of'"),
        (dict[str, typing.Literal["on"]], "{a: no}", "a word that is known here, not 'no'"),
        (int, "x", "a whole number"),
        (float | None, "x", "a number"),
    ],
)
def test_what_is_expected_is_told_in_words(kind, text, expected):
    reader, node = _read(f"a: {text}\n")
    child = node.value["a"]
    reader.value(kind, child, "a")
    assert [p.expected for p in reader.problems] == [expected]
