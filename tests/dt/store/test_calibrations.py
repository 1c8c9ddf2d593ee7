"""Calibrations: the newest holds, all are kept."""

import pytest

from dt.errors import NotFoundError, RequestError

SOIL = "dt:PlantBox_001/soil.moisture"


def test_the_newest_entry_holds_and_the_history_is_kept(appliance):
    table = appliance.calibrations
    assert table.current(SOIL) is None
    first = table.add(SOIL, "offset", points=((20.0, 20.5),), author="Ann", reason="ice")
    second = table.add(SOIL, "two-point", points=((200, 0), (2000, 100)))
    assert table.current(SOIL) == second
    assert table.all_current() == [second]
    assert table.history(SOIL) == [second, first]
    assert second.points == ((200.0, 0.0), (2000.0, 100.0))


def test_the_version_moves_with_each_entry(appliance):
    table = appliance.calibrations
    before = table.version()
    table.add(SOIL, "polynomial", coefficients=(0.0, 1.5))
    assert table.version() > before


def test_undo_enters_the_one_before_and_at_last_gives_back_to_the_file(appliance):
    table = appliance.calibrations
    first = table.add(SOIL, "offset", points=((20.0, 20.5),))
    assert table.undo(SOIL, "Ann").kind == "none"
    assert table.current(SOIL) is None
    assert table.all_current() == []
    assert table.undo(SOIL, "Ann").points == first.points
    assert len(table.history(SOIL)) == 3
    with pytest.raises(NotFoundError):
        table.undo("dt:Host_001/cpu", "Ann")


@pytest.mark.parametrize(
    ("kind", "points", "coefficients"),
    [
        ("offset", (), ()),
        ("offset", ((1, 2), (3, 4)), ()),
        ("two-point", ((1, 2),), ()),
        ("two-point", ((1, 2), (1, 4)), ()),
        ("polynomial", (), ()),
        ("polynomial", ((1, 2),), (1.0,)),
        ("polynomial", (), (float("nan"),)),
        ("polynomial", (), (1.0,) * 9),
        ("offset", ((1, float("inf")),), ()),
        ("spline", (), (1.0,)),
    ],
)
def test_numbers_that_do_not_fit_are_refused(appliance, kind, points, coefficients):
    with pytest.raises(RequestError):
        appliance.calibrations.add(SOIL, kind, points=points, coefficients=coefficients)
    assert appliance.calibrations.version() == 0
