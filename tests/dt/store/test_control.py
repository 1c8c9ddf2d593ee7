"""Properties, modes, lock-outs, wishes, entries of people, and what is remembered."""

import msgspec
import pytest

from dt.errors import ConflictError
from dt.rules.description import Firing, Happening, Severity, Trace
from dt.store.automation import Entry, Kind, effective
from dt.store.control import LoopMode, LoopWish, Mode
from dt.store.properties import Limit, Property
from dt.twin.description import TwinDescription

PUMP = Property(twin="dt:Box", name="pump", desired="ON", limit=Limit(max_on=30.0))


def test_a_property_is_written_only_when_it_changes(appliance):
    table = appliance.properties
    assert table.put(PUMP)
    assert not table.put(PUMP)
    seen = table.get("dt:Box", "pump").revision
    assert table.put(msgspec.structs.replace(PUMP, reported="ON", runs=((1, 2),)))
    changed = table.changed(seen)
    assert [(p.name, p.reported, p.runs) for p in changed] == [("pump", "ON", ((1, 2),))]
    assert table.all("dt:Box") == changed
    table.keep_only(frozenset())
    assert (table.all(), table.get("dt:Box", "pump")) == ([], None)


def test_a_twin_is_automatic_until_somebody_chooses(appliance):
    control = appliance.control
    assert control.mode("dt:Box").mode is Mode.AUTOMATIC
    control.set_mode("dt:Box", Mode.MANUAL, "ada")
    assert control.mode("dt:Box") == control.modes()["dt:Box"]
    assert (control.mode("dt:Box").mode, control.mode("dt:Box").by) == (Mode.MANUAL, "ada")


def test_a_lock_out_belongs_to_who_locked_first(appliance):
    control = appliance.control
    control.lock("dt:Box", "pump", "ada", "hose off")
    assert control.lock("dt:Box", "pump", "bob").by == "ada"
    assert [one.why for one in control.lockouts()] == ["hose off"]
    assert control.unlock("dt:Box", "pump")
    assert not control.unlock("dt:Box", "pump")


def test_a_loop_wish_is_kept(appliance):
    wish = LoopWish(twin="dt:Box", loop="warmth", mode=LoopMode.MANUAL, output=0.4)
    kept = appliance.control.set_wish(wish)
    assert appliance.control.wish("dt:Box", "warmth") == kept
    assert appliance.control.wish("dt:Box", "other").mode is LoopMode.AUTO


def test_what_the_controller_remembers_comes_back_or_counts_as_nothing(appliance):
    appliance.control.remember("limit", Limit(max_on=3.0))
    assert appliance.control.remembered("limit", Limit) == Limit(max_on=3.0)
    assert appliance.control.remembered("limit", Property) is None
    assert appliance.control.remembered("other", Limit) is None


def entry(**changes):
    values = {"twin": "dt:Box", "kind": Kind.RULE, "name": "too-dry", "version": 0}
    values |= {"body": {"when": "soil < 3"}, "changed_at": 0, "changed_by": "ada"}
    return Entry(**(values | changes))


def test_each_change_of_an_entry_is_a_version(appliance):
    table = appliance.automation
    before = table.version()
    first = table.put(entry())
    second = table.put(entry(version=1, body={"when": "soil < 2"}, changed_by="bob"))
    assert (first.version, second.version) == (1, 2)
    assert table.current("dt:Box", Kind.RULE) == [second]
    assert table.history("dt:Box", Kind.RULE, "too-dry") == [second, first]
    assert table.version() > before
    table.put(entry(version=2, body=None))
    assert table.current() == []


def test_two_authors_do_not_overwrite_each_other(appliance):
    appliance.automation.put(entry())
    with pytest.raises(ConflictError, match="version 1 by ada: expected 0"):
        appliance.automation.put(entry(changed_by="bob"))


def test_an_entry_takes_the_place_of_the_files(appliance):
    twin = TwinDescription(
        id="dt:Box",
        name="Box",
        rules=({"id": "too-dry", "when": "soil < 30"}, {"id": "cold", "when": "air < 3"}),
        loops={"warmth": {"kind": "pid"}},
    )
    mine = entry(), entry(twin="dt:Other", name="cold"), entry(name="cold", body=None)
    written = effective(twin, [*mine, entry(kind=Kind.LOOP, name="warmth", body={"a": 1})])
    assert written.rules == ({"id": "too-dry", "when": "soil < 3"}, twin.rules[1])
    assert written.loops == {"warmth": {"a": 1}}
    added = effective(twin, [entry(kind=Kind.ROUTINE, name="night", body={"at": "22:00"})])
    assert added.routines == ({"id": "night", "at": "22:00"},)


def test_a_delivery_is_noted_once_for_a_step_and_channel(appliance):
    appliance.deliveries.add(1, "mail", 5)
    appliance.deliveries.add(1, "mail", 9)
    rows = appliance.database.all("SELECT step,channel,next_at,attempts FROM delivery")
    assert rows == [(1, "mail", 5, 0)]


def test_a_firing_is_kept_with_its_trace_and_what_followed(appliance):
    trace = Trace(text="soil < 30", why="held for 60 s", since=5, count=13, epoch=1, seq=9)
    firing = Firing(
        rule="too-dry",
        twin="dt:Box",
        happening=Happening.FIRED,
        at=65_000,
        severity=Severity.WARNING,
        latch=False,
        message="Soil is dry",
        trace=trace,
    )
    appliance.firings.add(firing, ["018f"])
    row = appliance.firings.newest(twin="dt:Box", rule="too-dry")[0]
    assert (row.trace, row.commands, row.happening) == (trace, ["018f"], "fired")
    assert appliance.firings.of_command("018f") == row
    assert appliance.firings.of_command("019") is None
