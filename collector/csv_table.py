"""A CSV file of any size, row by row: times and the numbers in the wanted columns."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collector.moments import moment_ms
from collector.rubbish import Rubbish
from dt.errors import SourceError

MISSING = frozenset({"", "-", "na", "n/a", "null", "none", "?"})
"""What stands in a cell without a value, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a CSV file is written; see the options of the driver ``csv_replay``."""

    time: str
    time_format: str
    zone: str
    interval_s: float
    separator: str
    encoding: str


class CsvTable:
    """The wanted columns of a file; rows that cannot be read are counted and left out.

    Args:
        path: Of the file.
        columns: Names of the wanted columns.
        layout: How the file is written.
        rubbish: Counts bad rows and cells.
    """

    def __init__(
        self, path: Path, columns: tuple[str, ...], layout: Layout, rubbish: Rubbish
    ) -> None:
        self._path = path
        self._columns = columns
        self._layout = layout
        self._rubbish = rubbish
        self._wanted: list[int] = []

    def rows(self) -> Iterator[tuple[int, list[tuple[int, float]]]]:
        """Yield the time in ms and (column, value) of each row.

        Raises:
            SourceError: The file cannot be read, or lacks a column.
        """
        layout = self._layout
        zone = self._zone()
        for count, row in enumerate(self._raw()):
            try:
                cells = [row[index] for index in self._wanted]
                at = round(count * layout.interval_s * 1000)
                if layout.time:
                    at = moment_ms(cells.pop(), layout.time_format, zone)
            except (IndexError, ValueError) as error:
                self._rubbish.add(f"{row}: {error}", f"{self._path.name}: row {count + 1}")
                continue
            yield at, list(self._values(cells))

    def _raw(self) -> Iterator[list[str]]:
        """Yield the rows below the header; find the wanted columns in it."""
        layout = self._layout
        try:
            with self._path.open(
                newline="", encoding=layout.encoding, errors="replace"
            ) as file:
                rows = csv.reader(file, delimiter=layout.separator)
                self._wanted = self._indices([name.strip() for name in next(rows, [])])
                yield from rows
        except (OSError, csv.Error, LookupError, TypeError) as error:
            raise SourceError(f"cannot read {self._path}: {error}") from error

    def _indices(self, header: list[str]) -> list[int]:
        names = [*self._columns, *filter(None, [self._layout.time])]
        missing = [name for name in names if name not in header]
        if missing:
            seen = ", ".join(header)[:200]
            raise SourceError(
                f"{self._path} has no column {missing[0]!r}: its columns are {seen}",
                hint="name a column in `reads:` or `time:` as the first row does",
            )
        return [header.index(name) for name in names]

    def _values(self, cells: list[str]) -> Iterator[tuple[int, float]]:
        for which, text in enumerate(cells):
            try:
                value = float(text)
            except ValueError:
                if text.strip().lower() not in MISSING:
                    self._rubbish.add(text, f"{self._path.name}: {self._columns[which]}")
                continue
            if math.isfinite(value):
                yield which, value

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self._layout.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise SourceError(
                f"zone is {self._layout.zone!r}: expected a name like Europe/Vienna"
            ) from error
