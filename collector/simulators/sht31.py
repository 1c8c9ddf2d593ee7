"""SHT31-DIS humidity and temperature sensor on a simulated I²C bus.

Source: Sensirion SHT3x-DIS datasheet version 5, §2.2 (times), §4 (commands, CRC).
"""

import struct
from typing import ClassVar

from dt.hardware.chip import BusName, NoAcknowledge, Placement, Sense, Time

_HIGH_S, _MEDIUM_S, _LOW_S = 0.015, 0.006, 0.004  # longest measurement
_START_S = 0.001
_SINGLE = {  # command: duration, clock stretching
    0x2C06: (_HIGH_S, True),
    0x2C0D: (_MEDIUM_S, True),
    0x2C10: (_LOW_S, True),
    0x2400: (_HIGH_S, False),
    0x240B: (_MEDIUM_S, False),
    0x2416: (_LOW_S, False),
}
_PERIODIC_HZ = {0x20: 0.5, 0x21: 1.0, 0x22: 2.0, 0x23: 4.0, 0x27: 10.0, 0x2B: 4.0}
_SERIAL = 0x0A5C_31D7


class SHT31:
    """The chip: single shots with and without clock stretching, periodic mode, CRC.

    A read without stretching before the measurement is complete, and a second read of
    the same one, is not acknowledged.
    """

    BUS = BusName.I2C
    PLACE = Placement(address=0x44)
    SENSES: ClassVar[dict[str, str]] = {
        "temperature": "air.temperature",
        "humidity": "air.humidity",
    }

    def __init__(self, sense: Sense, time: Time) -> None:
        self._sense = sense
        self._time = time
        self.power_on()
        self._awake_at = 0.0

    def power_on(self) -> None:
        """Be idle after 1 ms, with the alert and reset flags set."""
        self._awake_at = self._time.monotonic() + _START_S
        self._status = 0x8010
        self._answer = b""
        self._ready_at: float | None = None
        self._stretch = False
        self._period_s = 0.0

    def write(self, data: bytes) -> None:
        """Take a command of two bytes."""
        now = self._time.monotonic()
        busy = self._ready_at is not None and now < self._ready_at
        if now < self._awake_at or (busy and not self._period_s):
            raise NoAcknowledge
        if len(data) >= 2:
            self._command(int.from_bytes(data[:2], "big"), now)

    def _command(self, command: int, now: float) -> None:
        if command != 0xF32D:
            self._status &= ~0x0002
        if command in _SINGLE and not self._period_s:
            duration, self._stretch = _SINGLE[command]
            self._ready_at, self._answer = now + duration, b""
        elif command >> 8 in _PERIODIC_HZ and not self._period_s:
            self._period_s = 1 / _PERIODIC_HZ[command >> 8]
            self._ready_at, self._stretch = now + _HIGH_S, False
        elif command == 0xE000 and self._period_s:
            self._answer = b""
        elif command == 0x3093:
            self._period_s, self._ready_at, self._answer = 0.0, None, b""
        elif command == 0x30A2 and not self._period_s:
            self.power_on()
        elif not self._simple(command):
            self._status |= 0x0002

    def _simple(self, command: int) -> bool:
        """Take a command that needs no time; return whether there is such a one."""
        if command == 0xF32D:
            self._answer = _word(self._status)
        elif command == 0x3780:
            self._answer = _word(_SERIAL >> 16) + _word(_SERIAL & 0xFFFF)
        elif command == 0x3041:
            self._status &= ~0x8C10
        elif command in (0x306D, 0x3066):
            heater = 0x2000 if command == 0x306D else 0
            self._status = self._status & ~0x2000 | heater
        else:
            return False
        return True

    def read(self, count: int) -> bytes:
        """Answer with words and their CRCs."""
        if self._ready_at is not None and not self._answer:
            left = self._ready_at - self._time.monotonic()
            if left > 0 and not self._stretch:
                raise NoAcknowledge
            self._time.sleep(max(left, 0.0))  # the chip holds the clock line
            self._answer = self._measure()
            again = self._time.monotonic() + self._period_s
            self._ready_at = again if self._period_s else None
        if not self._answer:
            raise NoAcknowledge
        answer, self._answer = self._answer, b""
        return (answer + b"\xff" * count)[:count]

    def _measure(self) -> bytes:
        celsius = min(max(self._sense("temperature"), -45.0), 130.0)
        percent = min(max(self._sense("humidity"), 0.0), 100.0)
        temperature = round((celsius + 45) / 175 * 0xFFFF)
        return _word(temperature) + _word(round(percent / 100 * 0xFFFF))


def _word(value: int) -> bytes:
    """Return a word with its CRC: polynomial 0x31, begun with 0xFF (§4.12)."""
    data = struct.pack(">H", value)
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31 if crc & 0x80 else crc << 1) & 0xFF
    return data + bytes((crc,))
