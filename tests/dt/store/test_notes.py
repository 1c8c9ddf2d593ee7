"""Notes on charts."""

import pytest

from dt.errors import NotFoundError, RequestError

AIR = "dt:PlantBox_001/air.temperature"
SOIL = "dt:PlantBox_001/soil.moisture"


def test_a_range_of_a_chart_shows_the_notes_that_touch_it(appliance):
    notes = appliance.notes
    point = notes.add(AIR, 1000, "window opened", "Ann")
    span = notes.add(AIR, 500, "heating off", "Ann", ends_at=2000)
    notes.add(SOIL, 1500, "watered", "Bob")
    assert notes.between(1000, 1001, [AIR]) == [span, point]
    assert notes.between(1001, 2000, [AIR]) == [span]
    assert notes.between(2000, 9000, [AIR]) == []
    assert len(notes.between(0, 9000)) == 3


def test_a_note_on_the_twin_shows_on_all_its_signals(appliance):
    whole = appliance.notes.add("dt:PlantBox_001", 1000, "moved indoors", "Ann")
    assert appliance.notes.between(0, 9000, [SOIL]) == [whole]
    assert appliance.notes.between(0, 9000, ["dt:Host_001/cpu"]) == []


def test_notes_are_edited_and_removed(appliance):
    note = appliance.notes.add(AIR, 1000, " first ", "Ann")
    assert note.text == "first"
    assert appliance.notes.edit(note.id, "second").text == "second"
    assert appliance.notes.remove(note.id).text == "second"
    with pytest.raises(NotFoundError):
        appliance.notes.remove(note.id)


def test_a_note_that_cannot_be_is_refused(appliance):
    with pytest.raises(RequestError, match="characters"):
        appliance.notes.add(AIR, 1000, "  ", "Ann")
    with pytest.raises(RequestError, match="expected after 1000"):
        appliance.notes.add(AIR, 1000, "x", "Ann", ends_at=1000)
