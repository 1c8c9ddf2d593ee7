"""Entries as forms and back, what is wrong at its field, differences, conditions."""

import pytest

from dt import plugins
from dt.twin.description import SignalSpec, TwinDescription
from webapp.automation import Wrong
from webapp.show import form, routine_form, rule_form
from webapp.show.differences import differences

TITLES = {"soil.moisture": "Soil moisture"}
RULES = (
    {"when": "a < 3 and b > 1", "clear": "a > 5", "for": "60s", "severity": "critical"},
    {"kind": "threshold", "signal": "a", "above": 27, "margin": 0.5, "latch": True},
    {"kind": "range", "signal": "a", "low": 1.5, "high": 2, "good_only": True},
    {"kind": "rate", "signal": "a", "rising": "0.5/s", "repeat": "10min"},
    {"kind": "no_data", "signal": "a", "after": "5min", "enabled": False},
    {"kind": "quality", "signal": "a", "below": 0.3, "cooldown": 60, "persistence": 3},
    {"when": "a", "then": [{"actuator": "p", "command": "ON", "duration": "10s"}]},
    {"when": "a", "then": [{"actuator": "p", "command": "OFF"}] * 6, "max_age": "1h"},
)
ROUTINES = (
    {"at": "06:00"},
    {"at": ["06:00", "18:30"], "days": ["mon", "sun"], "missed": "once", "grace": "5min"},
    {"at": "12:00", "on": "2026-12-24", "title": "Christmas", "enabled": False},
    {"every": "30min", "then": [{"actuator": "p", "command": "ON", "duration": "5s"}]},
    {"every": 90},
    {"sun": "sunset", "offset": "-30min", "days": ["fri"]},
)


@pytest.mark.parametrize("entry", RULES)
def test_a_rule_is_the_same_after_its_form(entry):
    assert rule_form.entry_from(rule_form.filled(entry).values) == entry


@pytest.mark.parametrize("entry", ROUTINES)
def test_a_routine_is_the_same_after_its_form(entry):
    assert routine_form.entry_from(routine_form.filled(entry).values) == entry


def test_every_key_of_every_kind_has_a_field():
    twin = TwinDescription(id="x", name="x", signals={"a": SignalSpec(unit="%")})
    known = plugins.instances("dt.rules")
    shown = rule_form.kinds(known, twin)
    assert {one.name for one in shown} == set(known)
    for one in shown:
        keys = set(known[one.name].Options.__struct_fields__)
        assert {field.name for field in one.fields} == {f"{one.name}.{k}" for k in keys}
        assert all(field.label not in keys for field in one.fields)


def test_fields_of_another_kind_are_not_part_of_the_entry():
    sent = {"kind": "threshold", "threshold.signal": "a", "threshold.below": "3,5"}
    sent |= {"range.low": "9", "expression.when": "b > 1", "enabled": "on"}
    entry = rule_form.entry_from(sent)
    assert entry == {"kind": "threshold", "signal": "a", "below": 3.5}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("60", 60), ("1,5", 1.5), ("-2", -2), ("60s", "60s"), (" soon ", "soon"), ("", "")],
)
def test_what_is_plainly_a_number_is_kept_as_one(typed, kept):
    assert form.said(typed) == kept
    assert type(form.said(typed)) is type(kept)


def test_what_is_wrong_is_told_at_its_field_or_else_on_top():
    names = ["for", "threshold.below", "then.0.command", "then.1.actuator"]
    found = form.at_fields(
        [
            Wrong(path="for", seen="'x'", expected="a duration", hint="write 5s"),
            Wrong(path="below", seen="'x'", expected="a number"),
            Wrong(path="then[0].command", seen="nothing", expected="this key"),
            Wrong(path="", seen="what cannot be", expected="otherwise: both or none"),
            Wrong(path="fro", seen="an unknown key", expected="one of for, when"),
        ],
        names,
        "threshold.",
    )
    assert found == {
        "for": ["Saw 'x', expected a duration. Write 5s"],
        "threshold.below": ["Saw 'x', expected a number."],
        "then.0.command": ["This is needed."],
        "": ["Both or none.", "fro: Saw an unknown key, expected one of for, when."],
    }


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"when": "a < 3", "for": "60s"}, "a < 3, for 60s"),
        (
            {"kind": "threshold", "signal": "soil.moisture", "below": 30},
            "Soil moisture < 30",
        ),
        (
            {"kind": "range", "signal": "soil.moisture", "low": 1, "high": 2},
            "Soil moisture not in 1 – 2",
        ),
        ({"kind": "rate", "signal": "x", "falling": "1/s"}, "x ↓ 1/s"),
        ({"kind": "no_data", "signal": "x", "after": "5min"}, "x silent for 5min"),
        ({"kind": "quality", "signal": "x"}, "Quality: x"),
    ],
)
def test_a_condition_is_told_in_words(entry, said):
    assert rule_form.condition(entry, TITLES) == said


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"at": "06:00"}, "06:00, every day"),
        ({"at": ["06:00", "07:00"], "days": ["mon", "fri"]}, "06:00, 07:00, Mon, Fri"),
        ({"every": "30min"}, "every 30min"),
        ({"sun": "sunset", "offset": "-30min"}, "sunset -30min, every day"),
        ({"sun": "sunrise", "offset": "1h", "days": ["sat"]}, "sunrise +1h, Sat"),
        ({"at": "12:00", "on": "2026-12-24"}, "12:00, 2026-12-24"),
    ],
)
def test_the_trigger_of_a_routine_is_told_in_words(entry, said):
    assert routine_form.trigger(entry) == said


def test_differences_are_told_key_by_key():
    before = {"for": "60s", "when": "a", "then": [{"actuator": "p", "command": "ON"}]}
    after = {"for": "90s", "when": "a", "then": [{"actuator": "p", "command": "OFF"}]}
    after["latch"] = True
    told = [(one.path, one.before, one.after) for one in differences(before, after)]
    assert told == [
        ("for", "60s", "90s"),
        ("then[0].command", "ON", "OFF"),
        ("latch", "", "true"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        (None, {"a": 1}, [("a", "", "1")]),
        ({"a": 1}, None, [("a", "1", "")]),
        (None, "x", [("", "", "x")]),
        (None, {}, [("", "", "{}")]),
        (["a"], ["a", "b"], [("", "a", "a, b")]),
        ({"a": [{"b": 1}]}, {"a": []}, [("a[0].b", "1", "")]),
    ],
)
def test_what_begins_or_ends_is_a_difference(before, after, told):
    found = [(one.path, one.before, one.after) for one in differences(before, after)]
    assert found == told
