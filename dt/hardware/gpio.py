"""One GPIO pin of the Raspberry Pi's header, through the kernel's gpiod.

The kernel stamps each edge when it happens, so pulse trains of 26 µs are measured well
although Python reads them late.
"""

import errno
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from dt.errors import HardwareError
from dt.hardware import failures

_EVENTS = 1024
_QUIET_S = 0.02  # a pulse train is over when nothing came for so long


class LinuxPin:
    """One pin.

    Args:
        number: BCM number.
        library: The module ``gpiod`` (version 2); tests give a stand-in.
        root: Where /dev is, for tests.
    """

    def __init__(self, number: int, library: Any = None, root: Path = Path("/")) -> None:
        self._root = root
        self.name = f"gpio/{number}"
        self._number = number
        self._gpiod: Any = library
        self._lock = threading.Lock()
        self._request: Any = None
        self._use = ""
        self._counted = 0

    def pulses(self, *, wake_us: int, count: int, timeout_s: float) -> list[int]:
        """Pull the line low, release it, return the last `count` level lengths in µs.

        The list is empty if nothing changed within `timeout_s`.
        """
        with self._lock:
            line = self._line()
            self._take("pulses", direction=line.Direction.OUTPUT)
            time.sleep(wake_us / 1e6)
            settings = self._gpiod.LineSettings(
                direction=line.Direction.INPUT,
                edge_detection=line.Edge.BOTH,
                bias=line.Bias.PULL_UP,
            )
            self._request.reconfigure_lines({self._number: settings})
            stamps = self._stamps(timeout_s)
            self._let_go()
        lengths = [(b - a) // 1000 for a, b in pairwise(stamps)]
        return lengths[-count:]

    def count(self) -> int:
        """Return the rising edges since this was first asked."""
        with self._lock:
            line = self._line()
            self._take(
                "count",
                direction=line.Direction.INPUT,
                edge_detection=line.Edge.RISING,
                bias=line.Bias.PULL_UP,
            )
            while self._request.wait_edge_events(0):
                # The kernel numbers edges also when its buffer overflowed.
                self._counted = self._request.read_edge_events()[-1].line_seqno
            return self._counted

    def read(self) -> bool:
        """Return the level."""
        with self._lock:
            line = self._line()
            if self._use not in ("write", "count"):
                self._take("read", direction=line.Direction.INPUT)
            return bool(self._request.get_value(self._number) == line.Value.ACTIVE)

    def write(self, level: bool) -> None:
        """Drive the level."""
        with self._lock:
            line = self._line()
            value = line.Value.ACTIVE if level else line.Value.INACTIVE
            self._take("write", direction=line.Direction.OUTPUT, output_value=value)
            self._request.set_value(self._number, value)

    def close(self) -> None:
        """Release the pin; again does nothing."""
        with self._lock:
            self._let_go()

    def _line(self) -> Any:
        """Return the constants of gpiod, which is imported when it is needed."""
        if self._gpiod is None:
            try:
                import gpiod  # noqa: PLC0415 - only on real pins

                self._gpiod = gpiod
            except ImportError as error:
                raise failures.no_library(self.name, "gpiod") from error
        return self._gpiod.line

    def _take(self, use: str, **settings: Any) -> None:
        """Hold the line for one use; what it was held for before ends."""
        if self._use == use:
            return
        self._let_go()
        path = header_chip(self._gpiod, self._root)
        try:
            self._request = self._gpiod.request_lines(
                path,
                consumer="dt",
                config={self._number: self._gpiod.LineSettings(**settings)},
                event_buffer_size=_EVENTS,
            )
        except PermissionError as error:
            raise failures.forbidden(self.name, path, "gpio") from error
        except OSError as error:
            raise _refused(self.name, path, error) from error
        self._use = use

    def _let_go(self) -> None:
        if self._request is not None:
            self._request.release()
        self._request, self._use, self._counted = None, "", 0

    def _stamps(self, timeout_s: float) -> list[int]:
        """Return the kernel's times of the edges in ns, until the line is quiet."""
        stamps: list[int] = []
        wait_s = timeout_s
        while len(stamps) < _EVENTS and self._request.wait_edge_events(wait_s):
            stamps += [event.timestamp_ns for event in self._request.read_edge_events()]
            wait_s = _QUIET_S
        return stamps


def header_chip(library: Any, root: Path = Path("/")) -> str:
    """Return the device of the GPIO chip whose lines are the pins of the header.

    Raises:
        HardwareError: This machine has no GPIO chip, or forbids its use.
    """
    paths = sorted((root / "dev").glob("gpiochip*"))
    for path in paths:
        try:
            with library.Chip(str(path)) as chip:
                if chip.get_info().label.startswith("pinctrl-"):
                    return str(path)
        except PermissionError as error:
            raise failures.forbidden("gpio", str(path), "gpio") from error
    if not paths:
        raise HardwareError(
            "this machine has no GPIO pins: /dev/gpiochip0 does not exist",
            hint="DT_HARDWARE=sim simulates them",
        )
    return str(paths[0])


def _refused(name: str, path: str, error: OSError) -> HardwareError:
    if error.errno == errno.EBUSY:
        return HardwareError(
            f"{name} is in use by another program or an overlay of the kernel",
            hint="see who holds it: gpioinfo",
        )
    return HardwareError(f"{name} of {path} cannot be used: {error}")
