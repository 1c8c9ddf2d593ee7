"""A pump on a relay. Water that runs too long does harm: give it limits."""

from typing import ClassVar

from controller.pin_switch import PinSwitch
from controller.seam import Description


class Pump(PinSwitch):
    """See `controller.pin_switch`."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="pump",
        title="Pump on a relay",
        dangerous=True,
        limits={"max_on": "30s", "min_off": "10min", "duty": "120s/h"},
    )
