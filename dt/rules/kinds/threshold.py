"""A rule for a value above or below a limit, with a margin for clearing."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from dt.errors import RuleError
from dt.rules.expression import parse
from dt.rules.seam import Conditions


class LimitOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of the kind ``threshold``.

    Attributes:
        signal: Of the twin.
        above: The rule fires above this value, in the signal's unit.
        below: Or below this one; exactly one of the two.
        margin: How far the value must come back before the rule clears.
    """

    signal: str
    above: float | None = None
    below: float | None = None
    margin: float = 0.0


class Threshold:
    """A limit on one side."""

    Options: ClassVar[type[msgspec.Struct]] = LimitOptions

    def conditions(self, options: LimitOptions, units: Mapping[str, str]) -> Conditions:
        """Return what the options mean (see `dt.rules.seam.Kind`)."""
        if (options.above is None) == (options.below is None):
            raise RuleError("threshold: saw both or none, expected above or below")
        if not options.margin >= 0:
            raise RuleError(f"margin: saw {options.margin:g}, expected 0 or more")
        name = options.signal
        if options.above is not None:
            when, clear = f"{name} > {options.above!r}", options.above - options.margin
            return Conditions(
                when=parse(when, units), clear=parse(f"{name} <= {clear!r}", units)
            )
        low = options.below or 0.0
        return Conditions(
            when=parse(f"{name} < {low!r}", units),
            clear=parse(f"{name} >= {low + options.margin!r}", units),
        )
