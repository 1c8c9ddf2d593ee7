"""STEMMA soil sensor (Adafruit 4026) on a simulated I²C bus: a seesaw with one touch pad.

Source: Adafruit "seesaw" guide, register tables; Arduino Adafruit_seesaw 1.7, delays.
"""

import struct
from typing import ClassVar

from dt.hardware.chip import BusName, NoAcknowledge, Placement, Sense, Time

_REBOOT_S = 0.3
_QUICK_S = 0.00025
_SLOW_S = 0.005  # the touch pad is measured while the master waits
_HW_ID = 0x55
_VERSION = 4026 << 16 | 0x2F36  # product and day of its program
_OPTIONS = 1 << 0x00 | 1 << 0x0F
_RESET = (0x00, 0x7F)
_DRY, _WET = 200, 2000  # counts in air and in water


class StemmaSoil:
    """The board: register pairs, answers only after a delay, capacitance in counts.

    What is read too early is 0xFF; while it starts again it does not acknowledge.
    """

    BUS = BusName.I2C
    PLACE = Placement(address=0x36)
    SENSES: ClassVar[dict[str, str]] = {
        "moisture": "soil.moisture",
        "temperature": "soil.temperature",
    }

    def __init__(self, sense: Sense, time: Time) -> None:
        self._sense = sense
        self._time = time
        self._awake_at = 0.0
        self._asked: tuple[int, int] | None = None
        self._asked_at = 0.0

    def power_on(self) -> None:
        """Start the program anew."""
        self._awake_at = self._time.monotonic() + _REBOOT_S
        self._asked = None

    def write(self, data: bytes) -> None:
        """Take a register pair, and what is written to it."""
        self._check_awake()
        if len(data) < 2:
            return
        self._asked = data[0], data[1]
        self._asked_at = self._time.monotonic()
        if self._asked == _RESET and data[2:] == b"\xff":
            self.power_on()

    def read(self, count: int) -> bytes:
        """Answer with the register asked for."""
        self._check_awake()
        answer = b""
        if self._asked is not None:
            slow = self._asked[0] == 0x0F or self._asked == (0x00, 0x04)
            ready_at = self._asked_at + (_SLOW_S if slow else _QUICK_S)
            if self._time.monotonic() >= ready_at:
                answer = self._register(self._asked)
        return (answer + b"\xff" * count)[:count]

    def _check_awake(self) -> None:
        if self._time.monotonic() < self._awake_at:
            raise NoAcknowledge

    def _register(self, pair: tuple[int, int]) -> bytes:
        if pair == (0x00, 0x04):
            celsius = min(max(self._sense("temperature"), 0.0), 125.0)
            return struct.pack(">I", round(celsius * 65536))
        if pair == (0x0F, 0x10):
            share = min(max(self._sense("moisture"), 0.0), 100.0) / 100
            return struct.pack(">H", round(_DRY + share * (_WET - _DRY)))
        fixed = {
            (0x00, 0x01): bytes((_HW_ID,)),
            (0x00, 0x02): struct.pack(">I", _VERSION),
            (0x00, 0x03): struct.pack(">I", _OPTIONS),
        }
        return fixed.get(pair, b"")
