"""Our pin on a stand-in for the kernel's GPIO: a gpiochip cannot be emulated by a file."""

import errno
from enum import Enum
from types import SimpleNamespace

import pytest

from dt.errors import HardwareError
from dt.hardware.gpio import LinuxPin, header_chip


class Value(Enum):
    INACTIVE = 0
    ACTIVE = 1


class Direction(Enum):
    INPUT = 1
    OUTPUT = 2


class Edge(Enum):
    NONE = 0
    RISING = 1
    BOTH = 3


class Bias(Enum):
    PULL_UP = 1


class Request:
    def __init__(self, kernel, config):
        self.kernel = kernel
        self.settings = config
        self.released = False

    def reconfigure_lines(self, config):
        self.settings = config
        self.kernel.log.append("reconfigured")

    def wait_edge_events(self, timeout):
        return bool(self.kernel.events)

    def read_edge_events(self):
        first, self.kernel.events = self.kernel.events[:16], self.kernel.events[16:]
        return first

    def get_value(self, line):
        return self.kernel.value

    def set_value(self, line, value):
        self.kernel.value = value

    def release(self):
        self.released = True
        self.kernel.log.append("released")


class Kernel:
    """What the module gpiod offers, as far as we use it."""

    line = SimpleNamespace(Value=Value, Direction=Direction, Edge=Edge, Bias=Bias)

    def __init__(self, labels):
        self.labels = labels
        self.events = []
        self.value = Value.INACTIVE
        self.log = []
        self.refuse = None

    def LineSettings(self, **settings):  # noqa: N802
        return settings

    def Chip(self, path):  # noqa: N802
        label = self.labels[path.rsplit("/", 1)[1]]
        if isinstance(label, Exception):
            raise label
        chip = SimpleNamespace(get_info=lambda: SimpleNamespace(label=label))
        return Entered(chip)

    def request_lines(self, path, consumer, config, event_buffer_size):
        if self.refuse:
            raise self.refuse
        self.log.append(("requested", path.rsplit("/", 1)[1], config))
        return Request(self, config)


class Entered:
    def __init__(self, chip):
        self.chip = chip

    def __enter__(self):
        return self.chip

    def __exit__(self, *ended):
        return None


def edges(*lengths_us, start=10_000_000):
    at, found = start, []
    for number, length in enumerate((0, *lengths_us), 1):
        at += length * 1000
        found.append(SimpleNamespace(timestamp_ns=at, line_seqno=number))
    return found


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    return Kernel({"gpiochip0": "pinctrl-bcm2835"})


@pytest.fixture
def root(tmp_path):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/gpiochip0").touch()
    return tmp_path


@pytest.fixture
def pin(kernel, root):
    return LinuxPin(23, kernel, root)


def test_pulses_are_measured_by_the_kernels_times(pin, kernel):
    kernel.events = edges(80, 80, *[50, 26] * 40, 50)
    lengths = pin.pulses(wake_us=1000, count=81, timeout_s=0.25)
    assert lengths == [*[50, 26] * 40, 50]
    (_, _, config), *rest = kernel.log
    assert config[23]["direction"] is Direction.OUTPUT
    assert rest == ["reconfigured", "released"]


def test_a_silent_line_has_no_pulses(pin):
    assert pin.pulses(wake_us=1000, count=81, timeout_s=0) == []


def test_edges_are_counted_also_when_the_buffer_lost_some(pin, kernel):
    assert pin.count() == 0
    kernel.events = edges(1, 1)
    assert pin.count() == 3
    kernel.events = [SimpleNamespace(timestamp_ns=0, line_seqno=5000)]
    assert pin.count() == 5000
    assert pin.count() == 5000


def test_a_level_is_read_and_driven(pin, kernel):
    assert pin.read() is False
    pin.write(True)
    assert kernel.value is Value.ACTIVE
    assert pin.read() is True
    pin.write(False)
    assert pin.read() is False
    pin.close()
    pin.close()
    assert kernel.log.count("released") == 2


@pytest.mark.parametrize(
    ("level", "value"), [(True, Value.ACTIVE), (False, Value.INACTIVE)]
)
def test_an_output_has_its_level_from_the_request_on(pin, kernel, level, value):
    pin.write(level)
    (asked,) = [entry for entry in kernel.log if entry[0] == "requested"]
    (settings,) = asked[2].values()
    assert settings == {"direction": Direction.OUTPUT, "output_value": value}


def test_the_chip_of_the_header_is_known_by_its_label(root, kernel):
    for name in ("gpiochip1", "gpiochip4"):
        (root / "dev" / name).touch()
    kernel.labels = {
        "gpiochip0": "gpio-brcmstb@107d508500",
        "gpiochip1": "raspberrypi-exp-gpio",
        "gpiochip4": "pinctrl-rp1",
    }
    assert header_chip(kernel, root).endswith("gpiochip4")
    kernel.labels["gpiochip4"] = "other"
    assert header_chip(kernel, root).endswith("gpiochip0")


def test_a_machine_without_pins_says_so(tmp_path, kernel):
    with pytest.raises(HardwareError, match="no GPIO pins"):
        header_chip(kernel, tmp_path)


def test_a_forbidden_chip_names_the_group(root, kernel):
    kernel.labels["gpiochip0"] = PermissionError()
    with pytest.raises(HardwareError, match="no permission") as caught:
        header_chip(kernel, root)
    assert "gpio" in caught.value.hint


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EBUSY, "busy"), "in use"),
        (OSError(errno.EINVAL, "odd"), "cannot be used"),
        (PermissionError(errno.EACCES, "no"), "no permission"),
    ],
)
def test_a_pin_that_is_refused_says_why(pin, kernel, error, said):
    kernel.refuse = error
    with pytest.raises(HardwareError, match=said):
        pin.read()
