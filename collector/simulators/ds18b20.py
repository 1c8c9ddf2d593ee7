"""DS18B20 thermometer on a simulated 1-Wire bus.

Source: Maxim DS18B20 datasheet 19-7487 Rev. 6, figs. 4, 9, 10; the reserved byte 6 as
Linux Documentation/ABI/testing/sysfs-driver-w1_therm uses it.
"""

from typing import ClassVar

from dt.hardware.chip import BusName, Placement, Sense, Time

_CONVERT_12_BIT_S = 0.75
_POWER_ON_RAW = 0x0550  # 85 Cel
_POWER_ON_COUNT = 0x0C
_HEAD = bytes((0x4B, 0x46))  # alarm limits from the factory


class DS18B20:
    """The chip: 750 ms conversions, 85 Cel after power-on, a CRC of the scratchpad."""

    BUS = BusName.ONE_WIRE
    PLACE = Placement(id="28-0316a2790aff")
    SENSES: ClassVar[dict[str, str]] = {"temperature": "soil.temperature"}

    def __init__(self, sense: Sense, time: Time) -> None:
        self._sense = sense
        self._time = time
        self.power_on()

    def power_on(self) -> None:
        """Forget the temperature; 12 bits are kept in the EEPROM."""
        self._raw = _POWER_ON_RAW
        self._count = _POWER_ON_COUNT
        self._due: float | None = None

    def convert(self) -> None:
        """Begin a conversion."""
        self._due = self._time.monotonic() + _CONVERT_12_BIT_S

    def conversion_s(self) -> float:
        """Return how long a conversion takes at 12 bits."""
        return _CONVERT_12_BIT_S

    def scratchpad(self) -> bytes:
        """Answer with the scratchpad; the temperature is that of the last conversion."""
        if self._due is not None and self._time.monotonic() >= self._due:
            celsius = min(max(self._sense("temperature"), -55.0), 125.0)
            self._raw = round(celsius * 16)
            self._count = 0x10 - (self._raw & 0x0F)
            self._due = None
        body = (self._raw & 0xFFFF).to_bytes(2, "little") + _HEAD
        body += bytes((0x7F, 0xFF, self._count, 0x10))
        return body + bytes((_crc(body),))


def _crc(data: bytes) -> int:
    """Return the CRC of bytes, the least significant bit first (fig. 11)."""
    register = 0
    for byte in data:
        for place in range(8):
            mixed = (register ^ byte >> place) & 1
            register = register >> 1 ^ (0x8C if mixed else 0)
    return register
