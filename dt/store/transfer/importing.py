"""A file's readings into the log, as one bulk import."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Protocol

import numpy as np

from dt.errors import UnitError
from dt.store.records import SignalRow
from dt.store.transfer import formats
from dt.store.transfer.piece import Piece, Reading, Reject, Source
from dt.twin.readings import Readings
from dt.twin.units import convert, known


class Signals(Protocol):
    """The part of the log that knows signals."""

    def signals(self) -> dict[str, SignalRow]:
        """Return every signal by its full name."""
        ...

    def register(self, signals: list[SignalRow]) -> dict[str, int]:
        """Return the id of each signal by its full name."""
        ...


@dataclass(slots=True, kw_only=True)
class Report:
    """What an import did.

    Attributes:
        taken: Readings.
        refused: Rows that were wrong.
        bad: Readings among `taken` without a value.
        signals: Full names, with how many readings each.
        new: Names that the log did not know.
        first, last: UTC ms of the earliest and the latest reading.
    """

    taken: int = 0
    refused: int = 0
    bad: int = 0
    signals: dict[str, int] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    first: int | None = None
    last: int | None = None


class Import:
    """Reads a file and says each reading's signal by its id.

    Args:
        log: Where signals are known and registered.
        how: How the file is to be read.
        dry: Register nothing; readings get the id 0.
    """

    def __init__(self, log: Signals, how: Reading, *, dry: bool = False) -> None:
        self._log = log
        self._how = replace(how, refuse=self._refuse)
        self._told = how.refuse
        self._dry = dry
        self._ids: dict[Source, tuple[int, str]] = {}
        self.report = Report()

    def readings(self, stream: BinaryIO, fmt: str) -> Iterator[Readings]:
        """Yield a file's readings in the units of the log.

        Raises:
            RequestError: The file is not of this format.
        """
        for piece in formats.named(fmt).read(stream, self._how):
            found = self._known(piece)
            if len(found):
                yield found

    def _refuse(self, reject: Reject) -> None:
        self.report.refused += 1
        self._told(reject)

    def _known(self, piece: Piece) -> Readings:
        ids = np.zeros(len(piece.sources), np.int32)
        value = piece.value.copy()
        keep = np.ones(len(piece), np.bool_)
        counts = np.bincount(piece.which, minlength=len(piece.sources))
        for index, source in enumerate(piece.sources):
            if not counts[index]:
                continue
            mine = piece.which == index
            try:
                ids[index], unit = self._signal(source)
                if source.unit and unit and source.unit != unit:
                    value[mine] = convert(value[mine], source.unit, unit)
            except UnitError as error:
                why = f"{counts[index]} readings of {source.name!r}: {error.message}"
                self._refuse(Reject(line=0, reason=why))
                keep &= ~mine
                continue
            self._count(source.name, int(counts[index]))
        found = Readings(
            signal=ids[piece.which],
            observed_at=piece.observed_at,
            value=value,
            code=piece.code,
        )
        found = found if keep.all() else found.take(keep)
        self._span(found)
        return found

    def _signal(self, source: Source) -> tuple[int, str]:
        if source not in self._ids:
            row = self._log.signals().get(source.name)
            if row is None:
                self.report.new.add(source.name)
                unit = source.unit if known(source.unit) else ""
                twin = source.name.partition("/")[0]
                row = SignalRow(name=source.name, twin=twin, unit=unit)
                number = 0 if self._dry else self._log.register([row])[source.name]
            else:
                number = row.id
            self._ids[source] = (number, row.unit)
        return self._ids[source]

    def _count(self, name: str, n: int) -> None:
        self.report.signals[name] = self.report.signals.get(name, 0) + n

    def _span(self, found: Readings) -> None:
        if not len(found):
            return
        report = self.report
        first, last = int(found.observed_at.min()), int(found.observed_at.max())
        report.taken += len(found)
        report.bad += int(np.count_nonzero(np.isnan(found.value)))
        report.first = first if report.first is None else min(report.first, first)
        report.last = last if report.last is None else max(report.last, last)
