"""JSON Lines: one reading, one line.

``{"time":"2026-05-01T12:00:00.000Z","signal":"dt:PlantBox_001/air.temperature",
"value":22.31,"unit":"Cel","quality":"good"}``; ``reason``, ``score`` and ``clock`` stand
where they say something.
"""

import io
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import islice
from typing import BinaryIO

import msgspec
import numpy as np

from dt.store.transfer import moments
from dt.store.transfer.codes import Words, code_of, words
from dt.store.transfer.piece import (
    Exported,
    Piece,
    Reading,
    Reject,
    Source,
    without_value,
)

_BLOCK = 20_000
_LONGEST = 1_000_000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line; a number as text is a number."""

    time: str | float
    signal: str
    value: float | None = None
    unit: str = ""
    quality: str = "good"
    reason: str = ""
    score: float | str = ""
    clock: str = ""


def write(readings: Iterable[Exported]) -> Iterator[bytes]:
    """Yield a file's bytes, piece by piece."""
    for row, piece in readings:
        name = msgspec.json.encode(row.name).decode()
        unit = msgspec.json.encode(row.unit).decode()
        ends = {code: _end(unit, int(code)) for code in np.unique(piece.code).tolist()}
        numbers = [
            repr(x) if x - x == 0 else "null"  # not for NaN and infinity
            for x in piece.value.tolist()
        ]
        yield "".join(
            [
                f'{{"time":"{time}","signal":{name},"value":{number}{ends[code]}'
                for time, number, code in zip(
                    moments.iso_texts(piece.observed_at),
                    numbers,
                    piece.code.tolist(),
                    strict=True,
                )
            ]
        ).encode()


def _end(unit: str, code: int) -> str:
    said = words(code)
    parts = [f',"unit":{unit},"quality":"{said.quality}"']
    parts += [f',"reason":"{said.reason}"'] * bool(said.reason)
    parts += [f',"score":{said.score}'] * bool(said.score)
    parts += [f',"clock":"{said.clock}"'] * bool(said.clock)
    return "".join(parts) + "}\n"


def read(stream: BinaryIO, how: Reading) -> Iterator[Piece]:
    """Yield a file's readings in bounded pieces, in the file's order."""
    reader = _Lines(how)
    text = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
    start = 1
    while block := list(islice(_bounded(text), _BLOCK)):
        found = reader.block(block, start)
        start += len(block)
        if len(found):
            yield found


def _bounded(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST):
        yield line


class _Lines:
    """Turns lines into columns."""

    def __init__(self, how: Reading) -> None:
        self._how = how
        self._decoder = msgspec.json.Decoder(Line, strict=False)
        self._fields = how.columns
        self._sources: dict[tuple[str, str], int] = {}

    def block(self, lines: list[bytes], start: int) -> Piece:
        times: list[int] = []
        which: list[int] = []
        values: list[float] = []
        codes: list[int] = []
        for number, line in enumerate(lines, start):
            if not line.strip():
                continue
            try:
                said = self._line(line)
                code = self._code(said)
                time = _time(said.time, self._how.zone)
                name = self._how.full_name(said.signal)
            except (msgspec.DecodeError, ValueError) as error:
                text = line[:200].decode("utf-8", "replace").rstrip()
                self._how.refuse(Reject(line=number, reason=str(error), text=text))
                continue
            times.append(time)
            which.append(self._sources.setdefault((name, said.unit), len(self._sources)))
            values.append(float("nan") if said.value is None else said.value)
            codes.append(code)
        value = np.array(values, np.float64)
        return Piece(
            sources=tuple(Source(name=n, unit=u) for n, u in self._sources),
            which=np.array(which, np.int32),
            observed_at=np.array(times, np.int64),
            value=value,
            code=without_value(value, np.array(codes, np.uint16)),
        )

    def _line(self, line: bytes) -> Line:
        if not self._fields:
            return self._decoder.decode(line)
        given = msgspec.json.decode(line, type=dict[str, object])
        renamed = {self._fields.get(key, key): value for key, value in given.items()}
        return msgspec.convert(renamed, Line, strict=False)

    def _code(self, said: Line) -> int:
        if said.quality == "good" and not (said.reason or said.clock or said.score != ""):
            return 0
        return code_of(Words(said.quality, said.reason, str(said.score), said.clock))


def _time(said: str | float, zone: tzinfo) -> int:
    return moments.one(said if isinstance(said, str) else repr(said), zone)
