"""Readings that others push: named, converted, judged, and appended to the log.

Only signals that a twin declares are taken; those derived from them are computed. What is
remembered of each signal, as the collector does for its sensors, is forgotten when twins
change. Pushed values are true values: a twin's calibration is for its own sensors.
"""

import logging
import threading
from collections.abc import Sequence

import msgspec
import numpy as np
from flask import Flask, current_app
from numpy.typing import NDArray

from dt.errors import DtError, TwinError
from dt.processing.declared import Computed, Measured
from dt.processing.pipeline import Processor
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin import sides, units
from dt.twin.description import DerivedSpec, SignalSpec, TwinDescription
from dt.twin.quality import Codes
from dt.twin.readings import Floats, Ids, Ints
from webapp import drivers
from webapp.context import Context

log = logging.getLogger(__name__)

_EARLIEST, _AHEAD_MS = 1, 86_400_000


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """Readings as they came; columns of shape (n,).

    Attributes:
        names: Full names that `which` points into.
        units: UCUM code of each name's values; empty: the signal's own.
        which: Index into `names`; an index outside is refused.
        at: UTC ms.
        value: NaN: no value.
        told: Code that the source gives; 0: it says nothing.
    """

    names: Sequence[str]
    units: Sequence[str]
    which: Ids
    at: Ints
    value: Floats
    told: Codes


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One reading that was not taken.

    Attributes:
        index: Its place in what was sent, from 0.
        code: As in the error shape.
    """

    index: int
    code: str
    message: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a push.

    Attributes:
        accepted: How many are in the log.
        refused: How many are not.
        first: The first refusals, `most` at most.
        epoch, seq: Identity of the last accepted reading; 0: none was.
    """

    accepted: int
    refused: int
    first: list[Refusal]
    epoch: int
    seq: int


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    """The declared signals, and what judges them and derives others from them."""

    version: int
    index: dict[str, int]
    units: list[str]
    processor: Processor


class Intake:
    """Takes pushed readings; one per process, safe for all threads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._table: _Table | None = None

    def take(self, pushed: Pushed, most: int = 100) -> Taken:
        """Judge readings and append the good, uncertain and bad ones in one commit.

        Args:
            pushed: What came.
            most: How many refusals are told one by one.

        Raises:
            StoreError: The log takes none now; nothing was stored.
        """
        context = self._context
        with self._lock:
            table = self._signals()
            names = _Names(table, pushed)
            index = names.index_of(pushed.which)
            now = context.clock.now_ms()
            early = (pushed.at < _EARLIEST) | (pushed.at > now + _AHEAD_MS)
            good = np.flatnonzero((index >= 0) & ~early)
            readings = table.processor.process(
                index[good],
                pushed.at[good],
                names.converted(pushed, good),
                code=pushed.told[good],
                now_ms=now if context.clock.trusted() else None,
            )
            logged = context.log.append(readings)
        refused = np.flatnonzero((index < 0) | early)
        return Taken(
            accepted=len(good),
            refused=len(refused),
            first=[
                names.refusal(pushed, i, wrong_time=bool(index[i] >= 0))
                for i in refused[:most].tolist()
            ],
            epoch=logged.epoch if len(logged) else 0,
            seq=int(logged.seq[-1]) if len(logged) else 0,
        )

    def _signals(self) -> _Table:
        """Return the declared signals; made anew when the twins have changed."""
        twins = self._context.twins()
        version = self._context.twins_version
        if self._table is None or self._table.version != version:
            self._table = _table(self._context.log, list(twins.values()), version)
        return self._table


def _table(store: Log, twins: list[TwinDescription], version: int) -> _Table:
    rows = [
        SignalRow(name=twin.full_name(name), twin=twin.id, unit=spec.unit, title=spec.title)
        for twin in twins
        for name, spec in _declared(twin)
    ]
    ids = store.register(rows)
    measured = [
        Measured(
            signal=ids[twin.full_name(name)],
            name=twin.full_name(name),
            spec=msgspec.structs.replace(spec, calibration=(), polynomial=()),
        )
        for twin in twins
        for name, spec in twin.signals.items()
    ]
    computed = [one for twin in twins for one in _computed(twin, ids)]
    return _Table(
        version=version,
        index={one.name: i for i, one in enumerate(measured)},
        units=[one.spec.unit for one in measured],
        processor=Processor(measured, computed),
    )


def _declared(twin: TwinDescription) -> list[tuple[str, SignalSpec | DerivedSpec]]:
    return [*twin.signals.items(), *twin.derived.items()]


def _computed(twin: TwinDescription, ids: dict[str, int]) -> list[Computed]:
    """Return what derives from pushed signals alone; none if a formula is wrong.

    What needs measured ones too is computed by the collector.
    """
    names = {name: twin.full_name(name) for name in (*twin.signals, *twin.derived)}
    try:
        Processor.of(twin, ids)
        outside = sides.of(twin, drivers.idle(twin)).outside
    except TwinError as error:
        log.warning(
            "twin derives nothing from pushed readings",
            extra={"twin": twin.id, "code": error.code, "error": str(error)},
        )
        return []
    return [
        Computed(signal=ids[names[name]], name=names[name], spec=spec, names=names)
        for name, spec in twin.derived.items()
        if name in outside
    ]


def intake() -> Intake:
    """Return the intake of the app that answers this request."""
    found: Intake = current_app.extensions["dt_intake"]
    return found


def install(app: Flask) -> None:
    """Give the app its intake."""
    app.extensions["dt_intake"] = Intake(app.extensions["dt"])


class _Names:
    """The names of one push: which signals they are, and how their units convert."""

    def __init__(self, table: _Table, pushed: Pushed) -> None:
        self._problems: list[tuple[str, str]] = []
        count = len(pushed.names)
        self.factor = np.ones(count)
        self.offset = np.zeros(count)
        self._index = np.full(count, -1, np.int32)
        for place, (name, unit) in enumerate(zip(pushed.names, pushed.units, strict=True)):
            self._problems.append(self._add(table, place, name, unit))

    def _add(self, table: _Table, place: int, name: str, unit: str) -> tuple[str, str]:
        """Find one name; return what is wrong with it, or two empty texts."""
        index = table.index.get(name)
        if index is None:
            return "request.not_found", f"no twin declares the signal {name[:200]!r}"
        try:
            if unit:
                line = units.line(unit, table.units[index])
                self.factor[place], self.offset[place] = line
        except DtError as error:
            return error.code, error.message
        self._index[place] = index
        return "", ""

    def converted(self, pushed: Pushed, chosen: Ints) -> Floats:
        """Return the chosen values in their signals' units."""
        which = pushed.which[chosen]
        values: Floats = pushed.value[chosen] * self.factor[which] + self.offset[which]
        return values

    def index_of(self, which: Ids) -> Ids:
        """Return the table's index of each reading; -1: it cannot be taken."""
        inside: NDArray[np.bool_] = (which >= 0) & (which < len(self._index))
        if not len(self._index):
            return np.full(len(which), -1, np.int32)
        found: Ids = np.where(inside, self._index[np.where(inside, which, 0)], -1)
        return found.astype(np.int32)

    def refusal(self, pushed: Pushed, i: int, *, wrong_time: bool) -> Refusal:
        """Return why reading `i` was not taken."""
        code, message = "request.invalid", f"time is {int(pushed.at[i])}: expected UTC ms"
        which = int(pushed.which[i])
        if not wrong_time and 0 <= which < len(self._problems):
            code, message = self._problems[which]
        elif not wrong_time:
            message = f"s is {which}: expected an index into signals"
        return Refusal(index=i, code=code, message=message)
