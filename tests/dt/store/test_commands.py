"""Commands enter by one door, are moved on by the controller, and end."""

import pytest

from dt.errors import CommandError, ConflictError, NotFoundError, RequestError
from dt.store.commands import NewCommand, Source, State
from dt.store.twins import Twin
from dt.twin.description import TwinDescription

BOX = TwinDescription(id="dt:Box", name="Box", actuators={"pump": {"driver": "relay"}})
ID = "018f2c60-0000-7000-8000-000000000001"


@pytest.fixture
def commands(appliance):
    appliance.twins.replace([Twin(file="box", id=BOX.id, description=BOX)])
    return appliance.commands


def new(**changes):
    asked = {"twin": "dt:Box", "actuator": "pump", "command": "ON", "duration_s": 10.0}
    return NewCommand(**(asked | changes))


def test_a_command_is_queued_with_an_id_that_sorts_by_time(commands, clock):
    first = commands.submit(new(by="ada", reason="it looks dry"))
    clock.step(5)
    second = commands.submit(new(source=Source.RULE, by="too-dry"))
    assert first.state is State.QUEUED
    assert first.id < second.id
    assert (first.id[14], first.id[19] in "89ab") == ("7", True)
    assert first.not_after == first.asked_at + 60_000
    assert commands.queued() == [first, second]
    assert second.revision > first.revision


def test_the_same_id_again_is_the_same_command(commands):
    first = commands.submit(new(id=ID))
    commands.move(ID, State.DONE)
    again = commands.submit(new(id=ID))
    assert (again.seq, again.state) == (first.seq, State.DONE)
    assert commands.queued() == []
    with pytest.raises(ConflictError, match="not this one"):
        commands.submit(new(id=ID, command="OFF"))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"command": "on"}, CommandError),
        ({"twin": "dt:None"}, NotFoundError),
        ({"actuator": "pum"}, NotFoundError),
        ({"duration_s": 0.0}, RequestError),
        ({"duration_s": float("nan")}, RequestError),
        ({"duration_s": 1e9}, RequestError),
        ({"id": "7"}, RequestError),
        ({"reason": "x" * 401}, RequestError),
    ],
)
def test_what_cannot_be_a_command_is_refused_and_not_kept(commands, wrong, error):
    with pytest.raises(error):
        commands.submit(new(**wrong))
    assert commands.newest() == []


def test_a_command_is_moved_on_with_its_times(commands, clock):
    row = commands.submit(new())
    clock.step(10)
    assert commands.move(row.id, State.ACCEPTED).started_at is None
    assert [one.id for one in commands.unfinished()] == [row.id]
    clock.step(10)
    running = commands.move(row.id, State.RUNNING)
    clock.step(10_000)
    done = commands.move(row.id, State.DONE, "ran 10 s")
    assert running.started_at == done.started_at == row.asked_at + 20
    assert (running.ended_at, done.ended_at) == (None, row.asked_at + 10_020)
    assert (commands.unfinished(), done.open, done.detail) == ([], False, "ran 10 s")
    assert commands.between("dt:Box", done.started_at, done.started_at + 1) == [done]


def test_a_refusal_says_which_interlock_and_from_when_it_is_allowed(commands):
    row = commands.submit(new())
    refused = commands.move(
        row.id, State.REFUSED, "rested 2 of 600 s", interlock="min_off", allowed_at=7
    )
    assert (refused.interlock, refused.allowed_at) == ("min_off", 7)
    assert refused.ended_at is not None
    with pytest.raises(NotFoundError):
        commands.move("nobody", State.DONE)


def test_changes_come_in_their_order(commands):
    rows = [commands.submit(new()) for _ in range(3)]
    seen = commands.revision()
    commands.move(rows[2].id, State.DONE)
    commands.move(rows[0].id, State.REFUSED)
    assert [row.seq for row in commands.changed(seen)] == [rows[2].seq, rows[0].seq]
    assert commands.changed(commands.revision()) == []


def test_commands_are_found_by_actuator_and_state(commands):
    rows = [commands.submit(new()) for _ in range(3)]
    commands.move(rows[1].id, State.DONE)
    assert [r.seq for r in commands.newest(2)] == [rows[2].seq, rows[1].seq]
    assert commands.newest(state=State.DONE)[0].id == rows[1].id
    assert [r.seq for r in commands.newest(before_seq=rows[1].seq)] == [rows[0].seq]
    assert commands.newest(actuator="fan") == []
    assert commands.prune() == 0
