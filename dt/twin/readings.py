"""Readings as they travel: columns, because one reading at a time is too slow.

A *raw* is what a driver returns; a *reading* is a raw value with ``observed_at`` and
quality. Times are UTC milliseconds since 1970 everywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dt.twin.quality import Codes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Ids = NDArray[np.int32]


def _no_ids() -> Ids:
    return np.empty(0, np.int32)


def _no_times() -> Ints:
    return np.empty(0, np.int64)


def _no_values() -> Floats:
    return np.empty(0, np.float64)


def _no_codes() -> Codes:
    return np.empty(0, np.uint16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What a driver returned: values of its quantities, not judged yet.

    Attributes:
        quantities: Names of the driver's quantities, e.g. ``("temperature",)``.
        which: Index into `quantities` of each value, shape (n,).
        value: Values in the units of the driver's description, shape (n,).
        observed_at: UTC ms given by the source, shape (n,); None: "just now".
    """

    quantities: tuple[str, ...]
    which: Ids
    value: Floats
    observed_at: Ints | None = None

    @classmethod
    def of(cls, **values: float) -> "Raw":
        """Return one value for each named quantity, taken just now."""
        return cls(
            quantities=tuple(values),
            which=np.arange(len(values), dtype=np.int32),
            value=np.array(list(values.values()), np.float64),
        )

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Judged readings of any signals, in order of arrival; all columns of shape (n,).

    Attributes:
        signal: Store id of each reading's signal.
        observed_at: UTC ms.
        value: In the signal's unit; NaN where the reading is bad.
        code: Quality, reason, score and clock (see `dt.twin.quality`).
    """

    signal: Ids = field(default_factory=_no_ids)
    observed_at: Ints = field(default_factory=_no_times)
    value: Floats = field(default_factory=_no_values)
    code: Codes = field(default_factory=_no_codes)

    def __len__(self) -> int:
        return len(self.value)

    def take(self, chosen: NDArray[np.bool_] | Ints) -> "Readings":
        """Return the chosen rows (a mask or indices), in that order."""
        return Readings(
            signal=self.signal[chosen],
            observed_at=self.observed_at[chosen],
            value=self.value[chosen],
            code=self.code[chosen],
        )

    @staticmethod
    def join(parts: Sequence["Readings"]) -> "Readings":
        """Return the parts one after the other."""
        if not parts:
            return Readings()
        return Readings(
            signal=np.concatenate([p.signal for p in parts]),
            observed_at=np.concatenate([p.observed_at for p in parts]),
            value=np.concatenate([p.value for p in parts]),
            code=np.concatenate([p.code for p in parts]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """Readings with their identity in the log: ``(appliance, epoch, seq)``.

    Attributes:
        epoch: The life of the live log that numbered them.
        seq: Increasing, gap-free within the whole epoch, shape (n,).
        readings: The readings, shape (n,).
    """

    epoch: int
    seq: Ints
    readings: Readings

    def __len__(self) -> int:
        return len(self.seq)


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """How far a consumer has read: the last ``seq`` of an ``epoch`` that it has."""

    epoch: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One signal over a time range in at most as many buckets as a chart has pixels.

    Attributes:
        signal: Full name, ``dt:PlantBox_001/air.temperature``.
        unit: UCUM code.
        bucket_ms: Length of a bucket; 0: these are single readings.
        t: Start of each non-empty bucket (or the reading's time), UTC ms, shape (n,).
        mean, min, max: Of the readings that have a value; NaN: the bucket holds
            only bad readings. Shape (n,).
        n: How many readings with a value the bucket holds, shape (n,).
    """

    signal: str
    unit: str
    bucket_ms: int
    t: Ints
    mean: Floats
    min: Floats
    max: Floats
    n: Ints

    def __len__(self) -> int:
        return len(self.t)


def pairs(raw: Raw) -> Iterator[tuple[str, float]]:
    """Yield (quantity, value) of each raw value, in order."""
    for index, value in zip(raw.which.tolist(), raw.value.tolist(), strict=True):
        yield raw.quantities[index], value
