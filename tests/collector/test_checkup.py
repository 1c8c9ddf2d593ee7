import pytest

from collector.checkup import Standing, check_up
from dt.config import Config
from dt.hardware.chip import VirtualTime
from dt.twin.description import SensorSpec, TwinDescription
from dt.twin.document import Problem
from dt.twin.reader import Broken, TwinSet


@pytest.fixture
def config(tmp_path):
    return Config(data=str(tmp_path))


def twins(*specs, broken=()):
    sensors = {f"s{number}": spec for number, spec in enumerate(specs)}
    one = TwinDescription(id="dt:Box_001", name="Box", sensors=sensors)
    return TwinSet(twins=(one,), broken=tuple(broken))


def look(config, found, root, clock=None):
    return {
        check.name: check for check in check_up(config, found, clock or VirtualTime(), root)
    }


def test_a_machine_with_all_it_needs_is_well(config, tmp_path):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/i2c-1").touch()
    checks = look(config, twins(SensorSpec(driver="sht31")), tmp_path)
    assert checks["i2c"].standing is Standing.WELL
    assert checks["twins"].message == "dt:Box_001"
    assert checks["package Adafruit-PureIO"].message.startswith("version")
    assert {check.standing for check in checks.values()} <= {
        Standing.WELL,
        Standing.WARNING,
    }


def test_a_bus_that_is_switched_off_is_wrong_and_says_the_cure(config, tmp_path):
    found = twins(SensorSpec(driver="sht31"), SensorSpec(driver="ds18b20"))
    checks = look(config, found, tmp_path)
    assert checks["i2c"].standing is Standing.WRONG
    assert "do_i2c" in checks["i2c"].hint
    assert checks["1-wire"].standing is Standing.WRONG


def test_simulated_hardware_needs_no_devices(config, tmp_path):
    simulated = Config(data=config.data, hardware="sim")
    checks = look(simulated, twins(SensorSpec(driver="sht31")), tmp_path)
    assert "i2c" not in checks


def test_a_broken_twin_and_a_wrong_sensor_are_wrong(config, tmp_path):
    problem = Problem(file="a.yaml", line=3, path="name", seen="1", expected="text")
    broken = Broken(file="a.yaml", problems=(problem,))
    specs = (
        SensorSpec(driver="no-such"),
        SensorSpec(driver="sht31", options={"address": 9}),
    )
    checks = look(config, twins(*specs, broken=[broken]), tmp_path)
    assert "a.yaml:3" in checks["twin"].message
    assert "no-such" in checks["dt:Box_001/s0"].message
    assert "its options are wrong" in checks["dt:Box_001/s1"].message
    for name in ("twin", "dt:Box_001/s0", "dt:Box_001/s1"):
        assert checks[name].standing is Standing.WRONG


def test_no_twin_is_a_warning_with_what_to_do(config, tmp_path):
    checks = look(config, TwinSet(twins=(), broken=()), tmp_path)
    assert checks["twins"].standing is Standing.WARNING
    assert "--propose" in checks["twins"].hint


def test_a_clock_that_is_not_trusted_is_a_warning(config, tmp_path):
    class Lost(VirtualTime):
        def trusted(self):
            return False

    checks = look(config, twins(), tmp_path, Lost())
    assert checks["clock"].standing is Standing.WARNING


def test_a_data_folder_that_is_not_there_yet_is_judged_by_its_parent(tmp_path):
    config = Config(data=str(tmp_path / "not/yet"))
    assert str(tmp_path) in look(config, twins(), tmp_path)["disk"].message


def test_memory_that_a_deleted_data_folder_left_is_told_with_the_cure(config, tmp_path):
    left = tmp_path / "dev" / "shm" / "dt-0-12345678"
    left.mkdir(parents=True)
    (left / "live.db").write_bytes(bytes(200_000))
    (left / "belongs-to").write_text(f"{tmp_path / 'gone'}\n")
    check = look(config, twins(), tmp_path)["memory"]
    assert check.standing is Standing.WARNING
    assert "0.2 MB" in check.message
    assert "dt doctor --sweep" in check.hint
