"""Values that others push: ``POST /api/v1/readings`` of the dashboard's process.

Nothing runs here: the driver declares which signals are filled from outside, so that
they have a unit, a judge and a place on the dashboard before the first push.
"""

from typing import ClassVar

import msgspec

from collector.seam import BusKind, Context, Description
from dt.clock import Clock
from dt.hardware.bus import Buses


class HttpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The driver has no options."""


class Http:
    """Neither asks nor tells: it is pushed to."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="http",
        title="Pushed over HTTP",
        bus=BusKind.NONE,
        source="docs/http.md, POST /api/v1/readings",
    )
    Options: ClassVar[type[msgspec.Struct]] = HttpOptions

    def __init__(
        self, options: HttpOptions, buses: Buses, clock: Clock, context: Context
    ) -> None:
        del options, buses, clock
        self.signals = tuple(f"{context.twin}/{name}" for name in context.reads.values())
