"""What a simulated pin switches: a relay with something on it, seen from the wire.

A load knows nothing of the driver. It sees levels, and does to the simulated world what
the real thing does to the real one.
"""

from collections.abc import Callable
from typing import ClassVar

from dt.hardware.chip import BusName, Placement


class Load:
    """Something behind a relay on a pin: on or off, at once.

    Args:
        act: Takes the share 0–1 of what it does to the world.
        high: It is on at a high level.
    """

    BUS: ClassVar[BusName] = BusName.GPIO
    PLACE: ClassVar[Placement] = Placement()
    SENSES: ClassVar[dict[str, str]] = {}
    ACTS: ClassVar[str] = ""

    def __init__(self, act: Callable[[float], None], *, high: bool = True) -> None:
        self._act = act
        self._high = high

    def power_on(self) -> None:
        """Do nothing: a relay remembers nothing."""

    def pulses(self, wake_us: int) -> list[int]:  # noqa: ARG002 - of the protocol
        """Answer nothing: a relay sends no pulses."""
        return []

    def edges(self) -> int:
        """Return 0: a relay gives no edges."""
        return 0

    def level(self) -> bool | None:
        """Return None: the coil drives no level, the pin reads what was written."""
        return None

    def dim(self, share: float) -> None:
        """Do a share 0–1 of what it can."""
        self._act(share)

    def drive(self, level: bool) -> None:
        """Switch."""
        self.dim(self.told(level))

    def told(self, level: bool) -> float:
        """Return the share 0–1 that a level asks for."""
        return float(level == self._high)


class Feedback:
    """An auxiliary contact, or a detector behind a load: high while the load runs.

    Args:
        runs: Tells whether it does.
    """

    BUS: ClassVar[BusName] = BusName.GPIO
    PLACE: ClassVar[Placement] = Placement()
    SENSES: ClassVar[dict[str, str]] = {}

    def __init__(self, runs: Callable[[], bool]) -> None:
        self._runs = runs

    def power_on(self) -> None:
        """Do nothing: a contact remembers nothing."""

    def pulses(self, wake_us: int) -> list[int]:  # noqa: ARG002 - of the protocol
        """Answer nothing: a contact sends no pulses."""
        return []

    def edges(self) -> int:
        """Return 0: its edges are not counted."""
        return 0

    def level(self) -> bool:
        """Return whether the load runs."""
        return self._runs()

    def drive(self, level: bool) -> None:
        """Do nothing: it is an input."""
