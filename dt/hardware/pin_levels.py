"""The levels that simulated output pins have, kept outside the process.

A real pin may stay as it is when the process that drove it is killed, and so does what
it switches. Simulated pins are no kinder: their levels are files in memory (tmpfs).
"""

from contextlib import suppress
from pathlib import Path

from dt.hardware.world_files import replace


class PinLevels:
    """The levels of all pins.

    Args:
        folder: Where they are kept; None: in this object only.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._levels: dict[str, bool] = {}
        self._shares: dict[str, float] = {}

    def share(self, channel: str) -> float:
        """Return the share 0–1 of a PWM channel or load; one never driven gives 0."""
        if self._folder is None:
            return self._shares.get(channel, 0.0)
        with suppress(OSError, ValueError):
            return float((self._folder / channel).read_text())
        return 0.0

    def give(self, channel: str, share: float) -> None:
        """Let a PWM channel give, or a load do, a share 0–1."""
        self._shares[channel] = share
        if self._folder is not None:
            replace(self._folder / channel, f"{share:g}")

    def read(self, pin: str) -> bool:
        """Return the level of a pin; one that nobody ever drove is low."""
        if self._folder is None:
            return self._levels.get(pin, False)
        with suppress(OSError):
            return (self._folder / pin).read_text() == "1"
        return False

    def write(self, pin: str, level: bool) -> None:
        """Drive a pin."""
        self._levels[pin] = level
        if self._folder is not None:
            replace(self._folder / pin, "1" if level else "0")
