import logging
import os
import random

import pytest

from dt.errors import ConfigError
from dt.hardware.chip import VirtualTime
from dt.hardware.faults import Fault, FaultKind, Faults, WorldFile, parse_world


@pytest.fixture
def faults():
    return Faults(random.Random(7))


def test_a_fault_strikes_its_target_until_it_is_taken_off(faults):
    faults.inject("i2c-1/0x23", Fault(kind=FaultKind.NO_ACK))
    for _ in range(5):
        assert faults.strike(FaultKind.NO_ACK, "i2c-1", "i2c-1/0x23")
    assert not faults.strike(FaultKind.NO_ACK, "i2c-1", "i2c-1/0x44")
    assert not faults.strike(FaultKind.SLOW, "i2c-1/0x23")
    faults.clear("i2c-1/0x23")
    assert not faults.strike(FaultKind.NO_ACK, "i2c-1/0x23")


def test_a_counted_fault_is_over_when_it_has_struck_so_often(faults):
    faults.inject("gpio/4", Fault(kind=FaultKind.NO_ACK, times=2))
    faults.inject("gpio/4", Fault(kind=FaultKind.SLOW, times=1))
    struck = [bool(faults.strike(FaultKind.NO_ACK, "gpio/4")) for _ in range(4)]
    assert struck == [True, True, False, False]
    assert faults.strike(FaultKind.SLOW, "gpio/4")


def test_a_likely_fault_strikes_as_often_as_it_says(faults):
    faults.inject("1-wire", Fault(kind=FaultKind.BIT_FLIP, probability=0.25))
    struck = sum(bool(faults.strike(FaultKind.BIT_FLIP, "1-wire")) for _ in range(2000))
    assert 430 < struck < 570


def test_flipping_changes_exactly_one_bit(faults):
    for _ in range(50):
        flipped = int.from_bytes(faults.flip(b"\0" * 9), "big")
        assert flipped.bit_count() == 1
    assert faults.flip(b"") == b""


class TestAWorldFile:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "world.yaml"

    @pytest.fixture
    def time(self):
        return VirtualTime()

    @pytest.fixture
    def world(self, path, faults, time):
        return WorldFile(path, faults, time)

    def say(self, path, time, text):
        path.write_text(text)
        time.sleep(0.11)

    def test_without_a_file_nothing_is_wrong(self, world, faults):
        assert world.value("light") is None
        assert world.chips() == ()
        assert not faults.strike(FaultKind.ABSENT, "i2c-1")

    def test_it_is_followed_while_it_changes(self, world, faults, path, time):
        self.say(path, time, "values: {light: 5, i2c-1/0x23/illuminance: 7}")
        assert world.value("i2c-1/0x23/illuminance", "light") == 7
        assert world.value("air.temperature", "light") == 5
        self.say(path, time, "faults: {i2c-1/0x23: [{kind: slow, seconds: 300ms}]}")
        assert world.value("light") is None
        slow = faults.strike(FaultKind.SLOW, "i2c-1/0x23")
        assert slow.seconds == pytest.approx(0.3)
        path.unlink()
        time.sleep(0.11)
        world.look()
        assert not faults.strike(FaultKind.SLOW, "i2c-1/0x23")

    def test_it_may_be_json(self, world, faults, path, time):
        self.say(path, time, '{"faults": {"gpio": [{"kind": "absent", "times": 1}]}}')
        world.look()
        assert faults.strike(FaultKind.ABSENT, "gpio")

    def test_it_names_chips_that_no_twin_has(self, world, path, time):
        self.say(path, time, "chips: [{kind: bme280, address: 0x76}]")
        (chip,) = world.chips()
        assert (chip.kind, chip.address) == ("bme280", 0x76)

    def test_it_is_looked_at_ten_times_a_second_at_most(self, world, path, time):
        world.look()
        path.write_text("values: {light: 5}")
        assert world.value("light") is None
        time.sleep(0.1)
        assert world.value("light") == 5

    def test_a_wrong_file_is_told_once_and_changes_nothing(self, world, path, time, caplog):
        self.say(path, time, "values: {light: 5}")
        world.look()
        with caplog.at_level(logging.WARNING):
            self.say(path, time, "values: {light: bright}")
            assert world.value("light") == 5
            time.sleep(1)
            assert world.value("light") == 5
        assert len(caplog.records) == 1
        assert "world.yaml:1" in caplog.records[0].error

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("falts: {}", "did you mean faults"),
            ("faults: {i2c-1: [{kind: broken}]}", "faults"),
            ("faults: {i2c-1: [{kind: slow, secnds: 1}]}", "faults"),
            ("{", "YAML"),
        ],
    )
    def test_what_is_wrong_with_it_is_said(self, path, text, said):
        path.write_text(text)
        with pytest.raises(ConfigError, match=said):
            parse_world(path)

    def test_a_file_that_cannot_be_read_is_said(self, path):
        path.write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigError, match="cannot read"):
            parse_world(path)

    def test_the_same_file_is_not_read_again(self, world, faults, path, time):
        self.say(path, time, "faults: {gpio: [{kind: absent, times: 1}]}")
        world.look()
        assert faults.strike(FaultKind.ABSENT, "gpio")
        time.sleep(1)
        world.look()
        assert not faults.strike(FaultKind.ABSENT, "gpio"), "its count began again"
        os.utime(path, ns=(1, 1))
        time.sleep(1)
        world.look()
        assert faults.strike(FaultKind.ABSENT, "gpio")
