from collector.simulators.ds18b20 import DS18B20
from dt.hardware.onewire import crc8

CHIP = DS18B20
POWER_ON = bytes.fromhex("50054b467fff0c101c")


def test_before_the_first_conversion_it_says_85_degrees(chip):
    assert chip.scratchpad() == POWER_ON


def test_a_conversion_takes_750_ms(chip, time):
    chip.convert()
    time.sleep(0.749)
    assert chip.scratchpad() == POWER_ON
    time.sleep(0.002)
    assert chip.scratchpad()[:2] == bytes((0x40, 0x01))


def test_it_answers_with_the_last_conversion(chip, time, true):
    chip.convert()
    time.sleep(0.8)
    first = chip.scratchpad()
    true["temperature"] = -10.125
    assert chip.scratchpad() == first
    chip.convert()
    time.sleep(0.8)
    assert chip.scratchpad()[:2] == bytes((0x5E, 0xFF))


def test_its_reserved_byte_and_crc_are_those_of_a_real_chip(chip, time, true):
    true["temperature"] = 16.0625
    chip.convert()
    time.sleep(0.8)
    assert chip.scratchpad().hex() == "01014b467fff0f10e3"


def test_the_crc_is_right_for_all_temperatures(chip, time, true):
    for tenths in range(-550, 1251, 7):
        true["temperature"] = tenths / 10
        chip.convert()
        time.sleep(0.8)
        data = chip.scratchpad()
        assert crc8(data[:8]) == data[8]


def test_without_supply_it_forgets(chip, time):
    chip.convert()
    chip.power_on()
    time.sleep(1)
    assert chip.scratchpad() == POWER_ON
