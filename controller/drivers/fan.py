"""A fan on a relay."""

from typing import ClassVar

from controller.pin_switch import PinSwitch
from controller.seam import Description


class Fan(PinSwitch):
    """See `controller.pin_switch`."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="fan",
        title="Fan on a relay",
        limits={"max_on": "1h"},
    )
