"""What belongs to a driver is checked with the lines of the twin's file."""

from typing import Annotated

import msgspec
import pytest

from dt.twin import reader
from dt.twin.document import Reader
from dt.twin.options import check_reads, options_of
from dt.twin.quantities import Seconds

TEXT = """\
signals: {a: {}, b: {}}
sensors:
  s:
    driver: x
    topics:
      - {name: one}
      - {name: 2}
    reads: {load.0: a, laod: b}
"""


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class Options(msgspec.Struct, frozen=True, kw_only=True):
    topics: tuple[Topic, ...]
    wait: Seconds = Seconds(1)
    pin: Annotated[int, msgspec.Meta(ge=0, le=27)] = 4
    gain: Annotated[float, msgspec.Meta(ge=0.5, le=2)] = 1.0
    scale: float = 4.096

    def __post_init__(self):
        if len(self.topics) > 2:
            raise ValueError("two topics at most")
        if self.scale not in (4.096, 2.048):
            raise ValueError("scale", "4.096 or 2.048")


def _read(text):
    return reader.read(text, "x/twin.yaml")


def test_options_become_the_drivers_struct():
    notes = Reader("x/twin.yaml")
    twin = _read(TEXT.replace("2}", "two}\n    wait: 2min"))
    options = options_of(twin, "s", Options, notes)
    assert [t.name for t in options.topics] == ["one", "two"]
    assert (options.wait, notes.problems) == (120.0, [])


def test_a_wrong_option_is_told_with_its_own_line():
    notes = Reader("x/twin.yaml")
    assert options_of(_read(TEXT), "s", Options, notes) is None
    (problem,) = notes.problems
    assert (problem.line, problem.path) == (7, "sensors.s.topics[1].name")


def test_what_the_driver_refuses_itself_is_a_problem_too():
    notes = Reader("x/twin.yaml")
    text = TEXT.replace("{name: 2}", "{name: b}\n      - {name: c}")
    assert options_of(_read(text), "s", Options, notes) is None
    assert notes.problems[0].expected == "two topics at most"


@pytest.mark.parametrize(
    ("option", "seen", "expected"),
    [
        ("pin: 99", "99", "a whole number of 0 to 27"),
        ("pin: -1", "-1", "a whole number of 0 to 27"),
        ("pin: four", "'four'", "a whole number of 0 to 27"),
        ("gain: 2.5", "2.5", "a number of 0.5 to 2"),
        ("scale: 5", "5", "4.096 or 2.048"),
    ],
)
def test_an_option_out_of_range_is_told_with_line_path_and_value(option, seen, expected):
    notes = Reader("x/twin.yaml")
    text = TEXT.replace("{name: 2}", "{name: b}").replace(
        "driver: x", f"driver: x\n    {option}"
    )
    assert options_of(_read(text), "s", Options, notes) is None
    (problem,) = notes.problems
    name = option.partition(":")[0]
    assert (problem.file, problem.line, problem.path) == (
        "x/twin.yaml",
        5,
        f"sensors.s.{name}",
    )
    assert (problem.seen, problem.expected) == (seen, expected)


@pytest.mark.parametrize(
    ("known", "count"), [(["load"], 1), (["load", "laod"], 0), ([], 0)]
)
def test_quantities_that_the_driver_has_not_are_told(known, count):
    notes = Reader("x/twin.yaml")
    check_reads(_read(TEXT), "s", known, notes)
    assert len(notes.problems) == count
    for problem in notes.problems:
        assert problem.line == 8
        assert problem.hint == "did you mean load?"
