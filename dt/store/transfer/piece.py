"""What formats and store hand to each other: readings by name, and rows that are wrong."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import BinaryIO, Protocol

import numpy as np

from dt.store.records import SignalRow
from dt.twin.quality import Codes, Quality, Reason, pack
from dt.twin.readings import Floats, Ids, Ints, Readings

NOT_A_NUMBER = pack(Quality.BAD, Reason.NOT_A_NUMBER)

_LONGEST = 300

Exported = tuple[SignalRow, Readings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A signal in a file.

    Attributes:
        name: Full name of the signal.
        unit: As the file says; empty: it does not.
    """

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Readings read from a file; all columns of shape (n,).

    Attributes:
        sources: What `which` points into.
        which: Index of each reading's source.
        observed_at: UTC ms.
        value: In the source's unit; NaN: no value.
        code: As `dt.twin.quality` packs it.
    """

    sources: tuple[Source, ...]
    which: Ids
    observed_at: Ints
    value: Floats
    code: Codes

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that is not taken.

    Attributes:
        line: Of the file, from 1 (rows, in Parquet).
        reason: What is wrong with it.
        text: The row, as far as it can be told.
    """

    line: int
    reason: str
    text: str = ""


Refuse = Callable[[Reject], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is to be read.

    Attributes:
        refuse: Called with each row that is wrong.
        zone: Of times that name none.
        columns: Column or field of the file to what it means: the name of a signal, one
            of ``time signal value unit quality reason score clock``, or empty: nothing.
        twin: Id of the twin that a signal without one belongs to; empty: none.
    """

    refuse: Refuse
    zone: tzinfo = UTC
    columns: dict[str, str] = field(default_factory=dict)
    twin: str = ""

    def full_name(self, said: str) -> str:
        """Return the full name of a signal as a file calls it.

        Raises:
            ValueError: It names no twin, and none was given.
        """
        name = self.columns.get(said, said).strip()
        if self.twin and "/" not in name:
            name = f"{self.twin}/{name}"
        twin, _, signal = name.partition("/")
        if not twin or not signal or not name.isprintable() or len(name) > _LONGEST:
            raise ValueError(
                f"signal is {said[:80]!r}: expected like dt:PlantBox_001/air.humidity"
            )
        return name


class Format(Protocol):
    """One format of files."""

    def write(self, readings: Iterable[Exported]) -> Iterator[bytes]:
        """Yield a file's bytes, piece by piece."""
        ...

    def read(self, stream: BinaryIO, how: Reading) -> Iterator[Piece]:
        """Yield a file's readings in bounded pieces, in the file's order."""
        ...


def without_value(value: Floats, code: Codes) -> Codes:
    """Return codes in which whatever has no value is bad.

    Args:
        value: Shape (n,); what is not finite is no value.
        code: Shape (n,).
    """
    nothing = ~np.isfinite(value) & ((code & 0x3) != 2)
    return np.where(nothing, np.uint16(NOT_A_NUMBER), code).astype(np.uint16)
