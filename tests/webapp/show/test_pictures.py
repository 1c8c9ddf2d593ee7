"""Small pictures and charts: gaps are never bridged, scales hold what they must."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.twin.readings import Series
from webapp.show import charts, drawing, sparks
from webapp.show.signals import Signal

NAN = float("nan")


def series(t, mean, *, bucket=0, spread=0.5, name="dt:A/x"):
    mean = np.array(mean, float)
    return Series(
        signal=name,
        unit="Cel",
        bucket_ms=bucket,
        t=np.array(t, np.int64),
        mean=mean,
        min=mean - spread,
        max=mean + spread,
        n=np.isfinite(mean).astype(np.int64),
    )


def signal(key, unit="Cel", **more):
    more = {"digits": 1, "colour": 1, **more}
    return Signal(name=f"dt:A/{key}", key=key, title=key, unit=unit, **more)


def test_a_line_is_broken_where_data_is_missing_and_where_it_is_bad():
    one = series([0, 10, 20, 100, 110, 120], [1, 2, 3, 4, NAN, 5])
    assert sparks.runs(one, 30) == [(0, 3), (3, 4), (5, 6)]
    assert sparks.spark(one, 0, 120, 30).line.count("M") == 3


@given(
    st.lists(st.tuples(st.integers(1, 50), st.one_of(st.just(NAN), st.floats(-9, 9)))),
    st.integers(1, 60),
)
def test_no_stretch_bridges_a_gap_or_holds_a_bad_value(steps, gap):
    t = np.cumsum([step for step, _ in steps]) if steps else []
    one = series(t, [value for _, value in steps])
    found = sparks.runs(one, gap)
    for first, last in found:
        assert np.isfinite(one.mean[first:last]).all()
        assert (np.diff(one.t[first:last]) <= gap).all()
    good = sum(last - first for first, last in found)
    assert good == int(np.isfinite(one.mean).sum())


def test_a_picture_stays_in_its_box_and_has_a_band_of_buckets():
    one = series(range(0, 600, 60), range(10), bucket=60)
    picture = sparks.spark(one, 0, 600, 120)
    values = re.findall(r"(-?[\d.]+),(-?[\d.]+)", picture.line + picture.band)
    assert all(0 <= float(x) <= 150 and 0 <= float(y) <= 36 for x, y in values)
    assert picture.band.endswith("Z")


@pytest.mark.parametrize("one", [None, series([], []), series([1], [NAN])])
def test_without_a_value_there_is_no_picture(one):
    assert sparks.spark(one, 0, 10, 5) == sparks.Spark()


def test_units_are_stacked_and_share_a_pane_only_when_asked():
    chosen = [signal("a"), signal("b", "%"), signal("c"), signal("d", "lx")]
    stacked = charts.panes(chosen)
    assert [[line.title for line in p.lines] for p in stacked] == [["a", "c"], ["b"], ["d"]]
    shared = charts.panes(chosen, 2)
    assert [pane.signs for pane in shared] == [["°C", "%"], ["lx"]]
    assert [line.axis for line in shared[0].lines] == [0, 0, 1]


def test_no_two_lines_have_one_colour_while_there_are_others():
    chosen = [signal(key, colour=3) for key in "abcdefgh"]
    lines = charts.panes(chosen)[0].lines
    assert sorted(line.colour for line in lines) == list(range(1, 9))


def test_what_leads_has_limits_unlike_units_and_another_sensor():
    leading = charts.leading(
        [
            signal("plain", "lx", sensor="s1"),
            signal("warm", "Cel", low=18, sensor="s1"),
            signal("wet", "%", low=40, sensor="s1"),
            signal("soil", "%", low=30, sensor="s2"),
        ]
    )
    assert [one.key for one in leading] == ["warm", "soil"]


def drawn(one, **limits):
    panes = charts.panes([signal("x", stale_ms=100, **limits)])
    chart = charts.Chart(panes=panes, start=0, end=1000, span=0)
    return drawing.drawn(chart, panes[0], {"dt:A/x": one})


def test_holes_are_hatched_where_no_line_has_data():
    found = drawn(series([0, 50, 100, 700, 750, 800, 850, 900, 950], [1] * 9))
    assert len(found.gaps) == 1
    x, width = found.gaps[0]
    assert (x, width) == (150, 500)


def test_a_limit_that_is_near_is_drawn_and_one_that_is_far_is_not():
    one = series([0, 50, 100], [20, 21, 22])
    assert len(drawn(one, low=19.0, high=500.0).traces[0].limits) == 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_every_value_lies_in_the_box(values):
    found = drawn(series(range(0, 50 * len(values), 50)[: len(values)], values))
    for _, y in re.findall(r"(-?[\d.e+]+),(-?[\d.e+]+)", found.traces[0].line):
        assert -1 <= float(y) <= 1001
    assert all(0 <= tick.at <= 100 for tick in found.left)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 30))))
def test_holes_and_what_is_covered_fill_the_range(parts):
    covered = [(a, a + length) for a, length in parts]
    holes = drawing.holes(covered, 0, 100)
    points = {x for a, b in holes for x in range(a, b)}
    filled = {x for a, b in covered for x in range(a, min(b, 100))}
    assert points | filled == set(range(100))
    assert not points & filled
