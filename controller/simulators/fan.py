"""A fan at a relay: full speed or none."""

from typing import ClassVar

from dt.hardware.loads import Load


class Fan(Load):
    """See `dt.hardware.loads`."""

    ACTS: ClassVar[str] = "fan"
