"""The line of one twin: what its sensors say becomes readings of its signals."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dt.clock import Clock
from dt.processing.pipeline import Processor
from dt.processing.time import marked
from dt.twin.quality import Reason
from dt.twin.readings import Floats, Ids, Ints, Raw, Readings

_STEP_MS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What one sensor said at one moment, or why it was lost.

    Attributes:
        sensor: ``<twin>/<sensor>``; ``<twin>/`` for what was heard.
        at: Monotonic s, for raw values without a time of their own.
        raw: What it said; None: it was lost.
        reason: Why it was lost.
        heard: Instead: readings that others stored, of which more derives.
    """

    sensor: str
    at: float
    raw: Raw | None = None
    reason: Reason = Reason.NONE
    heard: Readings | None = None

    def __len__(self) -> int:
        if self.heard is not None:
            return len(self.heard)
        return len(self.raw) if self.raw is not None else 1


def hearing(twin: str) -> str:
    """Return the name under which a twin's line takes what was heard."""
    return f"{twin}/"


class Stamp(Protocol):
    """The log's clock."""

    def stamp(self, monotonic: float) -> tuple[int, bool]:
        """Return UTC ms of a moment, and whether that is provisional."""
        ...


@dataclass(frozen=True, slots=True)
class _Columns:
    """Raw values of signals, by the processor's index; columns of shape (n,)."""

    index: Ids
    at: Ints
    value: Floats


class Line:
    """Judges what the sensors of one twin say; one thread calls it.

    Args:
        processor: Of the twin.
        reads: Sensor (``<twin>/<sensor>``) to its quantities and their full names.
        stamp: Gives times to what has none.
        clock: Says what the future is.
        apart: Ids of derived signals that another process tells.

    Attributes:
        processor: Of the twin.
        sensors: Names of its sensors, and the one for what is heard.
        measured: Full names of the signals that they measure.
    """

    def __init__(
        self,
        processor: Processor,
        reads: Mapping[str, Mapping[str, str]],
        stamp: Stamp,
        clock: Clock,
        apart: Collection[int] = (),
    ) -> None:
        self.processor = processor
        self._apart = np.array(sorted(apart), np.int32)
        self.sensors = frozenset(reads) | {
            hearing(name.partition("/")[0]) for name in reads
        }
        self.measured = frozenset(n for names in reads.values() for n in names.values())
        self._stamp = stamp
        self._clock = clock
        self._indices = {
            sensor: {quantity: processor.index(name) for quantity, name in names.items()}
            for sensor, names in reads.items()
        }
        self._offset: int | None = None
        self._tables: dict[tuple[str, tuple[str, ...]], Ids] = {}

    def judge(self, said: Sequence[Said]) -> Readings:
        """Return the readings of what was said, and those that derive from them."""
        parts: list[Readings] = []
        run: list[Said] = []
        for one in said:
            if one.raw is not None:
                run.append(one)
                continue
            parts += self._readings(run)
            run = []
            if one.heard is not None:
                parts.append(self.processor.follow(one.heard))
            else:
                parts.append(self._lost(one))
        readings = Readings.join([*parts, *self._readings(run)])
        if not len(self._apart):
            return readings
        return readings.take(np.flatnonzero(~np.isin(readings.signal, self._apart)))

    def _lost(self, said: Said) -> Readings:
        at, provisional = self._when(said.at)
        index = list(self._indices.get(said.sensor, {}).values())
        readings = self.processor.lost(index, at, said.reason)
        code = marked(readings.code, unsynced=provisional)
        return dataclasses.replace(readings, code=code)

    def _readings(self, said: Sequence[Said]) -> list[Readings]:
        """Return readings in one step, or in two while the clock is not trusted."""
        own: list[_Columns] = []
        given: list[_Columns] = []
        provisional = False
        for one in said:
            if one.raw is None or not len(one.raw):
                continue
            if one.raw.observed_at is not None:
                own.append(self._columns(one.sensor, one.raw, one.raw.observed_at))
            else:
                at, provisional = self._when(one.at)
                times = np.full(len(one.raw), at, np.int64)
                given.append(self._columns(one.sensor, one.raw, times))
        if not provisional:
            return self._process([*own, *given], self._clock.now_ms(), unsynced=False)
        return [
            *self._process(own, None, unsynced=False),
            *self._process(given, int(given[-1].at[-1]), unsynced=True),
        ]

    def _when(self, monotonic: float) -> tuple[int, bool]:
        """Return a moment in UTC ms; go along when the clock was stepped ahead."""
        at, provisional = self._stamp.stamp(monotonic)
        offset = at - round(monotonic * 1000)
        if self._offset is not None and offset > self._offset + _STEP_MS:
            self.processor.shift(offset - self._offset)
        self._offset = offset
        return at, provisional

    def _columns(self, sensor: str, raw: Raw, at: Ints) -> _Columns:
        """Return the values of the signals that the sensor reads."""
        key = sensor, raw.quantities
        table = self._tables.get(key)
        if table is None:
            indices = self._indices.get(sensor, {})
            found = [indices.get(quantity, -1) for quantity in raw.quantities]
            table = self._tables[key] = np.array(found, np.int32)
        index = table[raw.which]
        if (index >= 0).all():
            return _Columns(index, at, raw.value)
        read = index >= 0
        return _Columns(index[read], at[read], raw.value[read])

    def _process(
        self, parts: Sequence[_Columns], now_ms: int | None, *, unsynced: bool
    ) -> list[Readings]:
        if not parts:
            return []
        whole = parts[0]
        if len(parts) > 1:
            whole = _Columns(
                np.concatenate([part.index for part in parts]),
                np.concatenate([part.at for part in parts]),
                np.concatenate([part.value for part in parts]),
            )
        return [
            self.processor.process(
                whole.index, whole.at, whole.value, now_ms=now_ms, unsynced=unsynced
            )
        ]
