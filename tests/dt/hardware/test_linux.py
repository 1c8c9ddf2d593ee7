import errno
import os

import pytest

from dt.errors import BusStuckError, HardwareAbsentError, HardwareError
from dt.hardware.linux import LinuxBuses, LinuxI2C, LinuxSpi


class Kernel:
    """Stands where Adafruit_PureIO speaks to the kernel."""

    def __init__(self):
        self.present = {0x23: None, 0x36: None}
        self.quick = True
        self.asked = []
        self.closed = 0

    def _at(self, address):
        code = self.present.get(address, errno.EREMOTEIO)
        if code is not None:
            raise OSError(code, os.strerror(code))

    def write_quick(self, address):
        self.asked.append(("quick", address))
        if not self.quick:
            raise OSError(errno.EOPNOTSUPP, "not supported")
        self._at(address)

    def write_bytes(self, address, data):
        self._at(address)
        self.asked.append((address, data))

    def read_bytes(self, address, count):
        self.asked.append(("read", address))
        self._at(address)
        return b"\x05" * count

    def read_i2c_block_data(self, address, data, count):
        self._at(address)
        return bytearray(data * count)[:count]

    def close(self):
        self.closed += 1


@pytest.fixture
def kernel():
    return Kernel()


@pytest.fixture
def bus(kernel):
    return LinuxI2C(1, kernel)


def test_it_passes_bytes_on(bus, kernel):
    bus.write(0x23, b"\x10")
    assert kernel.asked == [(0x23, b"\x10")]
    assert bus.read(0x23, 2) == b"\x05\x05"
    assert bus.write_read(0x36, b"\x07", 2) == b"\x07\x07"


def test_a_scan_leaves_reserved_addresses_alone_and_reads_where_memories_live(bus, kernel):
    assert bus.scan() == [0x23, 0x36]
    asked = dict.fromkeys(address for _, address in kernel.asked)
    assert (min(asked), max(asked)) == (0x08, 0x77)
    quick = {address for how, address in kernel.asked if how == "quick"}
    assert not quick & {*range(0x30, 0x38), *range(0x50, 0x60)}


def test_an_adapter_without_empty_writes_is_scanned_by_reading(bus, kernel):
    kernel.quick = False
    assert bus.scan() == [0x23, 0x36]
    bus.write(0x23, b"")
    with pytest.raises(HardwareAbsentError):
        bus.write(0x24, b"")


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        (errno.EREMOTEIO, HardwareAbsentError, "0x23"),
        (errno.ENXIO, HardwareAbsentError, "0x23"),
        (errno.ETIMEDOUT, BusStuckError, "i2c-1 is stuck"),
        (errno.EAGAIN, BusStuckError, "i2c-1 is stuck"),
        (errno.EBUSY, HardwareError, "driver of the kernel"),
        (errno.EIO, HardwareError, "failed"),
    ],
)
def test_what_the_kernel_says_becomes_an_error_with_a_cure(bus, kernel, code, error, said):
    kernel.present[0x23] = code
    for call in (
        lambda: bus.read(0x23, 1),
        lambda: bus.write(0x23, b"\0"),
        lambda: bus.write_read(0x23, b"\0", 1),
    ):
        with pytest.raises(error, match=said) as caught:
            call()
        assert type(caught.value) is error
        assert caught.value.hint


def test_a_scan_of_a_stuck_bus_ends_at_once(bus, kernel):
    kernel.present[0x08] = errno.ETIMEDOUT
    with pytest.raises(BusStuckError):
        bus.scan()
    assert len(kernel.asked) == 1


def test_a_closed_bus_is_not_used(bus, kernel):
    bus.close()
    bus.close()
    assert kernel.closed == 1
    with pytest.raises(HardwareError, match="after it was closed"):
        bus.read(0x23, 1)


def test_a_bus_that_this_machine_has_not_says_how_to_switch_it_on():
    for call in (lambda: LinuxI2C(97), lambda: LinuxBuses().i2c(97)):
        with pytest.raises(HardwareError, match="i2c-97 cannot be opened") as caught:
            call()
        assert "raspi-config" in caught.value.hint
    with pytest.raises(HardwareError, match=r"spi-97.0 cannot be opened"):
        LinuxSpi(97)
    with pytest.raises(HardwareError, match=r"spi-97.1 cannot be opened"):
        LinuxBuses().spi(97, 1)
