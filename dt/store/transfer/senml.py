"""SenML in JSON (RFC 8428): packs with base name, base time and base unit.

Quality has no field in SenML: the fields ``quality``, ``reason``, ``score`` and ``clock``
are ours and ignored by others (RFC 8428, section 4.4). A bad reading has no value; as a
record must have one, it says ``"vs":"bad"``.
"""

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec
import numpy as np

from dt.errors import RequestError
from dt.store.transfer.codes import Words, code_of, words
from dt.store.transfer.json_array import items
from dt.store.transfer.piece import (
    Exported,
    Piece,
    Reading,
    Reject,
    Source,
    without_value,
)
from dt.twin.units import from_senml, to_senml

_BLOCK = 20_000
_VERSION = 10
_LAST_S = 253_402_300_799.999
_RELATIVE_S = 2**28  # smaller times are relative to now: RFC 8428, section 4.5.3


def write(readings: Iterable[Exported]) -> Iterator[bytes]:
    """Yield a file's bytes, piece by piece."""
    before = "["
    for row, piece in readings:
        base = int(piece.observed_at[0]) // 1000 if len(piece) else 0
        head = (
            msgspec.json.encode(
                {"bn": row.name, "bt": base, "bu": to_senml(row.unit)}
            ).decode()[:-1]
            + ","
        )
        ends = {code: _end(int(code)) for code in np.unique(piece.code).tolist()}
        lines = []
        for ms, value, code in zip(
            (piece.observed_at - base * 1000).tolist(),
            piece.value.tolist(),
            piece.code.tolist(),
            strict=True,
        ):
            said = f'"v":{value!r}' if value - value == 0 else '"vs":"bad"'
            lines.append(f'{before}{head}"t":{ms / 1000!r},{said}{ends[code]}')
            before, head = ",\n", "{"
        yield "".join(lines).encode()
    yield b"[]\n" if before == "[" else b"]\n"


def _end(code: int) -> str:
    said = words(code)
    if said == Words():
        return "}"
    parts = [f',"quality":"{said.quality}"']
    parts += [f',"reason":"{said.reason}"'] * bool(said.reason)
    parts += [f',"score":{said.score}'] * bool(said.score)
    parts += [f',"clock":"{said.clock}"'] * bool(said.clock)
    return "".join(parts) + "}"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a pack, as RFC 8428 names its fields."""

    bn: str | None = None
    bt: float | None = None
    bu: str | None = None
    bv: float | None = None
    bs: float | None = None
    bver: int | None = None
    n: str = ""
    u: str = ""
    t: float = 0.0
    v: float | None = None
    vs: str | None = None
    vb: bool | None = None
    vd: str | None = None
    s: float | None = None
    quality: str = "good"
    reason: str = ""
    score: float | str = ""
    clock: str = ""


def read(stream: BinaryIO, how: Reading) -> Iterator[Piece]:
    """Yield a file's readings in bounded pieces, in the file's order.

    Raises:
        RequestError: It is no SenML pack, or of a newer version.
    """
    pack = _Pack(how)
    for number, item in enumerate(items(stream), 1):
        pack.take(number, item)
        if len(pack.values) >= _BLOCK:
            yield pack.piece()
    if pack.values:
        yield pack.piece()


class _Pack:
    """Resolves records: base fields hold until they are said again (section 4.6)."""

    def __init__(self, how: Reading) -> None:
        self._how = how
        self._base = Record(bn="", bt=0.0, bu="", bv=0.0)
        self._sources: dict[tuple[str, str], int] = {}
        self._which: list[int] = []
        self._times: list[int] = []
        self._codes: list[int] = []
        self.values: list[float] = []

    def take(self, number: int, item: object) -> None:
        """Add one record, or refuse it."""
        try:
            record = msgspec.convert(item, Record)
            self._rebase(record)
            if record.v is None and record.vs is None and _nothing(record):
                return
            name = self._how.full_name((self._base.bn or "") + record.n)
            unit = from_senml(record.u or self._base.bu or "")
            value, code = self._value(record)
            time = self._time(record)
        except (msgspec.ValidationError, ValueError) as error:
            self._how.refuse(
                Reject(line=number, reason=str(error), text=json.dumps(item)[:200])
            )
            return
        self._which.append(self._sources.setdefault((name, unit), len(self._sources)))
        self._times.append(time)
        self.values.append(value)
        self._codes.append(code)

    def _rebase(self, record: Record) -> None:
        if record.bver is not None and record.bver > _VERSION:
            raise RequestError(
                f"SenML version is {record.bver}: expected {_VERSION} or less"
            )
        said = {
            name: value
            for name in ("bn", "bt", "bu", "bv")
            if (value := getattr(record, name)) is not None
        }
        if said:
            self._base = msgspec.structs.replace(self._base, **said)

    def _value(self, record: Record) -> tuple[float, int]:
        code = code_of(
            Words(record.quality, record.reason, str(record.score), record.clock)
        )
        if record.v is not None:
            return record.v + self._base.bv if self._base.bv else record.v, code
        if record.vb is not None:
            return float(record.vb), code
        if code & 0x3 == 2:
            return float("nan"), code
        raise ValueError("record has no number: expected v or vb, or quality bad")

    def _time(self, record: Record) -> int:
        seconds = (self._base.bt or 0.0) + record.t
        if seconds < _RELATIVE_S:
            raise ValueError(
                f"time is {seconds:g} s, relative to now: expected s since 1970"
            )
        if not seconds <= _LAST_S:
            raise ValueError(f"time is {seconds:g} s: expected before the year 10000")
        return round(seconds * 1000)

    def piece(self) -> Piece:
        """Return what was taken since the last piece."""
        value = np.array(self.values, np.float64)
        found = Piece(
            sources=tuple(Source(name=n, unit=u) for n, u in self._sources),
            which=np.array(self._which, np.int32),
            observed_at=np.array(self._times, np.int64),
            value=value,
            code=without_value(value, np.array(self._codes, np.uint16)),
        )
        self._which, self._times, self._codes, self.values = [], [], [], []
        return found


def _nothing(record: Record) -> bool:
    return record.vb is None and record.vd is None and record.s is None and not record.n
