"""A lamp at a relay: full light or none."""

from typing import ClassVar

from dt.hardware.loads import Load


class Light(Load):
    """See `dt.hardware.loads`."""

    ACTS: ClassVar[str] = "light"
