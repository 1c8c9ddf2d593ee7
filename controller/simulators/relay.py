"""A relay: what hangs on it is named by `acts`, or by the actuator's name."""

from typing import ClassVar

from dt.hardware.loads import Load


class Relay(Load):
    """See `dt.hardware.loads`."""

    ACTS: ClassVar[str] = ""
