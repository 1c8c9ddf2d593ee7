"""A PTC heater at a relay: full heat or none."""

from typing import ClassVar

from dt.hardware.loads import Load


class Heater(Load):
    """See `dt.hardware.loads`."""

    ACTS: ClassVar[str] = "heater"
