import pytest

from collector.simulators import bme280
from collector.simulators.bme280 import BME280
from dt.hardware.chip import NoAcknowledge

CHIP = BME280


def register(chip, address, count=1):
    chip.write(bytes((address,)))
    return chip.read(count)


def test_the_worked_example_of_the_datasheet_holds():
    fine = bme280._fine(519888)
    assert int(fine) == 128422
    assert fine / 5120 == pytest.approx(25.08, abs=0.005)
    assert bme280._pascals(415148, fine) == pytest.approx(100653.27, abs=0.05)


def test_it_says_what_it_is(chip):
    assert register(chip, 0xD0) == b"\x60"


def test_asleep_it_measures_nothing(chip, time):
    time.sleep(1)
    assert register(chip, 0xF7, 8) == bytes((0x80, 0, 0, 0x80, 0, 0, 0x80, 0))


def test_a_forced_measurement_takes_its_time_and_then_it_sleeps(chip, time):
    chip.write(b"\xf2\x01\xf4\x25")  # all three once, forced
    assert register(chip, 0xF3) == b"\x08"
    before = register(chip, 0xF7, 8)
    time.sleep(0.0092)
    assert register(chip, 0xF3) == b"\x08"
    assert register(chip, 0xF7, 8) == before
    time.sleep(0.0002)
    assert register(chip, 0xF3) == b"\x00"
    after = register(chip, 0xF7, 8)
    assert after != before
    assert register(chip, 0xF4) == b"\x24"
    time.sleep(1)
    assert register(chip, 0xF7, 8) == after


def test_what_is_left_out_keeps_its_reset_value(chip, time):
    chip.write(b"\xf4\x21")  # temperature only
    time.sleep(0.1)
    data = register(chip, 0xF7, 8)
    assert data[:3] == b"\x80\0\0"
    assert data[3:6] != b"\x80\0\0"
    assert data[6:] == b"\x80\0"


def test_humidity_settings_count_only_after_the_next_control_write(chip, time):
    chip.write(b"\xf4\x25")
    chip.write(b"\xf2\x01")
    time.sleep(0.1)
    assert register(chip, 0xFD, 2) == b"\x80\0"


def test_normal_mode_measures_again_and_again(chip, time, true):
    chip.write(b"\xf5\x00\xf2\x01\xf4\x27")
    time.sleep(0.02)
    first = register(chip, 0xFA, 3)
    true["temperature"] = 30.0
    time.sleep(0.02)
    assert register(chip, 0xFA, 3) != first


def test_its_settings_cannot_be_changed_in_normal_mode(chip):
    chip.write(b"\xf4\x27\xf5\xa0")
    assert register(chip, 0xF5) == b"\x00"


def test_more_oversampling_gives_more_bits(chip, time):
    chip.write(b"\xf4\x21")
    time.sleep(0.1)
    assert register(chip, 0xFC)[0] == 0
    chip.write(b"\xf4\xa1")
    time.sleep(0.1)
    assert register(chip, 0xFC)[0] & 0xF0


def test_while_it_starts_it_does_not_acknowledge(chip, time):
    chip.write(b"\xe0\xb6")
    with pytest.raises(NoAcknowledge):
        chip.read(1)
    time.sleep(0.002)
    assert register(chip, 0xD0) == b"\x60"
