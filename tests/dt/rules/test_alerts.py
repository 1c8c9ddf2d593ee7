import itertools

import msgspec
import pytest

from dt.errors import AlertError
from dt.rules.alerts import (
    QUIET_MS,
    TRANSITIONS,
    Alert,
    Change,
    Condition,
    Note,
    after_firing,
    changed,
    expired,
    hardware_lost,
    no_data_entries,
    raised,
)
from dt.rules.description import Firing, Happening, Severity, Trace

FRESH = Alert(
    key="k",
    group="g",
    twin="t",
    severity=Severity.WARNING,
    text="x",
    raised_at=5,
    changed_at=5,
)
A, K, L, S, C = Condition
ANN = Note(at=10, by="ann", why="seen", until=99)
REFUSED = None
TABLE = {
    A: (A, C, K, S, REFUSED),
    K: (K, C, REFUSED, S, REFUSED),
    L: (A, L, C, REFUSED, REFUSED),
    S: (S, S, REFUSED, S, A),
    C: (A, C, REFUSED, REFUSED, REFUSED),
}


def alert(condition, **keys):
    over = condition in {L, C}
    cleared = 8 if over else None
    keys = {"holds": not over, "cleared_at": cleared, "latch": condition is L, **keys}
    return msgspec.structs.replace(FRESH, condition=condition, **keys)


@pytest.mark.parametrize(
    ("condition", "change"), list(itertools.product(Condition, Change))
)
def test_every_change_in_every_condition_leads_where_the_table_says(condition, change):
    expected = TABLE[condition][list(Change).index(change)]
    before = alert(condition)
    assert TRANSITIONS.get((condition, change)) == expected
    if change is Change.RAISE:
        assert raised(before, FRESH).condition is expected
    elif expected is REFUSED:
        with pytest.raises(
            AlertError, match=f"cannot {change} alert k: saw it {condition}"
        ):
            changed(before, change, ANN)
    else:
        assert changed(before, change, ANN).condition is expected


def test_a_latching_alert_waits_for_a_person():
    waiting = changed(alert(A, latch=True), Change.END, Note(at=7))
    assert (waiting.condition, waiting.calls, waiting.cleared_at) == (L, True, 7)
    done = changed(waiting, Change.ACKNOWLEDGE, ANN)
    assert (done.condition, done.by, done.why) == (C, "ann", "seen")
    assert changed(alert(K, latch=True, seen=True), Change.END, Note(at=7)).condition is C


def test_a_shelf_ends_by_itself_and_shows_what_is_true_then():
    shelved = changed(alert(A), Change.SHELVE, ANN)
    assert (shelved.shelved_until, shelved.calls) == (99, False)
    assert expired(shelved, 98) is shelved
    assert expired(shelved, 99).condition is A
    over = changed(shelved, Change.END, Note(at=50))
    assert expired(over, 99).condition is C
    latching = msgspec.structs.replace(over, latch=True)
    assert expired(latching, 99).condition is L


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (Change.ACKNOWLEDGE, Note(at=10)),
        (Change.SHELVE, Note(at=10, until=99)),
        (Change.SHELVE, Note(at=10, by="ann")),
        (Change.SHELVE, Note(at=10, by="ann", until=10)),
    ],
)
def test_a_person_is_named_and_a_shelf_has_an_end(change, note):
    with pytest.raises(AlertError):
        changed(alert(A), change, note)


def test_an_alert_that_comes_back_soon_calls_nobody_again():
    seen = changed(changed(FRESH, Change.ACKNOWLEDGE, ANN), Change.END, Note(at=20))
    soon = msgspec.structs.replace(FRESH, raised_at=20 + QUIET_MS, changed_at=20 + QUIET_MS)
    again = raised(seen, soon)
    assert (again.condition, again.count, again.raised_at) == (K, 2, 5)
    late = msgspec.structs.replace(FRESH, raised_at=21 + QUIET_MS)
    assert raised(seen, late) == late


def firing(happening, at):
    trace = Trace(text="a < 1", why="", since=0, count=1)
    return Firing(
        rule="r", twin="t", happening=happening, at=at, severity=Severity.CRITICAL,
        latch=False, message="low", trace=trace,
    )  # fmt: skip


def test_the_firings_of_a_rule_make_one_alert():
    first = after_firing(None, firing(Happening.FIRED, 1))
    assert (first.key, first.severity, first.text) == ("t/rules/r", "critical", "low")
    assert after_firing(first, firing(Happening.REPEATED, 2)) is first
    assert after_firing(first, firing(Happening.CLEARED, 3)).condition is C
    assert after_firing(None, firing(Happening.CLEARED, 3)) is None


def test_every_twin_has_alerts_for_lost_sensors_and_silent_signals(compiled):
    lost = hardware_lost("t", "climate", 5, "nothing answers")
    assert lost.text == "Sensor climate is lost: nothing answers"
    (entry,) = no_data_entries({"a": 15.0, "b": 9.0}, frozenset({"b"}))
    text = ", ".join(f"{key}: {value}" for key, value in entry.items())
    (rule,) = compiled(text)
    assert (rule.spec.id, rule.conditions.silent_ms) == ("no-data.a", 30_000)
