"""A fan on a relay, or dimmed by hardware PWM."""

from typing import ClassVar

from controller.dimmer import Dimmable
from controller.seam import Description


class Fan(Dimmable):
    """See `controller.dimmer`."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="fan",
        title="Fan",
        limits={"max_on": "1h"},
    )
