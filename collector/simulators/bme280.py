"""BME280 humidity, pressure and temperature sensor on a simulated I²C bus.

Source: Bosch BST-BME280-DS002 rev. 1.6, §4.2.3 and §8.1 (compensation), §5 (registers),
§9.1 (times); trimming values of temperature and pressure from the worked example in
BST-BMP280-DS001 §3.12.
"""

import struct
from collections.abc import Callable
from typing import ClassVar

from dt.hardware.chip import BusName, NoAcknowledge, Placement, Sense, Time

_T = (27504, 26435, -1000)
_P = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
_H = (75, 362, 0, 313, 50, 30)
_TIMES = (0, 1, 2, 4, 8, 16, 16, 16)  # oversampling
_STANDBY_MS = (0.5, 62.5, 125, 250, 500, 1000, 10, 20)
_NOTHING = bytes((0x80, 0, 0, 0x80, 0, 0, 0x80, 0))  # no measurement, or left out
_START_S = 0.002


class BME280:
    """The chip: trimming values, sleep, forced and normal mode, oversampling, raw data."""

    BUS = BusName.I2C
    PLACE = Placement(address=0x77)
    SENSES: ClassVar[dict[str, str]] = {
        "temperature": "air.temperature",
        "humidity": "air.humidity",
        "pressure": "air.pressure",
    }

    def __init__(self, sense: Sense, time: Time) -> None:
        self._sense = sense
        self._time = time
        self.power_on()
        self._awake_at = 0.0

    def power_on(self) -> None:
        """Sleep; copy the trimming values, which takes 2 ms."""
        self._awake_at = self._time.monotonic() + _START_S
        self._memory = bytearray(256)
        self._memory[0x88:0xA2] = struct.pack("<HhhHhhhhhhhhxB", *_T, *_P, _H[0])
        self._memory[0xD0] = 0x60
        shared = _H[3] & 0x0F | (_H[4] & 0x0F) << 4
        fine = (_H[1], _H[2], _H[3] >> 4, shared, _H[4] >> 4, _H[5])
        self._memory[0xE1:0xE8] = struct.pack("<hBbBbb", *fine)
        self._memory[0xF7:0xFF] = _NOTHING
        self._pointer = 0
        self._humidity = 0
        self._begins = 0.0
        self._due: float | None = None

    def write(self, data: bytes) -> None:
        """Take a register address, or pairs of address and value."""
        if self._time.monotonic() < self._awake_at:
            raise NoAcknowledge
        self._settle()
        if len(data) == 1:
            self._pointer = data[0]
        for register, value in zip(data[0::2], data[1::2], strict=False):
            self._set(register, value)

    def read(self, count: int) -> bytes:
        """Answer from the pointer on, the address increasing."""
        if self._time.monotonic() < self._awake_at:
            raise NoAcknowledge
        self._settle()
        self._memory[0xF3] = 0x08 if self._measuring() else 0x00
        found = bytes(self._memory[self._pointer : self._pointer + count])
        return found + b"\x00" * (count - len(found))

    def _set(self, register: int, value: int) -> None:
        if register == 0xE0 and value == 0xB6:
            self.power_on()
        elif register == 0xF2:
            self._memory[0xF2] = value & 0x07
        elif register == 0xF4:
            self._memory[0xF4] = value
            self._humidity = self._memory[0xF2]  # only now in effect (§5.4.3)
            asleep = value & 0x03 == 0
            self._begins = self._time.monotonic()
            self._due = None if asleep else self._begins + self._measure_s()
        elif register == 0xF5 and self._memory[0xF4] & 0x03 != 0x03:
            self._memory[0xF5] = value

    def _rates(self) -> tuple[int, int, int]:
        control = self._memory[0xF4]
        return _TIMES[control >> 5], _TIMES[control >> 2 & 7], _TIMES[self._humidity]

    def _measure_s(self) -> float:
        """Return the longest time of one measurement (§9.1)."""
        t, p, h = self._rates()
        extra = 0.575 * (bool(p) + bool(h))
        return (1.25 + 2.3 * (t + p + h) + extra) / 1000

    def _measuring(self) -> bool:
        return self._due is not None and self._time.monotonic() >= self._begins

    def _settle(self) -> None:
        """Complete the measurement that has had its time."""
        now = self._time.monotonic()
        if self._due is None or now < self._due:
            return
        self._memory[0xF7:0xFF] = self._data()
        if self._memory[0xF4] & 0x03 == 0x03:
            standby = _STANDBY_MS[self._memory[0xF5] >> 5] / 1000
            self._begins = now + standby
            self._due = self._begins + self._measure_s()
        else:
            self._memory[0xF4] &= 0xFC
            self._due = None

    def _data(self) -> bytes:
        t, p, h = self._rates()
        celsius = min(max(self._sense("temperature"), -40.0), 85.0)
        adc_t = _inverse(lambda adc: _fine(adc) / 5120, celsius, 20)
        fine = _fine(adc_t)
        pascals = min(max(self._sense("pressure"), 300.0), 1100.0) * 100
        adc_p = _inverse(lambda adc: -_pascals(adc, fine), -pascals, 20)
        percent = min(max(self._sense("humidity"), 0.0), 100.0)
        adc_h = _inverse(lambda adc: _percent(adc, fine), percent, 16)
        data = _twenty(adc_p, p) + _twenty(adc_t, t)
        return data + (adc_h.to_bytes(2, "big") if h else _NOTHING[6:])


def _twenty(adc: int, times: int) -> bytes:
    """Return 20 bits in three bytes, as precise as the oversampling (§3.4.4)."""
    if not times:
        return _NOTHING[:3]
    unused = 4 - (times.bit_length() - 1)
    return (adc >> unused << unused + 4).to_bytes(3, "big")


def _inverse(function: Callable[[int], float], wanted: float, bits: int) -> int:
    """Return the raw value for which a rising function comes to what is wanted."""
    low, high = 0, (1 << bits) - 1
    while low < high:
        middle = (low + high) // 2
        if function(middle) < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _fine(adc: int) -> float:
    """Return t_fine, 5120ths of a Cel (§8.1)."""
    first = (adc / 16384 - _T[0] / 1024) * _T[1]
    return first + (adc / 131072 - _T[0] / 8192) ** 2 * _T[2]


def _pascals(adc: int, fine: float) -> float:
    """Return the pressure in Pa (§8.1)."""
    x = fine / 2 - 64000
    offset = x * x * _P[5] / 32768 + x * _P[4] * 2
    offset = offset / 4 + _P[3] * 65536
    gain = (_P[2] * x * x / 524288 + _P[1] * x) / 524288
    gain = (1 + gain / 32768) * _P[0]
    pascals = (1048576 - adc - offset / 4096) * 6250 / gain
    bent = _P[8] * pascals * pascals / 2147483648 + pascals * _P[7] / 32768
    return pascals + (bent + _P[6]) / 16


def _percent(adc: int, fine: float) -> float:
    """Return the relative humidity in % (§8.1)."""
    x = fine - 76800
    raw = adc - (_H[3] * 64 + _H[4] / 16384 * x)
    slope = 1 + _H[5] / 67108864 * x * (1 + _H[2] / 67108864 * x)
    linear = raw * _H[1] / 65536 * slope
    return linear * (1 - _H[0] * linear / 524288)
