import json
import tarfile

import pytest
from click.testing import CliRunner

from dt.cli import dt

TWIN = """
"@id": dt:Box_001
name: Box
signals: {air.temperature: {unit: Cel}, air.humidity: {unit: "%"}}
sensors:
  climate:
    {driver: dht22, pin: 23, reads: {temperature: air.temperature, humidity: air.humidity}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "twins").mkdir()
    (tmp_path / "twins/twin.yaml").write_text(TWIN)
    (tmp_path / "dt.yaml").write_text(f"hardware: sim\ntwins: [{tmp_path}/twins]\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/world.yaml").write_text("chips: [{kind: sht31}]")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    given = ["--config", "dt.yaml", "--data", "data", "doctor", *map(str, arguments)]
    return CliRunner().invoke(dt, given)


def test_it_says_what_answers_and_ends_with_0(folder):
    done = run()
    assert done.exit_code == 0, done.output
    assert "SHT31 air temperature and humidity: temperature 20.99" in done.stdout
    assert "gpio 23 DHT22" in done.stdout
    assert "[dt:Box_001/climate]" in done.stdout
    assert "twins: dt:Box_001" in done.stdout


def test_a_sensor_that_does_not_answer_ends_with_1_and_a_cure(folder):
    (folder / "data/world.yaml").write_text("faults: {gpio/23: [{kind: absent}]}")
    done = run("gpio")
    assert done.exit_code == 1
    assert "WRONG gpio 23" in done.stdout
    assert "check wiring and power" in done.stdout


def test_its_json_is_one_object_and_nothing_else(folder):
    done = run("i2c", "--json")
    said = json.loads(done.stdout)
    assert said["well"] is True
    assert said["hardware"] == "sim"
    assert [one["driver"] for one in said["found"]] == ["sht31"]
    assert {check["standing"] for check in said["checks"]} <= {"well", "warning"}


def test_its_proposal_passes_the_check_of_twins_and_overwrites_nothing(folder):
    done = run("--propose", "proposed.yaml")
    assert done.exit_code == 0
    assert "dt twin check proposed.yaml" in done.stderr
    check = CliRunner().invoke(dt, ["twin", "check", "proposed.yaml"])
    assert check.exit_code == 0, check.output
    before = (folder / "proposed.yaml").read_text()
    again = run("--propose", "proposed.yaml")
    assert "exists already" in str(again.exception)
    assert (folder / "proposed.yaml").read_text() == before


def test_with_nothing_new_nothing_is_proposed(folder):
    done = run("gpio", "--propose", "proposed.yaml")
    assert "nothing to propose" in done.stderr
    assert not (folder / "proposed.yaml").exists()


def test_its_bundle_is_an_archive(folder):
    done = run("1-wire", "--bundle", "b.tar.gz")
    assert done.exit_code == 0
    assert "look at it before you give it away" in done.stderr
    with tarfile.open(folder / "b.tar.gz") as archive:
        assert "dt-diagnostics/doctor.json" in archive.getnames()


def test_a_pin_is_tried_only_when_it_is_named(folder):
    (folder / "data/world.yaml").write_text("chips: [{kind: dht22, pin: 17}]")
    assert "gpio 17" not in run("gpio").stdout
    assert "gpio 17 DHT22" in run("gpio", "--pin", 17).stdout


def test_another_bus_is_refused(folder):
    assert run("can").exit_code == 2
