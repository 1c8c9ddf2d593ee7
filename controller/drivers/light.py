"""A lamp on a relay, or dimmed by hardware PWM."""

from typing import ClassVar

from controller.dimmer import Dimmable
from controller.seam import Description


class Light(Dimmable):
    """See `controller.dimmer`."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="light",
        title="Lamp",
        limits={"max_on": "16h"},
    )
