"""A rule for a value that leaves a range, with a margin for coming back."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from dt.errors import RuleError
from dt.rules.expression import parse
from dt.rules.seam import Conditions


class BandOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of the kind ``range``.

    Attributes:
        signal: Of the twin.
        low: The rule fires below this value, in the signal's unit.
        high: And above this one.
        margin: How far inside the value must be before the rule clears.
    """

    signal: str
    low: float
    high: float
    margin: float = 0.0


class Range:
    """Limits on both sides."""

    Options: ClassVar[type[msgspec.Struct]] = BandOptions

    def conditions(self, options: BandOptions, units: Mapping[str, str]) -> Conditions:
        """Return what the options mean (see `dt.rules.seam.Kind`)."""
        name, low, high, margin = (
            options.signal,
            options.low,
            options.high,
            options.margin,
        )
        if not 0 <= 2 * margin <= high - low or not low < high:
            seen = f"saw low {low:g}, high {high:g}, margin {margin:g}"
            raise RuleError(f"range: {seen}, expected room between the margins")
        inside = f"{name} >= {low + margin!r} and {name} <= {high - margin!r}"
        return Conditions(
            when=parse(f"{name} < {low!r} or {name} > {high!r}", units),
            clear=parse(inside, units),
        )
