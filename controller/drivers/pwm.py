"""A lamp, fan or heater that is dimmed by hardware PWM."""

from typing import Annotated, ClassVar

import msgspec

from controller.seam import Description
from dt.hardware.bus import Buses, PwmOutput
from dt.twin.command import OFF, Command, Verb


class PwmOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        channel: On the PWM chip; GPIO 12 and 18 are 0, 13 and 19 are 1 up to a Pi 4.
        chip: Number of the PWM chip.
        frequency: In Hz.
        acts: What it does in a simulated world; empty: its name in the twin.
    """

    channel: Annotated[int, msgspec.Meta(ge=0, le=15)]
    chip: Annotated[int, msgspec.Meta(ge=0, le=15)] = 0
    frequency: Annotated[float, msgspec.Meta(gt=0, le=100_000)] = 1000.0
    acts: str = ""


class Pwm:
    """Gives a share of the time; ON is all of it."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="pwm",
        title="Dimmed by hardware PWM",
        source="Linux, Documentation/driver-api/pwm.rst",
    )
    Options: ClassVar[type[msgspec.Struct]] = PwmOptions
    VERBS: frozenset[Verb] = frozenset({Verb.ON, Verb.OFF, Verb.SET_PWM})

    def __init__(self, options: PwmOptions, buses: Buses, name: str) -> None:
        self._options = options
        self._buses = buses
        self.name = name
        self._output: PwmOutput | None = None

    def apply(self, command: Command) -> None:
        """Give the share that the command means."""
        if self._output is None:
            self._output = self._buses.pwm(self._options.chip, self._options.channel)
        share = float(command.on) if command.value is None else command.value
        self._output.write(share, self._options.frequency)

    def report(self) -> Command | None:
        """Return what the channel gives; None before the first command."""
        if self._output is None:
            return None
        share = self._output.read()
        return Command(verb=Verb.SET_PWM, value=round(share, 4)) if share > 0 else OFF

    def close(self) -> None:
        """Let go of the channel; again does nothing."""
        if self._output is not None:
            self._output.close()
            self._output = None
