import pytest

from collector.simulators.sht31 import SHT31, _word
from dt.hardware.chip import NoAcknowledge

CHIP = SHT31
WORDS = _word(round(65 / 175 * 0xFFFF)) + _word(0x8000)


def command(chip, code):
    chip.write(code.to_bytes(2, "big"))


def test_the_checksum_is_that_of_the_datasheet():
    assert _word(0xBEEF) == b"\xbe\xef\x92"


@pytest.mark.parametrize(
    ("code", "duration"), [(0x2400, 0.015), (0x240B, 0.006), (0x2416, 0.004)]
)
def test_without_stretching_it_does_not_acknowledge_before_it_is_done(
    chip, time, code, duration
):
    command(chip, code)
    time.sleep(duration - 0.0005)
    with pytest.raises(NoAcknowledge):
        chip.read(6)
    with pytest.raises(NoAcknowledge):
        chip.write(b"\xf3\x2d")
    time.sleep(0.001)
    assert chip.read(6) == WORDS


def test_with_stretching_it_holds_the_clock_line(chip, time):
    command(chip, 0x2C06)
    before = time.monotonic()
    assert chip.read(6) == WORDS
    assert time.monotonic() - before == pytest.approx(0.015)


def test_a_measurement_is_read_once(chip, time):
    command(chip, 0x2400)
    time.sleep(0.02)
    chip.read(6)
    with pytest.raises(NoAcknowledge):
        chip.read(6)


def test_nothing_measured_is_nothing_acknowledged(chip):
    with pytest.raises(NoAcknowledge):
        chip.read(6)


def test_the_status_tells_reset_heater_and_wrong_commands(chip):
    def status():
        command(chip, 0xF32D)
        return int.from_bytes(chip.read(3)[:2], "big")

    assert status() == 0x8010
    command(chip, 0x3041)
    assert status() == 0
    command(chip, 0x306D)
    assert status() == 0x2000
    command(chip, 0x3066)
    assert status() == 0
    command(chip, 0x1234)
    assert status() == 0x0002
    command(chip, 0x3041)
    assert status() == 0


def test_in_periodic_mode_each_value_is_fetched_once(chip, time):
    command(chip, 0x2236)  # 2 Hz
    time.sleep(0.02)
    command(chip, 0xE000)
    assert chip.read(6) == WORDS
    command(chip, 0xE000)
    with pytest.raises(NoAcknowledge):
        chip.read(6)
    time.sleep(0.5)
    command(chip, 0xE000)
    assert chip.read(6) == WORDS


def test_periodic_mode_must_be_left_before_a_reset(chip, time):
    command(chip, 0x2130)
    command(chip, 0x30A2)
    assert chip._status & 0x0002
    command(chip, 0x3093)
    command(chip, 0x30A2)
    with pytest.raises(NoAcknowledge):
        chip.write(b"")
    time.sleep(0.0011)
    command(chip, 0x3780)
    assert len(chip.read(6)) == 6
