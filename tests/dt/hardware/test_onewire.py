import pytest

from dt.errors import HardwareAbsentError, HardwareError
from dt.hardware.onewire import LinuxOneWire, crc8

CHIP = "28-0316a2790aff"
LINES = "01 01 4b 46 7f ff 0f 10 e3 : crc=e3 {crc}\n01 01 4b 46 7f ff 0f 10 e3 t=16062\n"


@pytest.fixture
def devices(tmp_path):
    folder = tmp_path / "sys/bus/w1/devices"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def bus(tmp_path):
    return LinuxOneWire(tmp_path)


def chip(devices, name=CHIP, **files):
    folder = devices / name
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text)


def test_a_scan_names_the_thermometers_only(devices, bus):
    for name in ("w1_bus_master1", "28-0000000000bb", "10-0000000000aa", "29-000000000001"):
        chip(devices, name)
    assert bus.scan() == ["10-0000000000aa", "28-0000000000bb"]


@pytest.mark.parametrize("crc", ["YES", "NO"])
def test_the_nine_bytes_are_given_whatever_the_kernel_thinks_of_them(devices, bus, crc):
    chip(devices, w1_slave=LINES.format(crc=crc))
    assert bus.read_scratchpad(CHIP).hex() == "01014b467fff0f10e3"


@pytest.mark.parametrize(("text", "raw"), [("16062\n", 257), ("-10125\n", -162), ("0", 0)])
def test_a_kernel_with_temperature_only_is_understood(devices, bus, text, raw):
    chip(devices, temperature=text)
    data = bus.read_scratchpad(CHIP)
    assert int.from_bytes(data[:2], "little", signed=True) == raw
    assert crc8(data[:8]) == data[8]


def test_a_chip_that_is_gone_is_absent(devices, bus):
    with pytest.raises(HardwareAbsentError, match=CHIP):
        bus.read_scratchpad(CHIP)
    chip(devices)
    with pytest.raises(HardwareAbsentError, match=CHIP):
        bus.read_scratchpad(CHIP)


@pytest.mark.parametrize("files", [{"w1_slave": ""}, {"temperature": "warm"}])
def test_what_is_no_reading_is_an_error(devices, bus, files):
    chip(devices, **files)
    with pytest.raises(HardwareError, match="expected"):
        bus.read_scratchpad(CHIP)


def test_a_kernel_error_is_an_absent_chip(devices, bus):
    chip(devices)
    (devices / CHIP / "w1_slave").mkdir()
    with pytest.raises(HardwareAbsentError):
        bus.read_scratchpad(CHIP)


def test_a_machine_without_the_bus_says_how_to_switch_it_on(bus):
    with pytest.raises(HardwareError, match="does not exist") as caught:
        bus.scan()
    assert "do_onewire" in caught.value.hint
    bus.close()
