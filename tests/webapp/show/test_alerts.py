"""Alerts, traces and dry runs in words and shapes."""

import msgspec
import pytest

from dt.rules.alerts import Alert, Condition
from dt.rules.description import Clause, Firing, Happening, Seen, Severity, Trace
from dt.store.firings import FiringRow
from dt.twin.quality import Quality, pack
from webapp.show import alerts, rules, traces, trials
from webapp.show.signals import Signal
from webapp.trial import Trial

NOW = 1_790_000_000_000
MINUTE = 60_000
SOIL = Signal(name="x/soil", key="soil", title="Soil", unit="%", digits=1, colour=1)


def alert(key="x/rules/a", **changes):
    values = {"key": key, "group": key, "twin": "x", "severity": Severity.WARNING}
    values |= {"text": "t", "raised_at": NOW - 5 * MINUTE, "changed_at": NOW}
    return Alert(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "nobody has seen it yet"),
        ({"condition": Condition.ACKNOWLEDGED, "by": "ada"}, "seen by ada"),
        (
            {"condition": Condition.ACKNOWLEDGED, "by": "ada", "why": "on my way"},
            "seen by ada: on my way",
        ),
        ({"condition": Condition.LATCHED}, "over, and nobody has seen it yet"),
        (
            {"condition": Condition.SHELVED, "by": "ada", "shelved_until": NOW + MINUTE},
            "shelved by ada until 14:14",
        ),
        ({"condition": Condition.CLEARED, "cleared_at": NOW}, "over after 5 min"),
        (
            {"condition": Condition.CLEARED, "cleared_at": NOW, "seen": True, "by": "ada"},
            "over after 5 min, seen by ada",
        ),
    ],
)
def test_the_state_of_an_alert_is_one_sentence(changes, said):
    assert alerts.state_of(alert(**changes), NOW) == said


def test_alerts_of_a_group_stand_together_under_the_worst_of_them():
    found = [
        alert("x/a", group="x/one"),
        alert("x/b", group="x/two", severity=Severity.CRITICAL),
        alert("x/c", group="x/one", severity=Severity.INFO),
        alert("x/d", group="x/two", severity=Severity.NOTICE),
        alert("x/e", condition=Condition.ACKNOWLEDGED, severity=Severity.CRITICAL),
    ]
    groups = alerts.groups([alerts.shown(one, {"x": "Box"}, NOW) for one in found])
    keys = [[one.alert.key for one in group.alerts] for group in groups]
    assert keys == [["x/b", "x/d"], ["x/a", "x/c"], ["x/e"]]
    assert [group.title for group in groups] == ["two", "one", ""]


def row(happening="fired", at=NOW, **trace):
    values = {"text": "soil < 30", "why": "w", "since": at - MINUTE, "count": 3}
    return FiringRow(
        id=1,
        at=at,
        twin="x",
        rule="a",
        happening=happening,
        severity=Severity.WARNING,
        message="m",
        trace=Trace(**(values | trace)),
        commands=[],
    )


def test_a_trace_tells_values_clauses_and_since_when():
    bad = pack(Quality.BAD)
    told = traces.told(
        row(
            clauses=(
                Clause(text="soil < 30", held=True),
                Clause(text="b > 1", held=False),
                Clause(text="c > 1", held=None),
            ),
            inputs=(
                Seen(signal="soil", value=29.64, observed_at=NOW - 5000, code=0),
                Seen(signal="b", value=None, observed_at=NOW, code=bad),
                Seen(signal="c"),
            ),
        ),
        {"soil": SOIL},
    )
    assert told.held == "since 14:12, for 1 min, in 3 readings"
    assert [(part.word, part.pill) for part in told.parts] == [
        ("held", "good"),
        ("did not hold", "crit"),
        ("cannot be told", "off"),
    ]
    assert [(one.title, one.text, one.note) for one in told.values] == [
        ("Soil", "29.6 %", "5 s before"),
        ("b", "–", "bad"),
        ("c", "–", "never read"),
    ]


def test_the_picture_of_a_rule_has_a_mark_for_each_time_it_fired():
    found = [row(at=NOW), row("cleared", at=NOW + 10), row(at=NOW + 1000)]
    assert rules.marks(found, NOW, NOW + 1000) == "M0.0,0V36"
    assert rules.marks(found, NOW - 1000, NOW + 1001).count("M") == 2


def test_a_rule_is_about_the_signal_that_it_names_first():
    signals = dict.fromkeys(("soil", "soil.moisture", "air"), SOIL)
    other = {"air": SOIL, "soil.moisture": None}
    assert rules.main_signal({"signal": "air"}, signals) is SOIL
    assert rules.main_signal({"when": "air > soil.moisture"}, other) is SOIL
    assert rules.main_signal({"when": "x > 1"}, signals) is None


def firing(happening, at):
    trace = Trace(text="t", why="w", since=at, count=1)
    return Firing(
        rule="a",
        twin="x",
        happening=happening,
        at=at,
        severity=Severity.WARNING,
        latch=False,
        message=f"at {at}",
        trace=trace,
    )


def trial(*firings, **changes):
    fired = sum(one.happening is Happening.FIRED for one in firings)
    values = {"start": 0, "end": 100 * MINUTE, "bucket_ms": 0, "rows": 1234}
    values |= {"fired": fired, "held_ms": 0, "firings": list(firings), "inputs": []}
    return Trial(**(values | changes))


def test_firings_are_put_together_to_times_that_it_held():
    found = trial(
        firing(Happening.CLEARED, 0),  # of a firing that is no longer listed
        firing(Happening.FIRED, MINUTE),
        firing(Happening.REPEATED, 2 * MINUTE),
        firing(Happening.CLEARED, 3 * MINUTE),
        firing(Happening.FIRED, 90 * MINUTE),
    )
    told = [(one.start, one.end, one.repeats) for one in found.episodes]
    assert told == [(MINUTE, 3 * MINUTE, 1), (90 * MINUTE, None, 0)]
    shown = trials.shown(found, 100 * MINUTE)
    assert shown.headline == "It would have fired 2 times"
    assert shown.longest == "10 min"
    assert [one.lasted for one in shown.rows] == ["10 min, still holds", "2 min"]
    assert shown.judged == "1,234 readings judged"
    marks = trials.marks(found)
    assert [mark.text for mark in marks] == ["would fire, 2 min", "would fire, 10 min"]


def test_means_are_told_with_what_they_do_not_show():
    shown = trials.shown(trial(bucket_ms=120_000, rows=0), 0)
    assert "means of 2 min" in shown.judged
    assert shown.empty


def test_the_chart_of_a_trial_has_the_limits_of_the_rule():
    line = trials.panes([SOIL], {"kind": "threshold", "signal": "soil", "below": 30})[0]
    assert (line.lines[0].low, line.lines[0].high) == (30.0, None)
    wrong = trials.panes([SOIL], {"kind": "range", "signal": "soil", "low": "x"})[0]
    assert wrong.lines[0].low is None


@pytest.mark.parametrize(
    ("when", "limits"),
    [
        ("soil < 30", (30.0, None)),
        (" soil>=-4.5 ", (None, -4.5)),
        ("other < 3", (None, None)),
        ("soil < 30 and b > 1", (20.0, None)),
    ],
)
def test_a_plain_comparison_is_a_limit_too(when, limits):
    soil = msgspec.structs.replace(SOIL, low=20.0)
    line = trials.panes([soil], {"when": when})[0].lines[0]
    assert (line.low, line.high) == limits
