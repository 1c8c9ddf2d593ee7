"""Wishes of people: stored with who it was, or not at all."""

import pytest

from dt.errors import NotFoundError, RequestError
from dt.store import asking
from dt.store.automation import Kind
from dt.store.control import LoopMode, LoopWish
from dt.store.twins import Twin
from dt.twin.description import TwinDescription

BOX = TwinDescription(
    id="dt:Box",
    name="Box",
    actuators={"heater": {"driver": "relay"}},
    loops={"warmth": {"input": "t", "output": "heater", "setpoint": 22, "gain": 0.2}},
)


@pytest.fixture
def box(appliance):
    twin = Twin(file="a/twin.yaml", id=BOX.id, description=BOX)
    other = Twin(file="b/twin.yaml", id="dt:B", error="b/twin.yaml:1: not YAML")
    appliance.twins.replace([twin, other])
    return appliance


def test_a_twin_is_called_by_its_id_or_its_name(box):
    assert asking.id_of(box, "dt:Box") == asking.id_of(box, "Box") == "dt:Box"
    with pytest.raises(NotFoundError, match="no twin 'Bax': expected one of dt:Box"):
        asking.id_of(box, "Bax")


def test_a_broken_twin_has_no_actuators(box):
    with pytest.raises(NotFoundError, match="no twin 'dt:B'"):
        asking.lock(box, "dt:B", "heater", "ada", "")


def test_settings_that_were_found_go_into_the_entry_and_the_loop_regulates(box):
    box.control.set_wish(LoopWish(twin="dt:Box", loop="warmth", mode=LoopMode.AUTOTUNE))
    asking.tune(box, "dt:Box", "warmth", {"gain": 0.5, "integral": 300.0}, "ada")
    entry = box.automation.get("dt:Box", Kind.LOOP, "warmth")
    assert (entry.body["gain"], entry.body["setpoint"], entry.version) == (0.5, 22, 1)
    assert box.control.wish("dt:Box", "warmth").mode is LoopMode.AUTO
    asking.tune(box, "dt:Box", "warmth", {"gain": 0.6}, "ada")
    loop = asking.described(box, "dt:Box").loops["warmth"]
    assert (loop["gain"], loop["integral"]) == (0.6, 300.0)
    assert [entry.action for entry in box.audit.newest()] == ["loop.tune"] * 2


def test_an_impossible_wish_changes_nothing(box):
    with pytest.raises(RequestError, match=r"output is 1\.5"):
        asking.wish(box, LoopWish(twin="dt:Box", loop="warmth", output=1.5, by="ada"))
    with pytest.raises(NotFoundError, match="no loop 'cold': expected warmth"):
        asking.wish(box, LoopWish(twin="dt:Box", loop="cold", by="ada"))
    with pytest.raises(RequestError, match="expected 400 at most"):
        asking.lock(box, "dt:Box", "heater", "ada", "x" * 401)
    assert box.audit.newest() == []
