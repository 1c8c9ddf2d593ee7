"""New steps become deliveries once; one process at a time sends them."""

import subprocess
import sys

import pytest

from dt.errors import StoreError
from dt.notify import notifier as module
from dt.notify.notifier import CURSOR, Notifier
from dt.rules.alerts import Change, Note
from tests.dt.notify.conftest import KEY, alert, configured


class Starts:
    """Starts small processes instead, and counts them."""

    def __init__(self, code="pass"):
        self.code, self.processes = code, []

    def __call__(self, config, what):
        assert what == "send"
        command = [sys.executable, "-c", self.code]
        self.processes.append(subprocess.Popen(command))
        return self.processes[-1]


@pytest.fixture
def starts():
    found = Starts()
    yield found
    for process in found.processes:
        process.kill()
        process.wait()


@pytest.fixture
def notifier(tmp_path, appliance, clock, starts):
    made = Notifier(configured(tmp_path, phone={}), appliance, clock, starts)
    made.step()
    return made


def test_an_alert_is_told_once(notifier, appliance, starts):
    appliance.alerts.raise_(alert())
    for _ in range(3):
        notifier.step()
    assert len(appliance.deliveries.waiting()) == 1
    assert len(starts.processes) == 1


def test_steps_from_before_the_first_channel_are_no_news(
    tmp_path, appliance, clock, starts
):
    appliance.alerts.raise_(alert())
    none = Notifier(configured(tmp_path), appliance, clock, starts)
    none.step()
    Notifier(configured(tmp_path, phone={}), appliance, clock, starts).step()
    assert appliance.deliveries.waiting() == []


def test_steps_while_the_controller_was_away_are_news(
    notifier, tmp_path, appliance, clock, starts
):
    appliance.alerts.raise_(alert())
    Notifier(configured(tmp_path, phone={}), appliance, clock, starts).step()
    assert len(appliance.deliveries.waiting()) == 1


def test_what_was_told_is_no_news_to_a_channel_that_comes_later(
    notifier, tmp_path, appliance, clock, starts
):
    appliance.alerts.raise_(alert())
    notifier.step()
    both = configured(tmp_path, phone={}, mail={})
    Notifier(both, appliance, clock, starts).step()
    assert [row.channel for row in appliance.deliveries.waiting()] == ["phone"]


def test_nothing_is_written_while_nothing_happens(notifier, appliance, starts):
    before = appliance.database.one("SELECT total_changes()")
    for _ in range(50):
        notifier.step()
    assert appliance.database.one("SELECT total_changes()") == before
    assert starts.processes == []


def test_cursor_and_deliveries_come_together_or_not_at_all(notifier, appliance):
    appliance.alerts.raise_(alert())
    kept = appliance.control.remembered(CURSOR, int)
    appliance.database.run("DROP TABLE setting")  # a step that fails in the midst
    with pytest.raises(StoreError):
        notifier.step()
    assert appliance.control.remembered(CURSOR, int) == kept
    assert appliance.deliveries.waiting() == []


def test_the_end_is_told_where_it_is_asked_for(tmp_path, appliance, clock, starts):
    config = configured(tmp_path, phone={"cleared": True}, mail={})
    notifier = Notifier(config, appliance, clock, starts)
    notifier.step()
    appliance.alerts.raise_(alert())
    note = Note(at=clock.now_ms(), by="ada", why="on it")
    appliance.alerts.change(KEY, Change.ACKNOWLEDGE, note)
    notifier.step()
    told = [row.channel for row in appliance.deliveries.waiting()]
    assert told == ["phone", "mail", "phone"]


def test_a_process_that_hangs_is_ended_and_another_one_waits(
    notifier, appliance, clock, starts
):
    starts.code = "import time; time.sleep(600)"
    appliance.alerts.raise_(alert())
    notifier.step()
    clock.advance(module.HANGS_AFTER_S - 1)
    notifier.step()
    assert starts.processes[0].poll() is None
    clock.advance(1)
    notifier.step()
    assert starts.processes[0].wait() == -9
    notifier.step()
    assert len(starts.processes) == 1
    clock.advance(module.FIRST_PAUSE_S)
    notifier.step()
    assert len(starts.processes) == 2


def test_a_process_that_fails_is_started_ever_more_rarely(
    notifier, appliance, clock, starts
):
    starts.code = "raise SystemExit(1)"
    appliance.alerts.raise_(alert())
    at = []
    for second in range(200):
        count = len(starts.processes)
        notifier.step()
        if len(starts.processes) > count:
            at.append(second)
            starts.processes[-1].wait()
        clock.advance(1)
    assert at == [0, 11, 32, 73, 154]


def test_a_machine_that_has_no_room_for_a_process_stops_nothing(tmp_path, appliance, clock):
    asked = []

    def start(config, what):
        asked.append(clock.monotonic())
        raise OSError(12, "Cannot allocate memory")

    notifier = Notifier(configured(tmp_path, phone={}), appliance, clock, start)
    notifier.step()
    appliance.alerts.raise_(alert())
    for _ in range(15):
        notifier.step()
        clock.advance(1)
    assert [at - asked[0] for at in asked] == [0, 10]


def test_the_end_waits_for_nobody_for_long(notifier, appliance, starts, monkeypatch):
    monkeypatch.setattr(module, "_END_WITHIN_S", 0.05)
    starts.code = "import time; time.sleep(600)"
    appliance.alerts.raise_(alert())
    notifier.step()
    notifier.end()
    assert starts.processes[0].poll() == -9


def test_no_process_that_stays_has_the_library_in_memory():
    code = (
        "import sys; import dt.notify.notifier, webapp.pages.settings.notifications;"
        "raise SystemExit('apprise' in sys.modules or 'requests' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-W", "ignore", "-c", code], check=False)
    assert done.returncode == 0
