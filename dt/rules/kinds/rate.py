"""A rule for a value that rises or falls too fast."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from dt.errors import RuleError
from dt.rules.expression import parse
from dt.rules.seam import Conditions
from dt.twin.quantities import PerSecond


class SpeedOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of the kind ``rate``; one of `rising` and `falling`, or both.

    Attributes:
        signal: Of the twin.
        rising: The rule fires where the value rises faster than this.
        falling: And where it falls faster than this (a positive rate).
    """

    signal: str
    rising: PerSecond | None = None
    falling: PerSecond | None = None


class Rate:
    """Change between one good reading and the next."""

    Options: ClassVar[type[msgspec.Struct]] = SpeedOptions

    def conditions(self, options: SpeedOptions, units: Mapping[str, str]) -> Conditions:
        """Return what the options mean (see `dt.rules.seam.Kind`)."""
        rate = f"rate({options.signal})"
        parts: list[str] = []
        if options.rising is not None:
            parts.append(f"{rate} > {float(options.rising)!r}")
        if options.falling is not None:
            parts.append(f"{rate} < -{float(options.falling)!r}")
        if not parts:
            raise RuleError("rate: saw neither, expected rising or falling or both")
        return Conditions(when=parse(" or ".join(parts), units))
