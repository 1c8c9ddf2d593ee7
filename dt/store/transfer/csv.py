"""CSV: long (a row for each reading) or wide (a column for each signal).

Written long: ``time,signal,value,unit,quality,reason,score,clock``. Read either way, with
comma, semicolon or tab; with the latter two a decimal comma is understood. A wide header
may name its unit: ``air.temperature [Cel]``.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np

from dt.errors import RequestError
from dt.store.transfer import moments
from dt.store.transfer.codes import words
from dt.store.transfer.columns import Layout, Text, layout_of
from dt.store.transfer.piece import Exported, Piece, Reading, Reject

HEADER = ("time", "signal", "value", "unit", "quality", "reason", "score", "clock")
_BLOCK = 2_000  # larger blocks leave the processor's cache: half the speed
_LONGEST = 1_000_000


def write(readings: Iterable[Exported]) -> Iterator[bytes]:
    """Yield a file's bytes, piece by piece."""
    yield (",".join(HEADER) + "\r\n").encode()
    for row, piece in readings:
        name = _quoted(row.name)
        ends = {
            code: f",{_quoted(row.unit)},{','.join(words(code))}\r\n"
            for code in np.unique(piece.code).tolist()
        }
        numbers = ["" if x != x else repr(x) for x in piece.value.tolist()]  # noqa: PLR0124
        yield "".join(
            [
                f"{time},{name},{number}{ends[code]}"
                for time, number, code in zip(
                    moments.iso_texts(piece.observed_at),
                    numbers,
                    piece.code.tolist(),
                    strict=True,
                )
            ]
        ).encode()


def _quoted(text: str) -> str:
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def read(stream: BinaryIO, how: Reading) -> Iterator[Piece]:
    """Yield a file's readings in bounded pieces, in the file's order.

    Raises:
        RequestError: The header says neither kind, or it is no UTF-8 text.
    """
    text = codecs.getreader("utf-8-sig")(stream)
    try:
        head = text.readline(_LONGEST)
        delimiter = max(",;\t", key=head.count)
        names = next(csv.reader([head], delimiter=delimiter), [])
        layout = layout_of([name.strip() for name in names], how)
        reader = csv.reader(_lines(text), delimiter=delimiter)
        yield from _Rows(layout, how, delimiter).pieces(reader)
    except UnicodeDecodeError as error:
        raise RequestError(f"the file is no UTF-8 text: {error.reason}") from error
    except csv.Error as error:
        raise RequestError(f"the file is no CSV: {error}") from error


def _lines(text: codecs.StreamReader) -> Iterator[str]:
    while block := text.read(1 << 18, 1 << 18):
        yield from io.StringIO(block + text.readline(_LONGEST), newline="")


class _Rows:
    """Turns rows into columns, block by block; one by one where a block has a bad row."""

    def __init__(self, layout: Layout, how: Reading, delimiter: str) -> None:
        self._layout = layout
        self._how = how
        self._comma = delimiter != ","
        self._width = layout.width

    def pieces(self, reader: Iterator[list[str]]) -> Iterator[Piece]:
        line = 2
        while rows := list(islice(reader, _BLOCK)):
            found = self._take_all(rows)
            if found is None:
                found = self._take_good(rows, line)
            line += len(rows)
            if found is not None and len(found):
                yield found

    def _take_all(self, rows: list[list[str]]) -> Piece | None:
        if any(len(row) != self._width for row in rows):
            return None
        try:
            return self._take(rows)
        except ValueError:
            return None

    def _take(self, rows: list[list[str]]) -> Piece:
        return self._layout.piece(Text(list(zip(*rows, strict=True)), self._comma))

    def _take_good(self, rows: list[list[str]], first: int) -> Piece | None:
        good: list[list[str]] = []
        for line, row in enumerate(rows, first):
            if not row:
                continue
            if len(row) != self._width:
                why = f"{len(row)} columns: expected {self._width}"
                self._how.refuse(Reject(line=line, reason=why, text=",".join(row)[:200]))
                continue
            try:
                self._take([row])
            except ValueError as error:
                text = ",".join(row)[:200]
                self._how.refuse(Reject(line=line, reason=str(error), text=text))
                continue
            good.append(row)
        return self._take(good) if good else None
