"""A heater on a relay. It must end when its thermometer is lost: `requires`."""

from typing import ClassVar

from controller.pin_switch import PinSwitch
from controller.seam import Description


class Heater(PinSwitch):
    """See `controller.pin_switch`."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="heater",
        title="Heater on a relay",
        dangerous=True,
        limits={"max_on": "15min", "min_off": "1min"},
    )
