import pytest

from collector.drivers.ds18b20 import celsius
from dt.errors import ChecksumError, HardwareAbsentError, HardwareError
from dt.hardware.faults import Fault, FaultKind
from dt.hardware.onewire import crc8


def scratchpad(low, high, count=None):
    body = bytes((low, high, 0x4B, 0x46, 0x7F, 0xFF))
    body += bytes((0x10 - (low & 0x0F) if count is None else count, 0x10))
    return body + bytes((crc8(body),))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0x07D0, 125.0),
        (0x0550, 85.0),
        (0x0191, 25.0625),
        (0x00A2, 10.125),
        (0x0008, 0.5),
        (0x0000, 0.0),
        (0xFFF8, -0.5),
        (0xFF5E, -10.125),
        (0xFE6F, -25.0625),
        (0xFC90, -55.0),
    ],
)
def test_the_table_of_the_datasheet_holds(word, expected):
    assert celsius("28-1", scratchpad(word & 0xFF, word >> 8)) == expected


def test_the_power_on_value_is_told_from_a_true_85_degrees():
    with pytest.raises(HardwareError, match="power-on value"):
        celsius("28-1", bytes.fromhex("50054b467fff0c101c"))
    assert celsius("28-1", scratchpad(0x50, 0x05)) == 85


def test_a_line_held_low_is_not_zero_degrees():
    with pytest.raises(HardwareError, match="held low"):
        celsius("28-1", bytes(9))


@pytest.mark.parametrize("bit", range(72))
def test_no_single_wrong_bit_passes(bit):
    damaged = bytearray(scratchpad(0x91, 0x01))
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ChecksumError):
        celsius("28-1", bytes(damaged))


def test_several_chips_are_told_apart_by_id(bench, read):
    bench.plug("ds18b20", id="28-000000000001")
    bench.plug("ds18b20", id="28-000000000002", reads={"temperature": "air.temperature"})
    soil = bench.driver("ds18b20", id="28-000000000001")
    air = bench.driver("ds18b20", id="28-000000000002")
    soil.open()
    air.open()
    assert read(soil)["temperature"] == 18.5
    assert read(air)["temperature"] == pytest.approx(23.4, abs=0.0625)


def test_without_an_id_there_must_be_only_one(bench):
    bench.plug("ds18b20", id="28-000000000001")
    bench.plug("ds18b20", id="28-000000000002")
    with pytest.raises(HardwareError, match="2 chips") as caught:
        bench.driver("ds18b20").open()
    assert "28-000000000001" in caught.value.hint


def test_an_id_that_is_not_there_is_absent(bench):
    bench.plug("ds18b20", id="28-000000000001")
    with pytest.raises(HardwareAbsentError, match="28-00000000abcd"):
        bench.driver("ds18b20", id="28-00000000ABCD").open()


def test_power_lost_in_a_conversion_is_an_error_not_85_degrees(bench, read):
    target = bench.plug("ds18b20")
    sensor = bench.driver("ds18b20")
    sensor.open()
    bench.faults.inject(target, Fault(kind=FaultKind.POWER_LOSS))
    with pytest.raises(HardwareError, match="lost its supply"):
        sensor.read()
    bench.faults.clear()
    assert read(sensor)["temperature"] == 18.5
