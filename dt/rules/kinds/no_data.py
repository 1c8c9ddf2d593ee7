"""A rule for a signal that is silent: no value for too long."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from dt.errors import RuleError
from dt.rules.expression import parse
from dt.rules.seam import Conditions
from dt.twin.quantities import Seconds


class SilenceOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of the kind ``no_data``.

    Attributes:
        signal: Of the twin.
        after: Seconds without a value (a bad reading has none) until the rule fires.
    """

    signal: str
    after: Seconds


class NoData:
    """The only kind that fires because time passes."""

    Options: ClassVar[type[msgspec.Struct]] = SilenceOptions

    def conditions(self, options: SilenceOptions, units: Mapping[str, str]) -> Conditions:
        """Return what the options mean (see `dt.rules.seam.Kind`)."""
        if not options.after > 0:
            raise RuleError("after: saw 0, expected a duration above 0")
        when = parse(options.signal, units)
        return Conditions(when=when, silent_ms=round(options.after * 1000))
