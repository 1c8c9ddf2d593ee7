"""A rule for readings that are not good enough, whatever their value."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec
import numpy as np

from dt.errors import RuleError
from dt.processing.formula import Past
from dt.rules.description import Clause
from dt.rules.expression import parse
from dt.rules.seam import NO_READING, Conditions, Marks, Truth, Truths
from dt.twin.quality import score_of
from dt.twin.readings import Floats, Ints


class ScoreOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of the kind ``quality``.

    Attributes:
        signal: Of the twin.
        below: The rule fires below this score, 0–1: 1 bad is 0, uncertain about 0.5.
    """

    signal: str
    below: float = 0.5


class QualityKind:
    """The score of a signal's readings."""

    Options: ClassVar[type[msgspec.Struct]] = ScoreOptions

    def conditions(self, options: ScoreOptions, units: Mapping[str, str]) -> Conditions:
        """Return what the options mean (see `dt.rules.seam.Kind`)."""
        if not 0 < options.below <= 1:
            raise RuleError(f"below: saw {options.below:g}, expected more than 0 to 1")
        name = parse(options.signal, units).names[0]
        return Conditions(when=ScoreBelow(name, options.below))


class ScoreBelow:
    """Holds where a reading's score is below a limit; without a reading it is unknown."""

    remembers = False

    def __init__(self, name: str, limit: float) -> None:
        self.names: tuple[str, ...] = (name,)
        self.text = f"quality of {name} < {limit:g}"
        self._most = round(limit * 100)

    def judge(
        self,
        values: Sequence[float],  # noqa: ARG002 - the code says all
        codes: Sequence[int],
        at: int,  # noqa: ARG002
        past: tuple[Past, ...],
    ) -> tuple[Truth, tuple[Past, ...]]:
        """Return whether it holds (see `dt.rules.seam.Condition`)."""
        if codes[0] == NO_READING:
            return Truth.UNKNOWN, past
        return Truth(100 - (codes[0] >> 8) < self._most), past

    def judge_all(
        self,
        values: Sequence[Floats],  # noqa: ARG002 - the code says all
        codes: Sequence[Marks],
        at: Ints,  # noqa: ARG002
    ) -> Truths:
        """Return whether it holds, row after row (see `dt.rules.seam.Condition`)."""
        low = 100 - (codes[0] >> 8) < self._most
        return np.where(codes[0] == NO_READING, Truth.UNKNOWN, low).astype(np.int8)

    def clauses(
        self,
        values: Sequence[float],  # noqa: ARG002 - the code says all
        codes: Sequence[int],
    ) -> tuple[Clause, ...]:
        """Return the one part (see `dt.rules.seam.Condition`)."""
        known = codes[0] != NO_READING
        held = 100 - (codes[0] >> 8) < self._most if known else None
        score = f" (is {score_of(codes[0]):.2g})" if known else ""
        return (Clause(text=self.text + score, held=held),)
