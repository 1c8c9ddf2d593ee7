"""Alerts, rules and the audit from the command line."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from dt.cli import dt
from dt.clock import SystemClock
from dt.commands.user import WHO
from dt.config import Config, Store
from dt.rules.alerts import Alert
from dt.rules.description import Severity
from dt.store.appliance import Appliance
from dt.store.automation import Entry, Kind
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.store.twins import Twin
from dt.twin.description import SignalSpec, TwinDescription
from dt.twin.readings import Readings

BOX = "dt:Box_001"
KEY = f"{BOX}/rules/too-dry"
DRY = {"id": "too-dry", "when": "soil.moisture < 30", "message": "Dry: {soil.moisture}"}


@pytest.fixture
def folder(tmp_path):
    """A data folder with an alert, a twin and two hours of history, dry in the middle."""
    clock = SystemClock("always")
    live = tmp_path / "live"
    (tmp_path / "dt.yaml").write_text(f"data: {tmp_path}\nstore: {{live_dir: {live}}}\n")
    config = Config(data=str(tmp_path), store=Store(live_dir=str(live)))
    now = clock.now_ms()
    appliance = Appliance.open(config, clock)
    twin = TwinDescription(
        id=BOX, name="Box", signals={"soil.moisture": SignalSpec(unit="%")}, rules=(DRY,)
    )
    appliance.twins.replace([Twin(file="twin.yaml", id=BOX, description=twin)])
    appliance.alerts.raise_(
        Alert(
            key=KEY,
            group=KEY,
            twin=BOX,
            severity=Severity.WARNING,
            text="Soil is dry",
            raised_at=now,
            changed_at=now,
        )
    )
    appliance.close()
    log = Log.open(config, clock)
    name = f"{BOX}/soil.moisture"
    number = log.register([SignalRow(name=name, twin=BOX, unit="%")])[name]
    value = np.where(np.arange(120) // 40 == 1, 25.0, 40.0)
    log.append(
        Readings(
            signal=np.full(120, number, np.int32),
            observed_at=now - 7_200_000 + 60_000 * np.arange(120, dtype=np.int64),
            value=value,
            code=np.zeros(120, np.uint16),
        )
    )
    log.close()
    return tmp_path


def opened(folder):
    config = Config(data=str(folder), store=Store(live_dir=str(folder / "live")))
    return Appliance.open(config, SystemClock("always"))


@pytest.fixture
def run(folder):
    def call(*words):
        given = ["--config", str(folder / "dt.yaml"), *words]
        return CliRunner().invoke(dt, given)

    return call


def test_alerts_are_listed_and_one_that_calls_ends_with_1(run):
    listed = run("alert", "list")
    assert listed.exit_code == 1
    assert f"{KEY}: Soil is dry" in listed.stdout
    assert run("alert", "ack", KEY, "--why", "on my way").exit_code == 0
    listed = run("alert", "list")
    assert (listed.exit_code, "acknowledged" in listed.stdout) == (0, True)


def test_an_alert_is_shelved_and_brought_back_and_the_audit_tells_it(run):
    assert "shelved" in run("alert", "shelve", KEY, "--for", "8h").stdout
    assert "active" in run("alert", "unshelve", KEY).stdout
    told = run("audit", "--target", BOX).stdout.splitlines()
    assert len(told) == 2
    assert "alert.unshelve" in told[0]
    assert WHO in told[1]
    plain = run("audit", "--json", "--limit", "1").stdout
    assert json.loads(plain)["after"]["condition"] == "active"
    assert run("audit", "--who", "nobody").stdout == ""


def test_a_shelf_that_is_no_time_is_refused(run):
    answer = run("alert", "shelve", KEY, "--for", "long")
    assert "a duration like" in str(answer.exception)


def test_rules_are_listed_with_who_wrote_them(run, folder):
    assert "file" in run("rule", "list").stdout
    appliance = opened(folder)
    body = {"when": "soil.moisture < 20", "enabled": False}
    new = Entry(
        twin=BOX,
        kind=Kind.RULE,
        name="too-dry",
        version=0,
        body=body,
        changed_at=0,
        changed_by="ada",
    )
    appliance.automation.put(new)
    appliance.close()
    listed = run("rule", "list", BOX).stdout
    assert "v1 by ada" in listed
    assert "off" in listed
    assert "soil.moisture < 20" in listed


def test_rules_are_checked_as_they_run(run, folder):
    assert run("rule", "check").exit_code == 0
    appliance = opened(folder)
    new = Entry(
        twin=BOX,
        kind=Kind.RULE,
        name="odd",
        version=0,
        body={"when": "soil.wet < 1"},
        changed_at=0,
        changed_by="ada",
    )
    appliance.automation.put(new)
    appliance.close()
    checked = run("rule", "check", BOX)
    assert checked.exit_code == 2
    assert "soil.wet" in checked.stderr


def test_a_dry_run_prints_where_a_rule_would_have_fired(run):
    done = run("rule", "dry-run", BOX, "too-dry", "--from", "-1d")
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) == 1
    assert "2400 s  Dry: 25" in done.stdout
    assert "120 readings judged" in done.stderr


def test_a_dry_run_of_another_condition_may_never_fire(run):
    words = ("rule", "dry-run", BOX, "too-dry", "--when", "soil.moisture < 20")
    assert run(*words).exit_code == 3
    new = run("rule", "dry-run", BOX, "new", "--when", "soil.moisture > 39")
    assert new.exit_code == 0
    assert "still holds" in new.stdout
    wrong = run("rule", "dry-run", BOX, "new", "--when", "soil.wet > 39")
    assert wrong.exit_code == 2
    assert "soil.wet" in wrong.stderr


def test_a_rule_or_twin_that_is_not_there_is_told_with_those_that_are(run):
    assert "too-dry" in str(run("rule", "dry-run", BOX, "none").exception)
    assert BOX in str(run("rule", "dry-run", "dt:Other", "none").exception)
