from pathlib import Path

import pytest

from dt.rules.reading import max_age_ms, rules_of
from dt.twin.document import Reader
from dt.twin.reader import read

ROOT = Path(__file__).parents[3]
HEAD = """\
"@id": dt:Box_001
signals: {air.temperature: {unit: Cel, digits: 1}, soil: {}}
actuators: {pump: {}}
rules:
  - """


def problems(entry, kinds):
    twin = read(HEAD + entry + "\n", "box/twin.yaml")
    reader = Reader(twin.source)
    assert rules_of(twin, kinds, reader) == ()
    return [str(problem) for problem in reader.problems]


@pytest.mark.parametrize("file", sorted(ROOT.glob("twins/*/twin.yaml")), ids=str)
def test_the_rules_of_the_example_twins_are_accepted(file, kinds):
    twin = read(file.read_text("utf-8"), str(file))
    reader = Reader(twin.source)
    assert len(rules_of(twin, kinds, reader)) == len(twin.rules)
    assert reader.problems == []


def test_the_plants_rule_says_what_the_file_says(kinds):
    twin = read((ROOT / "twins/plant/twin.yaml").read_text("utf-8"), "twin.yaml")
    dry, _ = rules_of(twin, kinds, Reader("twin.yaml"))
    assert dry.key == "dt:PlantBox_001/too-dry"
    assert (dry.timing.hold, dry.timing.clears, dry.timing.gap) == (60_000, True, 15_000)
    (action,) = dry.actions
    assert (action.actuator, str(action.command), action.duration_s) == ("pump", "ON", 20.0)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{id: r, wen: soil < 3}", "rules[0].wen: saw an unknown key, expected one of"),
        ("{id: r, wen: soil < 3}", "did you mean when?"),
        ("{id: r}", "rules[0].when: saw nothing, expected this key"),
        ("{when: soil < 3}", "rules[0].id: saw nothing, expected this key"),
        ("{id: r, kind: treshold, signal: soil}", "did you mean threshold?"),
        ("{id: r, when: soil <}", "rules[0].when: saw what cannot be"),
        ("{id: r, when: soil < 3, clear: soil + (}", "rules[0].clear: saw what cannot be"),
        (
            "{id: r, when: soil < 3, for: soon}",
            "rules[0].for: saw 'soon', expected a duration",
        ),
        ("{id: r, when: soil < 3, severity: bad}", "rules[0].severity"),
        ("{id: r, when: soil < 3, persistence: 0}", "rules[0].persistence: saw 0"),
        ("{id: r, when: soil < 3, repeat: 0s}", "rules[0].repeat: saw 0"),
        ("{id: a b, when: soil < 3}", "rules[0].id: saw 'a b', expected a word"),
        ("{id: r, kind: range, signal: soil, low: 3, high: 2}", "range: saw low 3, high 2"),
        ("{id: r, kind: threshold, signal: soil}", "expected above or below"),
        ("{id: r, kind: threshold, signal: soil, above: 1, margin: -1}", "margin: saw -1"),
        ("{id: r, kind: threshold, signal: sol, above: 1}", "rules[0].signal"),
        ("{id: r, kind: rate, signal: soil}", "expected rising or falling"),
        ("{id: r, kind: quality, signal: soil, below: 2}", "below: saw 2"),
        ("{id: r, kind: no_data, signal: soil, after: 0s}", "after: saw 0"),
        ("{id: r, kind: no_data, signal: soil, after: 9s, for: 1s}", "rules[0].for"),
        ("{id: r, when: soil < 3, then: [{actuator: pump, command: RUN}]}", "saw 'RUN'"),
        (
            "{id: r, when: soil < 3, then: [{actuator: pump, command: OFF, duration: 3s}]}",
            "rules[0].then[0].duration: saw 3 s of OFF",
        ),
        (
            "{id: r, when: soil < 3, then: [{actuator: pump}]}",
            "then[0].command: saw nothing",
        ),
    ],
)
def test_a_wrong_rule_is_told_with_file_line_and_path(entry, expected, kinds):
    told = problems(entry, kinds)
    assert told
    assert all(text.startswith("box/twin.yaml:5: rules[0]") for text in told)
    assert any(expected in text for text in told), told


def test_one_wrong_rule_does_not_take_the_others(kinds):
    twin = read(HEAD + "{id: r, when: soil < 3}\n  - {id: s, kind: none}\n", "twin.yaml")
    reader = Reader(twin.source)
    assert [rule.spec.id for rule in rules_of(twin, kinds, reader)] == ["r"]
    assert [problem.line for problem in reader.problems] == [6]


def test_freshness_follows_the_sensor_unless_the_signal_says_it():
    text = """\
"@id": dt:Box_001
signals: {a: {}, b: {stale_after: 7s}, c: {deadband: 1, heartbeat: 60s}, d: {}}
sensors: {x: {driver: d, every: 20s, reads: {p: a, q: b, r: c}}}
derived: {e: {formula: a + b, max_age: 30s}}
"""
    twin = read(text, "twin.yaml")
    ages = [max_age_ms(twin, name) for name in "abcde"]
    assert ages == [60_000, 7_000, 150_000, 600_000, 30_000]
