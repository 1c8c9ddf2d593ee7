import pytest

from collector.simulators.ads1115 import ADS1115

CHIP = ADS1115


def register(chip, pointer):
    chip.write(bytes((pointer,)))
    return int.from_bytes(chip.read(2), "big")


def convert(chip, time, config):
    chip.write(b"\x01" + config.to_bytes(2, "big"))
    time.sleep(0.2)
    return register(chip, 0)


def test_its_registers_after_power_on(chip):
    assert [register(chip, n) for n in range(4)] == [0, 0x8583, 0x8000, 0x7FFF]


def test_a_single_shot_takes_up_to_a_tenth_longer(chip, time):
    chip.write(b"\x01\xc3\x83")  # A0, 4.096 V, 128 per second
    assert not register(chip, 1) & 0x8000
    assert register(chip, 0) == 0
    time.sleep(0.0085)
    assert not register(chip, 1) & 0x8000
    time.sleep(0.0002)
    assert register(chip, 1) & 0x8000
    assert register(chip, 0) == 8000


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (0xC383, 8000),  # A0 by 4.096 V
        (0xC183, 5333),  # by 6.144 V
        (0xC983, 32767),  # by 0.512 V: beyond
        (0xD383, 2000),  # A1
        (0x8383, 6000),  # A0 - A1
        (0xB383, 0),  # A2 - A3
    ],
)
def test_multiplexer_and_gain(chip, time, config, expected):
    assert convert(chip, time, config) == expected


def test_negative_differences_are_in_twos_complement(chip, time, true):
    true["a0"] = 0.0
    assert convert(chip, time, 0x8383) == 0x10000 - 2000


def test_an_input_cannot_exceed_the_supply(chip, time, true):
    true["a0"] = 5.0
    assert convert(chip, time, 0xC183) == round(3.6 / 6.144 * 32768)


def test_without_the_start_bit_nothing_is_converted(chip, time):
    assert convert(chip, time, 0x4383) == 0


def test_continuous_mode_goes_on_by_itself(chip, time, true):
    assert convert(chip, time, 0xC283) == 8000
    true["a0"] = 0.5
    time.sleep(0.01)
    register(chip, 0)
    time.sleep(0.01)
    assert register(chip, 0) == 4000
