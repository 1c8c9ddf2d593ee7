"""A lamp, fan or heater that is dimmed by hardware PWM."""

from typing import Annotated, ClassVar

import msgspec

from controller.dimmer import DIMS, Dimmer, Frequency, check_pin
from controller.seam import Description
from dt.hardware.bus import Buses, PwmOutput
from dt.twin.command import Verb


class PwmOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver: `pin`, or `chip` and `channel` where there is another PWM.

    Attributes:
        pin: BCM number: 12, 13, 18 or 19.
        channel: On the PWM chip.
        chip: Number of the PWM chip.
        frequency: In Hz.
        acts: What it does in a simulated world; empty: its name in the twin.
    """

    pin: int | None = None
    channel: Annotated[int, msgspec.Meta(ge=0, le=15)] | None = None
    chip: Annotated[int, msgspec.Meta(ge=0, le=15)] = 0
    frequency: Frequency = 1000.0
    acts: str = ""

    def __post_init__(self) -> None:
        if (self.pin is None) == (self.channel is None):
            raise ValueError("either pin or channel")
        if self.pin is not None:
            check_pin(self.pin)


class Pwm(Dimmer):
    """See `controller.dimmer`."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="pwm",
        title="Dimmed by hardware PWM",
        source="Linux, Documentation/driver-api/pwm.rst",
    )
    Options: ClassVar[type[msgspec.Struct]] = PwmOptions
    VERBS: frozenset[Verb] = DIMS

    def __init__(self, options: PwmOptions, buses: Buses, name: str) -> None:
        self.name = name

        def opened() -> PwmOutput:
            if options.pin is not None:
                return buses.pwm_pin(options.pin)
            return buses.pwm(options.chip, options.channel or 0)

        super().__init__(opened, options.frequency)
