"""What is told of commands, properties and alerts: each change once, in order."""

import msgspec
import pytest

from dt.rules.alerts import Alert
from dt.rules.description import Severity
from dt.store.appliance import Appliance
from dt.store.commands import NewCommand, State
from dt.store.properties import Property
from dt.store.twins import Twin
from webapp.changes import Changes

TWIN = "dt:PlantBox_001"
ON = NewCommand(twin=TWIN, actuator="pump", command="ON", by="ada")


@pytest.fixture
def other(house):
    """The same file as another process has it open."""
    plant = house.context.appliance.twins.all()[0]
    known = msgspec.structs.replace(plant.description, actuators={"pump": {}})
    opened = Appliance.open(house.context.config, house.clock)
    opened.twins.replace([Twin(file=plant.file, id=plant.id, description=known)])
    yield opened
    opened.close()


def told(changes, now=1000.0):
    return [change.event for change in changes.new(now)]


def test_each_change_of_another_process_is_told_once(house, other):
    changes = Changes(house.context.appliance)
    changes.skip()
    row = other.commands.submit(ON)
    other.commands.move(row.id, State.RUNNING)
    other.properties.put(Property(twin=TWIN, name="pump", reported="ON"))
    found = changes.new(1000.0)
    assert [one.event for one in found] == ["command", "property"]
    assert (found[0].data.state, found[1].data.reported) == ("running", "ON")
    assert told(changes) == []
    alert = Alert(
        key=f"{TWIN}/rules/dry",
        group="g",
        twin=TWIN,
        severity=Severity.WARNING,
        text="dry",
        raised_at=1,
        changed_at=1,
    )
    other.alerts.raise_(alert)
    assert told(changes) == ["alert"]


def test_what_was_there_before_is_not_told(house, other):
    other.commands.submit(ON)
    other.properties.put(Property(twin=TWIN, name="pump"))
    changes = Changes(house.context.appliance)
    changes.skip()
    assert told(changes) == []


def test_what_this_process_wrote_is_told_with_the_next_full_look(house, other):
    changes = Changes(house.context.appliance)
    changes.skip()
    assert told(changes, 1000.0) == []
    house.context.appliance.commands.submit(ON)
    assert told(changes, 1000.1) == []
    assert told(changes, 1000.5) == ["command"]
