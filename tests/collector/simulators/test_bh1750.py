import pytest

from collector.simulators.bh1750 import BH1750

CHIP = BH1750


def counts(chip):
    return int.from_bytes(chip.read(2), "big")


def test_after_power_on_it_measures_nothing(chip, time):
    time.sleep(10)
    assert counts(chip) == 0


@pytest.mark.parametrize(
    ("mode", "after", "expected"),
    [(0x10, 0.18, 1200), (0x11, 0.18, 2400), (0x13, 0.024, 1200)],
)
def test_a_measurement_is_there_after_its_time_and_not_before(
    chip, time, mode, after, expected
):
    chip.write(bytes((mode,)))
    time.sleep(after - 0.001)
    assert counts(chip) == 0
    time.sleep(0.001)
    assert counts(chip) == expected


def test_between_two_measurements_it_gives_the_last_one(chip, time, true):
    chip.write(b"\x10")
    time.sleep(0.2)
    assert counts(chip) == 1200
    true["illuminance"] = 10.0
    assert counts(chip) == 1200
    time.sleep(0.18)
    assert counts(chip) == 12


def test_one_time_mode_measures_once_and_powers_down(chip, time, true):
    chip.write(b"\x20")
    time.sleep(0.2)
    assert counts(chip) == 1200
    true["illuminance"] = 10.0
    time.sleep(1)
    assert counts(chip) == 1200
    chip.write(b"\x07")
    assert counts(chip) == 1200, "reset is not accepted in power-down"


def test_reset_clears_the_data_register_when_powered(chip, time):
    chip.write(b"\x10")
    time.sleep(0.2)
    chip.write(b"\x07")
    assert counts(chip) == 0


def test_power_down_stops_measuring(chip, time, true):
    chip.write(b"\x10")
    time.sleep(0.2)
    assert counts(chip) == 1200
    chip.write(b"\x00")
    true["illuminance"] = 1.0
    time.sleep(1)
    assert counts(chip) == 1200


def test_a_longer_measurement_time_is_slower_and_finer(chip, time):
    chip.write(bytes((0x40 | 138 >> 5,)))
    chip.write(bytes((0x60 | 138 & 0x1F,)))
    chip.write(b"\x10")
    time.sleep(0.35)
    assert counts(chip) == 0
    time.sleep(0.01)
    assert counts(chip) == 2400


def test_only_the_first_instruction_of_a_write_is_heard(chip, time):
    chip.write(b"\x01\x10")
    time.sleep(1)
    assert counts(chip) == 0


def test_low_resolution_has_steps_of_four_counts(chip, time, true):
    true["illuminance"] = 6.0
    chip.write(b"\x13")
    time.sleep(0.03)
    assert counts(chip) == 4


def test_it_saturates(chip, time, true):
    true["illuminance"] = 1e6
    chip.write(b"\x10")
    time.sleep(0.2)
    assert counts(chip) == 0xFFFF


def test_without_supply_it_forgets(chip, time):
    chip.write(b"\x10")
    time.sleep(0.2)
    assert counts(chip) == 1200
    chip.power_on()
    time.sleep(0.2)
    assert counts(chip) == 0
