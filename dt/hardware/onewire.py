"""The 1-Wire bus of the kernel, ``/sys/bus/w1``.

Source: Linux Documentation/w1/slaves/w1_therm.rst.
"""

import re
import struct
import threading
from pathlib import Path

from dt.errors import HardwareError
from dt.hardware import failures

_THERMOMETERS = ("10-", "22-", "28-", "3b-", "42-")
_LINE = re.compile(r"((?:[0-9a-f]{2} ){8}[0-9a-f]{2}) ?: crc=")


class LinuxOneWire:
    """The thermometers that the kernel found on all 1-Wire pins.

    Args:
        root: Where /sys is, for tests.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self.name = "1-wire"
        self._devices = root / "sys/bus/w1/devices"
        self._lock = threading.Lock()

    def scan(self) -> list[str]:
        """Return the ids of the thermometers present, e.g. ``28-0316a2790aff``."""
        if not self._devices.is_dir():
            raise failures.not_there(self.name, str(self._devices), "do_onewire")
        names = (path.name for path in self._devices.iterdir())
        return sorted(name for name in names if name.startswith(_THERMOMETERS))

    def read_scratchpad(self, chip: str) -> bytes:
        """Let a chip convert (up to 750 ms) and return its 9 bytes, CRC included."""
        folder = self._devices / chip
        with self._lock:
            text = self._read(chip, folder / "w1_slave")
            if text is None:
                text = self._read(chip, folder / "temperature")
                if text is None:
                    raise failures.absent_one_wire(self.name, chip)
                return _rebuilt(chip, text)
        found = _LINE.search(text)
        if not found:
            raise HardwareError(
                f"chip {chip} gave {text[:80]!r}, expected nine bytes and a CRC",
                hint=f"{failures.WIRING} 1-wire",
            )
        return bytes.fromhex(found[1])

    def close(self) -> None:
        """Do nothing: the kernel holds the bus."""

    def _read(self, chip: str, path: Path) -> str | None:
        """Return what the kernel says, or None if it has no such file."""
        try:
            return path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise failures.forbidden(self.name, str(path), "gpio") from error
        except OSError as error:
            raise failures.absent_one_wire(self.name, chip) from error


def crc8(data: bytes) -> int:
    """Return the 1-Wire CRC of bytes: x⁸ + x⁵ + x⁴ + 1, reflected.

    Source: Maxim application note 27.
    """
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
    return crc


def _rebuilt(chip: str, text: str) -> bytes:
    """Return a scratchpad that says a temperature given in 1/1000 Cel."""
    try:
        raw = round(int(text) * 16 / 1000)
        head = struct.pack("<h", raw)
    except (ValueError, struct.error) as error:
        raise HardwareError(
            f"chip {chip} gave {text[:80]!r}, expected a temperature in 1/1000 Cel",
            hint=f"{failures.WIRING} 1-wire",
        ) from error
    body = head + bytes((0x4B, 0x46, 0x7F, 0xFF, 0x10 - (raw & 0xF), 0x10))
    return body + bytes((crc8(body),))
