"""Readings that others push: named, converted, judged, and appended to the log.

Only signals that a twin declares are taken. The judge remembers the last reading of each
signal, as the collector's does for its sensors; it starts anew when twins change.
"""

import threading
from collections.abc import Sequence

import msgspec
import numpy as np
from flask import Flask, current_app
from numpy.typing import NDArray

from dt.errors import DtError
from dt.processing.judge import Judge
from dt.store.records import SignalRow
from dt.twin import units
from dt.twin.description import SignalSpec
from dt.twin.quality import Codes, is_bad
from dt.twin.readings import Floats, Ids, Ints, Readings
from webapp.context import Context

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
    """The declared signals, their judge, and what they need to be registered."""

    twins: int
    index: dict[str, int]
    units: list[str]
    ids: Ids
    judge: Judge


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
            readings = self._judged(table, names, pushed, index, good)
            logged = context.log.append(readings)
        refused = np.flatnonzero((index < 0) | early)
        return Taken(
            accepted=len(good),
            refused=len(refused),
            first=[
                names.refusal(pushed, i, wrong_time=bool(index[i] >= 0))
                for i in refused[:most].tolist()
            ],
            epoch=logged.epoch if len(good) else 0,
            seq=int(logged.seq[-1]) if len(good) else 0,
        )

    def _judged(
        self, table: _Table, names: "_Names", pushed: Pushed, index: Ids, good: Ints
    ) -> Readings:
        clock = self._context.clock
        which, told = pushed.which[good], pushed.told[good]
        value = pushed.value[good] * names.factor[which] + names.offset[which]
        value[is_bad(told)] = np.nan
        judged = table.judge.judge(
            index[good],
            pushed.at[good],
            value,
            clock.now_ms() if clock.trusted() else None,
        )
        told = told[judged.order]
        code = np.where((told != 0) & ~is_bad(judged.code), told, judged.code)
        code = np.where(is_bad(told), told, code).astype(np.uint16)
        back = np.argsort(judged.order, kind="stable")
        return Readings(
            signal=table.ids[judged.index],
            observed_at=judged.at,
            value=judged.value,
            code=code,
        ).take(back)

    def _signals(self) -> _Table:
        """Return the declared signals; made anew when the twins have changed."""
        twins = self._context.twins()
        if self._table is not None and self._table.twins == id(twins):
            return self._table
        rows: list[SignalRow] = []
        specs: list[SignalSpec] = []
        for twin in twins.values():
            for name, spec in twin.signals.items():
                rows.append(
                    SignalRow(
                        name=twin.full_name(name),
                        twin=twin.id,
                        unit=spec.unit,
                        title=spec.title,
                    )
                )
                specs.append(spec)
        ids = self._context.log.register(rows)
        self._table = _Table(
            twins=id(twins),
            index={row.name: i for i, row in enumerate(rows)},
            units=[row.unit for row in rows],
            ids=np.array([ids[row.name] for row in rows], np.int32),
            judge=Judge(specs, [0.0] * len(specs)),
        )
        return self._table


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
