"""BH1750FVI ambient light sensor on a simulated I²C bus.

Source: ROHM BH1750FVI datasheet 2011.11 Rev. D, instruction set p. 5, timing p. 2.
"""

from typing import ClassVar

from dt.hardware.chip import BusName, Placement, Sense, Time

_TIME_H_S = 0.180  # longest, at the default measurement time
_TIME_L_S = 0.024
_MT_DEFAULT = 69


class BH1750:
    """The chip: power-down, one-time and continuous modes, measurement time register.

    What is read before a measurement is complete is the one before, or 0.
    """

    BUS = BusName.I2C
    PLACE = Placement(address=0x23)
    SENSES: ClassVar[dict[str, str]] = {"illuminance": "light"}

    def __init__(self, sense: Sense, time: Time) -> None:
        self._sense = sense
        self._time = time
        self.power_on()

    def power_on(self) -> None:
        """Start in power-down, with an empty data register."""
        self._powered = False
        self._mode = 0
        self._mt = _MT_DEFAULT
        self._data = 0
        self._due: float | None = None

    def write(self, data: bytes) -> None:
        """Take one instruction; more need a stop in between and are not heard."""
        if not data:
            return
        self._settle()
        code = data[0]
        if code == 0x00:
            self._powered, self._mode, self._due = False, 0, None
        elif code == 0x01:
            self._powered = True
        elif code == 0x07:
            self._data = self._data if not self._powered else 0
        elif code & 0xF8 == 0x40:
            self._mt = self._mt & 0x1F | (code & 0x07) << 5
        elif code & 0xE0 == 0x60:
            self._mt = self._mt & 0xE0 | code & 0x1F
        elif code in (0x10, 0x11, 0x13, 0x20, 0x21, 0x23):
            self._powered, self._mode = True, code
            self._due = self._time.monotonic() + self._measure_s()

    def read(self, count: int) -> bytes:
        """Answer with the data register, high byte first."""
        self._settle()
        answer = self._data.to_bytes(2, "big") + b"\xff" * count
        return answer[:count]

    def _measure_s(self) -> float:
        full = _TIME_L_S if self._mode & 0x03 == 0x03 else _TIME_H_S
        return full * self._mt / _MT_DEFAULT

    def _settle(self) -> None:
        """Complete the measurement that has had its time."""
        now = self._time.monotonic()
        if self._due is None or now < self._due:
            return
        self._data = self._counts(self._sense("illuminance"))
        if self._mode & 0x20:
            self._powered, self._mode, self._due = False, 0, None
        else:
            periods = (now - self._due) // self._measure_s() + 1
            self._due += periods * self._measure_s()

    def _counts(self, lux: float) -> int:
        fine = 2 if self._mode & 0x03 == 0x01 else 1
        counts = round(max(lux, 0.0) * 1.2 * fine * self._mt / _MT_DEFAULT)
        if self._mode & 0x03 == 0x03:
            counts &= ~0x03  # 4 lx steps
        return min(counts, 0xFFFF)
