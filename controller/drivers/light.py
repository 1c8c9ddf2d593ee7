"""A lamp on a relay."""

from typing import ClassVar

from controller.pin_switch import PinSwitch
from controller.seam import Description


class Light(PinSwitch):
    """See `controller.pin_switch`."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="light",
        title="Lamp on a relay",
        limits={"max_on": "16h"},
    )
