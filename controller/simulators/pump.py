"""A pump of 3 W at a relay: water flows as long as the coil holds."""

from typing import ClassVar

from dt.hardware.loads import Load


class Pump(Load):
    """See `dt.hardware.loads`."""

    ACTS: ClassVar[str] = "pump"
