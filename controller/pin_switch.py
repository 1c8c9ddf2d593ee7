"""Whatever a level on one GPIO pin switches: the part that all such drivers share."""

from typing import Annotated, ClassVar, Literal

import msgspec

from dt.hardware.bus import Buses, GpioPin
from dt.twin.command import OFF, ON, Command, Verb


class PinOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a switch on a pin.

    Attributes:
        pin: BCM number, 0–27.
        active: Level at which it is on: ``high`` or ``low``.
        acts: What it does in a simulated world: ``pump``, ``light``, ``heater`` or
            ``fan``; empty: its name in the twin.
        feedback: BCM number of a pin that is high while it really runs; None: what
            the pin was told is reported.
    """

    pin: Annotated[int, msgspec.Meta(ge=0, le=27)]
    active: Literal["high", "low"] = "high"
    acts: str = ""
    feedback: Annotated[int, msgspec.Meta(ge=0, le=27)] | None = None


class PinSwitch:
    """A switch on a pin. The pin is an output from its first command on, at that level.

    Args:
        options: Of the driver.
        buses: Where the pin is.
        name: Of the actuator in its twin.
    """

    Options: ClassVar[type[msgspec.Struct]] = PinOptions
    VERBS: frozenset[Verb] = frozenset({Verb.ON, Verb.OFF})

    def __init__(self, options: PinOptions, buses: Buses, name: str) -> None:
        self._options = options
        self._buses = buses
        self.name = name
        self._pin: GpioPin | None = None
        self._feedback: GpioPin | None = None

    def apply(self, command: Command) -> None:
        """Drive the level that the command means."""
        if self._pin is None:
            self._pin = self._buses.pin(self._options.pin)
        self._pin.write(command.on == (self._options.active == "high"))

    def report(self) -> Command | None:
        """Return what its feedback says, or what the level of the pin means.

        None before the first command, if there is no feedback.
        """
        if self._options.feedback is not None:
            if self._feedback is None:
                self._feedback = self._buses.pin(self._options.feedback)
            return ON if self._feedback.read() else OFF
        if self._pin is None:
            return None
        on = self._pin.read() == (self._options.active == "high")
        return ON if on else OFF

    def close(self) -> None:
        """Let go of its pins; again does nothing."""
        for pin in (self._pin, self._feedback):
            if pin is not None:
                pin.close()
        self._pin = self._feedback = None
