"""The list of events."""

from dt.store import events
from dt.store.events import Event, Severity


def test_events_are_told_newest_first_in_pages(appliance, clock):
    for n in range(4):
        twin = "dt:A" if n % 2 else ""
        severity = Severity.WARNING if n == 1 else Severity.INFO
        event = Event(kind="SensorLost", text=str(n), twin=twin, severity=severity)
        appliance.events.add(event)
    newest = appliance.events.newest(2)
    assert [each.text for each in newest] == ["3", "2"]
    assert newest[0].at == clock.now_ms()
    assert [each.text for each in appliance.events.newest(9, before_id=newest[-1].id)] == [
        "1",
        "0",
    ]
    assert [each.text for each in appliance.events.newest(twin="dt:A")] == ["3", "1"]
    assert [each.text for each in appliance.events.newest(at_least=Severity.WARNING)] == [
        "1"
    ]


def test_a_consumer_reads_on_from_the_last_that_it_has(appliance):
    first = appliance.events.add(Event(kind="StoreSetAside", text="a", body={"n": [1, 2]}))
    second = appliance.events.add(Event(kind="StoreSetAside", text="b", at=5))
    assert appliance.events.after(0) == [first, second]
    assert appliance.events.after(first.id) == [second]
    assert second.at == 5


def test_the_list_does_not_grow_for_ever(appliance):
    kept = events._KEPT
    appliance.events.add(Event(kind="SensorLost", text="old"))
    appliance.database.run("INSERT INTO sqlite_sequence VALUES('x',0)")
    appliance.database.run("UPDATE sqlite_sequence SET seq=? WHERE name='event'", kept)
    appliance.events.add(Event(kind="SensorLost", text="new"))
    assert [each.text for each in appliance.events.newest()] == ["new"]
