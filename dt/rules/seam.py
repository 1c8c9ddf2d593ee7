"""What a kind of rule is: options of its own, and the conditions that they mean.

A kind is a class named by an entry point of ``dt.rules``. Adding one is one file, one
test and one line in the table of entry points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from dt.processing.formula import Past
from dt.rules.description import Clause
from dt.twin.readings import Floats, Ints

Truths = NDArray[np.int8]
Marks = NDArray[np.int32]

NO_READING = -1
"""In place of a code: never read, or stale."""


class Truth(IntEnum):
    """Whether a condition holds; unknown is neither, and fires and clears nothing."""

    UNKNOWN = -1
    FALSE = 0
    TRUE = 1


class Condition(Protocol):
    """Something that holds or does not, given the last reading of each signal.

    Attributes:
        text: For people and for the trace.
        names: The signals that it needs, without the twin's id.
        remembers: It must see every reading, because it compares with those before.
    """

    text: str
    names: tuple[str, ...]
    remembers: bool

    def judge(
        self,
        values: Sequence[float],
        codes: Sequence[int],
        at: int,
        past: tuple[Past, ...],
    ) -> tuple[Truth, tuple[Past, ...]]:
        """Return whether it holds, and what to remember.

        Args:
            values: Of each name; NaN: bad, stale or never read.
            codes: Quality code of each name; `NO_READING`: stale or never read.
            at: UTC ms.
            past: What the call before returned.
        """
        ...

    def judge_all(
        self, values: Sequence[Floats], codes: Sequence[Marks], at: Ints
    ) -> Truths:
        """Return what `judge` returns row after row from an empty past, shape (n,)."""
        ...

    def clauses(self, values: Sequence[float], codes: Sequence[int]) -> tuple[Clause, ...]:
        """Return the parts of the condition, and which of them hold."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the keys of a kind mean.

    Attributes:
        when: Must hold for the rule to fire; with `silent_ms` it is ignored and only its
            first name counts.
        clear: Must hold for the rule to clear; None: `when` must not hold.
        silent_ms: The rule fires when its signal had no value for so long.
    """

    when: Condition
    clear: Condition | None = None
    silent_ms: int | None = None


class Kind(Protocol):
    """A kind of rule."""

    Options: ClassVar[type[msgspec.Struct]]

    def conditions(self, options: Any, units: Mapping[str, str]) -> Conditions:
        """Return what the options mean.

        Args:
            options: An instance of `Options`.
            units: The twin's signals, each with its unit.

        Raises:
            FormulaError: A formula is wrong.
            RuleError: The options contradict each other.
        """
        ...
