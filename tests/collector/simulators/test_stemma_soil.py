import pytest

from collector.simulators.stemma_soil import StemmaSoil
from dt.hardware.chip import NoAcknowledge

CHIP = StemmaSoil


def ask(chip, time, base, function, count, wait=0.006):
    chip.write(bytes((base, function)))
    time.sleep(wait)
    return chip.read(count)


def test_it_says_what_it_is(chip, time):
    assert ask(chip, time, 0x00, 0x01, 1) == b"\x55"
    assert int.from_bytes(ask(chip, time, 0x00, 0x02, 4), "big") >> 16 == 4026
    assert ask(chip, time, 0x00, 0x03, 4) == b"\x00\x00\x80\x01"


@pytest.mark.parametrize(
    ("percent", "counts"), [(0, 200), (50, 1100), (100, 2000), (150, 2000)]
)
def test_moisture_is_counts_of_capacitance(chip, time, true, percent, counts):
    true["moisture"] = percent
    assert int.from_bytes(ask(chip, time, 0x0F, 0x10, 2), "big") == counts


def test_the_temperature_is_in_65536ths_of_a_degree(chip, time):
    assert ask(chip, time, 0x00, 0x04, 4) == (20 * 65536).to_bytes(4, "big")


@pytest.mark.parametrize("pair", [(0x0F, 0x10), (0x00, 0x04)])
def test_read_too_early_it_gives_rubbish(chip, time, pair):
    assert ask(chip, time, *pair, 2, wait=0.004) == b"\xff\xff"


def test_a_register_that_it_has_not_gives_rubbish(chip, time):
    assert ask(chip, time, 0x09, 0x07, 2) == b"\xff\xff"
    assert chip.read(3) == b"\xff\xff\xff"


def test_after_a_reset_it_does_not_acknowledge_for_a_while(chip, time):
    chip.write(b"\x00\x7f\xff")
    time.sleep(0.29)
    with pytest.raises(NoAcknowledge):
        chip.write(b"")
    with pytest.raises(NoAcknowledge):
        chip.read(1)
    time.sleep(0.02)
    assert ask(chip, time, 0x00, 0x01, 1) == b"\x55"
