"""dt twin: check, scan, schema."""

import json

import pytest
from click.testing import CliRunner

from dt.commands.twin import twin
from dt.twin import schema

GOOD = """\
@id: dt:Box_001
name: Box
signals: {air.temperature: {unit: Cel}}
sensors: {s: {driver: dht22, pin: 4, reads: {temperature: air.temperature}}}
derived: {warm: {formula: air.temperature > 20}}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "twin.yaml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def _bad(folder, text="nmae: x\nsignals: {a: {unit: lux}}\n"):
    (folder / "bad").mkdir()
    (folder / "bad" / "twin.yaml").write_text(text, encoding="utf-8")


def _run(*arguments):
    return CliRunner().invoke(twin, [str(a) for a in arguments])


def test_check_lists_the_signals_of_good_twins(folder):
    result = _run("check", folder)
    assert result.exit_code == 0
    assert "dt:Box_001 · Box · tenant demo" in result.stdout
    assert "air.temperature  °C       dht22 (s) temperature" in result.stdout
    assert "= air.temperature > 20" in result.stdout


def test_check_prints_every_problem_and_ends_with_2(folder):
    _bad(folder)
    result = _run("check", folder)
    assert result.exit_code == 2
    file = folder / "bad" / "twin.yaml"
    assert f"dt: {file}:1: nmae: saw an unknown key" in result.stderr
    assert f"{file}:2: signals.a.unit: saw 'lux'" in result.stderr
    assert "(did you mean lx?)" in result.stderr
    assert "2 problems in 1 of 2 files" in result.stderr
    assert "dt:Box_001" in result.stdout


def test_check_knows_which_drivers_are_installed(folder):
    file = folder / "box" / "twin.yaml"
    file.write_text(GOOD.replace("driver: dht22", "driver: dth22"), encoding="utf-8")
    result = _run("check", file)
    assert result.exit_code == 2
    assert "saw 'dth22', expected a driver that is installed" in result.stderr
    assert "did you mean dht22?" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pin: 4", "pni: 4", ":4: sensors.s.pni: saw an unknown key, expected one of pin"),
        (
            "pin: 4",
            "pin: 99",
            ":4: sensors.s.pin: saw 99, expected a whole number of 0 to",
        ),
        ("pin: 4", "pin: x", ":4: sensors.s.pin: saw 'x', expected a whole number"),
        ("{temperature: air", "{temprature: air", "(did you mean temperature?)"),
        ("unit: Cel", "unit: lx", ":3: signals.air.temperature.unit: saw 'lx', read from"),
    ],
)
def test_check_asks_the_driver_what_it_thinks(folder, old, new, said):
    file = folder / "box" / "twin.yaml"
    text = GOOD.replace("derived: {warm: {formula: air.temperature > 20}}\n", "")
    file.write_text(text.replace(old, new), encoding="utf-8")
    result = _run("check", file)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "1 problem in 1 of 1 file" in result.stderr


def test_check_warns_without_failing(folder):
    file = folder / "box" / "twin.yaml"
    file.write_text(
        GOOD + "loops: {l: {input: air.temperature, output: heater, setpoint: 2}}\n",
        encoding="utf-8",
    )
    result = _run("check", file)
    assert result.exit_code == 0
    assert "warning: " in result.stdout
    assert "loops.l.output" in result.stdout


def test_check_of_nothing_is_wrong_usage(tmp_path):
    assert _run("check", tmp_path / "nowhere").exit_code == 2
    assert _run("check", tmp_path).exit_code == 2
    assert _run("check").exit_code == 2


def test_scan_prints_json_in_the_known_shape(folder):
    result = _run("scan", folder)
    assert result.exit_code == 0
    (row,) = json.loads(result.stdout)["twins"]
    assert row == {
        "path": str(folder / "box" / "twin.yaml"),
        "id": "dt:Box_001",
        "name": "Box",
        "tenant": "demo",
        "metadata": {"status": "instantiated", "name": "Box"},
        "interfaces": {"api": None, "data_streams": []},
        "dependencies": {"static": [], "dynamic": []},
    }


def test_scan_tells_broken_files_on_the_other_stream(folder):
    _bad(folder)
    result = _run("scan", folder)
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["twins"]) == 1
    assert "nmae" in result.stderr
    assert _run("scan", folder / "nowhere").exit_code == 2


def test_schema_prints_the_schema():
    assert _run("schema").stdout == schema.text()
