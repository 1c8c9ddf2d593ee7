"""DHT22 (AM2302) humidity and temperature sensor on a simulated GPIO pin.

Source: Aosong AM2302 product manual, §7 (single-bus communication).
"""

from typing import ClassVar

from dt.hardware.chip import BusName, Placement, Sense, Time

_REST_S = 2.0
_START_S = 1.0
_WAKE_US = 800
_LOW_US, _ZERO_US, _ONE_US = 50, 26, 70


class DHT22:
    """The part: woken by a low pulse, it answers with 40 bits in level lengths.

    It is silent for a second after power-on, when it is asked within two seconds of the
    last answer, and when the pulse is too short. It answers with what it measured when
    it was asked the time before.
    """

    BUS = BusName.GPIO
    PLACE = Placement(pin=4)
    SENSES: ClassVar[dict[str, str]] = {
        "temperature": "air.temperature",
        "humidity": "air.humidity",
    }

    def __init__(self, sense: Sense, time: Time) -> None:
        self._sense = sense
        self._time = time
        self._ready_at = 0.0
        self._frame: bytes | None = None

    def power_on(self) -> None:
        """Be unstable for a second."""
        self._ready_at = self._time.monotonic() + _START_S
        self._frame = None

    def pulses(self, wake_us: int) -> list[int]:
        """Answer with level lengths in µs: two to respond, 40 × (low, high), one low."""
        now = self._time.monotonic()
        if wake_us < _WAKE_US or now < self._ready_at:
            return []
        self._ready_at = now + _REST_S
        measured = self._measure()
        frame, self._frame = self._frame or measured, measured
        levels = [80, 80]
        for byte in frame:
            for place in range(7, -1, -1):
                levels += [_LOW_US, _ONE_US if byte >> place & 1 else _ZERO_US]
        return [*levels, _LOW_US]

    def edges(self) -> int:
        """Return 0: nobody counts its edges."""
        return 0

    def level(self) -> bool | None:
        """Return None: at rest the pull-up holds the line."""
        return None

    def drive(self, level: bool) -> None:
        """Ignore a level: only `pulses` wakes it."""

    def _measure(self) -> bytes:
        percent = min(max(self._sense("humidity"), 0.0), 100.0)
        celsius = min(max(self._sense("temperature"), -40.0), 80.0)
        sign = 0x8000 if celsius < 0 else 0
        data = round(percent * 10).to_bytes(2, "big")
        data += (round(abs(celsius) * 10) | sign).to_bytes(2, "big")
        return data + bytes((sum(data) & 0xFF,))
