"""A relay on a pin: switches anything that is only on or off."""

from typing import ClassVar

from controller.pin_switch import PinSwitch
from controller.seam import Description


class Relay(PinSwitch):
    """See `controller.pin_switch`."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="relay",
        title="Relay",
    )
