"""The twins as last loaded, broken files included."""

import msgspec

from dt.store.twins import Twin
from dt.twin.description import SignalSpec, TwinDescription
from dt.twin.quantities import PerSecond

PLANT = TwinDescription(
    id="dt:PlantBox_001",
    name="Plant box",
    signals={
        "air.temperature": SignalSpec(
            unit="Cel", range=(-40, 80), max_rate=PerSecond(1 / 60)
        )
    },
)


def test_a_twin_comes_back_as_it_was_declared(appliance):
    appliance.twins.replace([Twin(file="a/twin.yaml", id=PLANT.id, description=PLANT)])
    assert appliance.twins.get(PLANT.id).description == PLANT
    assert appliance.twins.get("dt:Other") is None


def test_a_file_that_broke_keeps_its_last_good_description(appliance):
    appliance.twins.replace([Twin(file="a", id=PLANT.id, description=PLANT)])
    appliance.twins.replace([Twin(file="a", error="a:3: unknown key")])
    found = appliance.twins.get(PLANT.id)
    assert (found.description, found.error) == (PLANT, "a:3: unknown key")


def test_a_file_that_was_never_good_is_shown_with_its_error(appliance):
    appliance.twins.replace([Twin(file="b", error="b:1: not YAML")])
    assert [(each.file, each.id, each.error) for each in appliance.twins.all()] == [
        ("b", "", "b:1: not YAML")
    ]


def test_the_version_moves_only_when_something_changed(appliance, clock):
    twin = Twin(file="a", id=PLANT.id, description=PLANT)
    appliance.twins.replace([twin])
    version = appliance.twins.version()
    clock.step(1000)
    appliance.twins.replace([twin])
    assert appliance.twins.version() == version
    other = msgspec.structs.replace(PLANT, name="Other")
    appliance.twins.replace([msgspec.structs.replace(twin, description=other)])
    assert appliance.twins.version() == version + 1
    appliance.twins.replace([])
    assert appliance.twins.version() == version + 2
    assert appliance.twins.all() == []


def test_free_keys_come_back_as_they_were_declared(appliance):
    free = msgspec.structs.replace(
        PLANT, metadata={"domain": ["Plant"]}, models=({"id": "t", "reads": ["a"]},)
    )
    appliance.twins.replace([Twin(file="a", id=free.id, description=free)])
    assert appliance.twins.get(free.id).description == free
