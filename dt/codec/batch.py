"""Readings to a batch on the wire, and back: columns in, columns out.

A batch holds readings whose numbers follow each other, so only the first number
travels. What is encoded is what the decoder gives back, bit by bit, but for values that
JSON has no word for: an infinite one arrives as a bad reading without value.
"""

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from dt.codec import checked
from dt.codec.checked import LARGEST_INT, LARGEST_MS, VERSION
from dt.codec.columns import codes_of, told
from dt.codec.document import MOST, Document, WireSignal
from dt.twin.quality import Codes
from dt.twin.readings import Floats, Ids, Ints

_READERS: checked.Readers[Document] = checked.readers(Document)
_WHAT = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Readings of one appliance whose numbers follow each other; columns of shape (n,).

    Attributes:
        appliance: Who read them.
        epoch: Life of the log that numbered them.
        incarnation: Random name of that epoch.
        first: Number of the first reading.
        signals: The signals it speaks of.
        which: Index into `signals` of each reading.
        observed_at: UTC ms.
        value: In the signal's unit; NaN where the reading is bad.
        code: Quality, reason, score and clock (see `dt.twin.quality`).
    """

    appliance: str
    epoch: int
    incarnation: str
    first: int
    signals: tuple[WireSignal, ...]
    which: Ids
    observed_at: Ints
    value: Floats
    code: Codes

    def __len__(self) -> int:
        return len(self.value)

    @property
    def end(self) -> int:
        """The number after the last reading's."""
        return self.first + len(self)

    @property
    def seq(self) -> Ints:
        """Number of each reading, shape (n,)."""
        return np.arange(self.first, self.end, dtype=np.int64)


def encode(batch: Batch) -> bytes:
    """Return the bytes of a batch.

    Raises:
        CodecError: It is none that `decode` would take.
    """
    t = batch.observed_at
    _check(batch)
    document = Document(
        v=VERSION,
        appliance=batch.appliance,
        epoch=batch.epoch,
        incarnation=batch.incarnation,
        seq=batch.first,
        n=len(batch),
        signals=list(batch.signals),
        t0=int(t[0]),
        dt=np.diff(t, prepend=t[0]).tolist(),
        s=batch.which.tolist(),
        x=_numbers(batch.value),
        **told(batch.code),
    )
    return msgspec.json.encode(document)


def decode(data: bytes) -> Batch:
    """Return the batch that bytes hold.

    A reading without value is bad, also where the batch does not say so, and a bad one
    has no value, also where the batch has one.

    Raises:
        CodecError: They hold none; it says where, what was seen and what expected.
        VersionError: They are of a version that is not read here.
    """
    document = checked.decode(data, _READERS, _WHAT)
    for key in ("dt", "s", "x"):
        length = len(getattr(document, key))
        if length != document.n:
            expected = f"{document.n}, as n says"
            raise checked.wrong(_WHAT, f"length of {key}", length, expected)
    value = np.array(document.x, np.float64)
    code = codes_of(document, np.isnan(value))
    value[(code & 0x3) == 2] = np.nan
    batch = Batch(
        appliance=document.appliance,
        epoch=document.epoch,
        incarnation=document.incarnation,
        first=document.seq,
        signals=tuple(document.signals),
        which=np.array(document.s, np.int32),
        observed_at=document.t0 + np.cumsum(np.array(document.dt, np.int64)),
        value=value,
        code=code,
    )
    _check(batch)
    return batch


def _check(batch: Batch) -> None:
    """Refuse columns that do not fit each other or the world."""
    n, t = len(batch), batch.observed_at
    if not 1 <= n <= MOST:
        raise checked.wrong(_WHAT, "n", n, f"1 to {MOST} readings")
    if batch.end > LARGEST_INT:
        raise checked.wrong(_WHAT, "seq", batch.first, f"{LARGEST_INT - n} at most")
    _refuse(batch.which, batch.which >= len(batch.signals), "s", _below(batch.signals))
    _refuse(t, (t < 0) | (t > LARGEST_MS), "time of reading", "UTC ms, 1970 to 9999")
    names = [signal.id for signal in batch.signals]
    if len(set(names)) != len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise checked.wrong(_WHAT, "signals", twice, "each once")


def _below(signals: tuple[WireSignal, ...]) -> str:
    return f"below {len(signals)}, the length of signals"


def _refuse(
    column: NDArray[np.integer], refused: NDArray[np.bool_], name: str, expected: str
) -> None:
    if refused.any():
        at = int(np.argmax(refused))
        raise checked.wrong(_WHAT, f"{name}[{at}]", int(column[at]), expected)


def _numbers(value: Floats) -> list[float | None]:
    """Return values as JSON should tell them: whole ones without ``.0``, none as null."""
    numbers: list[float | None] = value.tolist()
    whole = (value == np.trunc(value)) & (np.abs(value) <= LARGEST_INT)
    whole &= (value != 0) | ~np.signbit(value)
    for at in np.flatnonzero(whole).tolist():
        numbers[at] = int(value[at])
    for at in np.flatnonzero(~np.isfinite(value)).tolist():
        numbers[at] = None
    return numbers
