"""A rule that says its condition itself: ``when: "soil.moisture < 30"``."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from dt.rules.expression import parse
from dt.rules.seam import Conditions


class FormulasOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of the kind ``expression``.

    Attributes:
        when: A formula over signals of the twin; the rule fires where it holds.
        clear: A formula; the rule clears where it holds; None: where `when` does not.
    """

    when: str
    clear: str | None = None


class ExpressionKind:
    """Formulas over any signals of the twin."""

    Options: ClassVar[type[msgspec.Struct]] = FormulasOptions

    def conditions(self, options: FormulasOptions, units: Mapping[str, str]) -> Conditions:
        """Return what the options mean (see `dt.rules.seam.Kind`)."""
        clear = None if options.clear is None else parse(options.clear, units)
        return Conditions(when=parse(options.when, units), clear=clear)
