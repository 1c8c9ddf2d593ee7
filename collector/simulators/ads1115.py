"""ADS1115 analogue-to-digital converter on a simulated I²C bus.

Source: Texas Instruments SBAS444E, §8 (operation) and §9.6 (registers).
"""

from typing import ClassVar

from dt.hardware.chip import BusName, Placement, Sense, Time

_CONVERSION, _CONFIG = 0, 1
_POWER_ON = (0x0000, 0x8583, 0x8000, 0x7FFF)
_RATES = (8, 16, 32, 64, 128, 250, 475, 860)
_FULL_SCALE = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
_PAIRS = ((0, 1), (0, 3), (1, 3), (2, 3))
_SUPPLY = 3.3
_WAKE_S = 25e-6


class ADS1115:
    """The chip: four registers, multiplexer, gain, data rate, single-shot and continuous.

    A conversion takes up to 10 % longer than its nominal time; until then the register
    holds the one before.
    """

    BUS = BusName.I2C
    PLACE = Placement(address=0x48)
    SENSES: ClassVar[dict[str, str]] = {f"a{n}": f"voltage.a{n}" for n in range(4)}

    def __init__(self, sense: Sense, time: Time) -> None:
        self._sense = sense
        self._time = time
        self.power_on()

    def power_on(self) -> None:
        """Be powered down, with the default registers."""
        self._registers = list(_POWER_ON)
        self._pointer = 0
        self._due: float | None = None
        self._sampled = 0

    def write(self, data: bytes) -> None:
        """Take the pointer and, behind it, a register's word."""
        if not data:
            return
        self._settle()
        self._pointer = data[0] & 0x03
        if len(data) >= 3 and self._pointer != _CONVERSION:
            word = int.from_bytes(data[1:3], "big")
            self._registers[self._pointer] = word
            if self._pointer == _CONFIG:
                self._configure(word)

    def read(self, count: int) -> bytes:
        """Answer with the register pointed to."""
        self._settle()
        word = self._registers[self._pointer]
        if self._pointer == _CONFIG:
            word = word & 0x7FFF | (0x8000 if self._due is None else 0)
        return (word.to_bytes(2, "big") + b"\xff" * count)[:count]

    def _configure(self, word: int) -> None:
        single = bool(word & 0x0100)
        if single and not word & 0x8000:
            if not self._due:
                self._due = None
            return
        self._start()

    def _start(self) -> None:
        self._sampled = self._code()
        self._due = self._time.monotonic() + _WAKE_S + self._conversion_s()

    def _conversion_s(self) -> float:
        return 1.1 / _RATES[self._registers[_CONFIG] >> 5 & 0x07]

    def _settle(self) -> None:
        """Complete the conversion that has had its time."""
        if self._due is None or self._time.monotonic() < self._due:
            return
        self._registers[_CONVERSION] = self._sampled & 0xFFFF
        self._due = None
        if not self._registers[_CONFIG] & 0x0100:
            self._start()

    def _code(self) -> int:
        config = self._registers[_CONFIG]
        selected = config >> 12 & 0x07
        if selected >= 4:
            volts = self._volts(selected - 4)
        else:
            plus, minus = _PAIRS[selected]
            volts = self._volts(plus) - self._volts(minus)
        code = round(volts / _FULL_SCALE[config >> 9 & 0x07] * 32768)
        return min(max(code, -32768), 32767)

    def _volts(self, channel: int) -> float:
        return min(max(self._sense(f"a{channel}"), -0.3), _SUPPLY + 0.3)
