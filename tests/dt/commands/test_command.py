"""dt command and dt control: hands without a browser."""

import threading

import pytest
from click.testing import CliRunner

from dt.cli import Settings
from dt.commands.command import command
from dt.commands.control import control
from dt.config import Config
from dt.errors import ConflictError, NotFoundError, RequestError
from dt.store.appliance import Appliance
from dt.store.commands import State
from dt.store.twins import Twin
from dt.twin.description import TwinDescription

PLANT = TwinDescription(id="dt:Box_001", name="Box 1", actuators={"pump": {}})


@pytest.fixture
def call(tmp_path):
    def run(what, *words, code=0):
        result = CliRunner().invoke(what, words, obj=Settings(None, tmp_path))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def appliance(tmp_path):
    opened = Appliance.open(Config(data=str(tmp_path)))
    opened.twins.replace([Twin(file="box/twin.yaml", id=PLANT.id, description=PLANT)])
    yield opened
    opened.close()


@pytest.fixture
def judge(tmp_path, appliance):
    """Move the next command through states as the controller would, beside the caller."""
    threads = []

    def start(*moves):
        def run():
            own = Appliance.open(Config(data=str(tmp_path)))
            while not own.commands.queued():
                stop.wait(0.005)
            row = own.commands.queued()[0]
            for state, detail, more in moves:
                own.commands.move(row.id, state, detail, **more)
            own.close()

        stop = threading.Event()
        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(10)


def test_a_command_that_is_done_is_told(call, judge, appliance):
    judge((State.ACCEPTED, "", {}), (State.RUNNING, "", {}), (State.DONE, "", {}))
    words = ("Box 1", "pump", "ON", "--for", "10s", "--reason", "dry")
    assert call(command, *words) == "pump ON for 10 s: done\n"
    row = appliance.commands.newest()[0]
    assert (row.by, row.reason, row.duration_s) == ("command line", "dry", 10.0)
    assert appliance.audit.newest()[0].action == "command.ask"


def test_a_refusal_is_told_with_its_reason_and_when_it_will_be_allowed(
    call, judge, appliance
):
    soon = 4_102_444_800_000
    judge((State.REFUSED, "pump must rest", {"interlock": "min_off", "allowed_at": soon}))
    said = call(command, "dt:Box_001", "pump", "ON", code=1)
    assert "pump ON: refused, pump must rest; allowed at 2100-01-01 00:00:00Z" in said
    judge((State.REFUSED, "pump is locked out", {"interlock": "locked"}))
    said = call(command, "dt:Box_001", "pump", "ON", code=1)
    assert "pump is locked out; waiting does not help" in said


def test_what_runs_without_an_end_is_not_waited_for(call, judge):
    judge((State.RUNNING, "", {}))
    assert call(command, "dt:Box_001", "pump", "ON") == "pump ON: running\n"


@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED, State.SUPERSEDED])
def test_what_came_to_nothing_is_a_failure(call, judge, state):
    judge((state, "no answer", {}))
    assert f"{state}, no answer" in call(command, "dt:Box_001", "pump", "ON", code=1)


def test_nobody_waits_when_told_not_to(call, appliance):
    assert call(command, "Box 1", "pump", "OFF", "--no-wait") == "pump OFF: queued\n"
    listed = call(command, "--list")
    assert "command line" in listed
    assert "pump OFF: queued" in listed
    assert call(command, "--list", "Box 1", "fan") == "no command was asked yet\n"


def test_what_is_wrong_is_said(call, appliance):
    for words, error in (
        (("Box 2", "pump", "ON"), NotFoundError),
        (("Box 1", "siren", "ON"), NotFoundError),
        (("Box 1", "pump", "ON", "--for", "long"), RequestError),
    ):
        with pytest.raises(error):
            call(command, *words, "--no-wait")
    assert "name TWIN, ACTUATOR and COMMAND" in call(command, "Box 1", code=2)
    assert appliance.commands.newest() == []


def test_a_mode_is_told_and_chosen(call, appliance):
    assert call(control, "mode", "Box 1") == "dt:Box_001 is automatic\n"
    assert "is manual, chosen by command line" in call(control, "mode", "Box 1", "manual")
    assert appliance.control.mode("dt:Box_001").mode == "manual"
    call(control, "mode", "Box 1", "wild", code=2)


def test_an_actuator_is_locked_once_and_unlocked(call, appliance):
    call(control, "lock", "Box 1", "pump", "--reason", "hose off")
    assert appliance.control.lockouts()[0].why == "hose off"
    with pytest.raises(ConflictError):
        call(control, "lock", "Box 1", "pump")
    call(control, "unlock", "Box 1", "pump")
    assert appliance.control.lockouts() == []
    with pytest.raises(NotFoundError):
        call(control, "unlock", "Box 1", "pump")
    actions = [entry.action for entry in appliance.audit.newest()]
    assert actions == ["actuator.unlock", "actuator.lock"]
