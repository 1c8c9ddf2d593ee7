"""The whole of processing: raw columns in, readings out, for all signals at once.

A `Processor` is pure: times and data are arguments, and it gives the same readings for
the same batches. It is not thread-safe: one thread calls it.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from dt.processing import rounding
from dt.processing.calibrate import Calibration, Calibrator
from dt.processing.deadband import Deadband
from dt.processing.declared import Computed, Measured, Origin, derivations
from dt.processing.derive import Column, Deriver, Last
from dt.processing.formula import Past
from dt.processing.judge import Judge, Memory, Sorted
from dt.processing.rounding import Rounder
from dt.processing.time import marked
from dt.twin.description import TwinDescription
from dt.twin.quality import Codes, Quality, Reason, pack
from dt.twin.readings import Floats, Ids, Ints, Readings

_BAD = np.uint16(2)
_UNCALIBRATED = np.uint16(pack(Quality.BAD, Reason.CALIBRATION))
_STEP_MS = 1000
_SAID = np.uint16(Reason.SOURCE_SAID << 2)


class _State(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered between two runs, by full name."""

    judged: dict[str, Memory] = {}
    last: dict[str, Last] = {}
    past: dict[str, tuple[Past, ...]] = {}
    formulas: dict[str, str] = {}


class Processor:
    """Calibrates, judges and derives the readings of any number of signals.

    A signal's *index* is its place in `measured`; batches name signals by it.

    Args:
        measured: The signals that drivers measure.
        computed: The derived signals.

    Raises:
        UnitError: A driver's unit does not fit its signal.
        FormulaError: A formula is wrong.
    """

    def __init__(
        self, measured: Sequence[Measured], computed: Sequence[Computed] = ()
    ) -> None:
        self._measured = list(measured)
        specs = [one.spec for one in measured]
        calibrations = [_calibration(one) for one in measured]
        self._calibrator = Calibrator(calibrations)
        pairs = zip(measured, calibrations, strict=True)
        self._judge = Judge(specs, [_noise(one, calibration) for one, calibration in pairs])
        self._deadband = Deadband(specs)
        everything: list[Measured | Computed] = [*measured, *computed]
        self._names = [one.name for one in everything]
        self._index = {name: i for i, name in enumerate(self._names)}
        self._formulas = {one.name: one.spec.formula for one in computed}
        self._derivations = derivations(measured, computed, self._index)
        self._deriver = Deriver(self._derivations)
        self._calibrations = calibrations
        self._rounder = self._rounding()
        self._now_ms: int | None = None
        self._ids = np.array([one.signal for one in everything], np.int32)

    @classmethod
    def of(
        cls,
        twin: TwinDescription,
        ids: Mapping[str, int],
        origins: Mapping[str, Origin] | None = None,
        calibrations: Mapping[str, Calibration] | None = None,
    ) -> "Processor":
        """Return the processor of one twin; index i is its i-th signal.

        Args:
            twin: What to process.
            ids: Store id of each full name, derived signals included.
            origins: What drivers say of the signals, by the twin's name of each.
            calibrations: What was entered instead of the twin's, likewise.
        """
        origins, calibrations = origins or {}, calibrations or {}
        measured: list[Measured] = []
        for name, spec in twin.signals.items():
            origin = origins.get(name)
            full = twin.full_name(name)
            measured.append(
                Measured(
                    signal=ids[full],
                    name=full,
                    spec=spec,
                    raw_unit=origin.raw_unit if origin else None,
                    resolution=origin.resolution if origin else 0.0,
                    calibration=calibrations.get(name),
                )
            )
        names = {name: twin.full_name(name) for name in (*twin.signals, *twin.derived)}
        computed = [
            Computed(signal=ids[names[name]], name=names[name], spec=spec, names=names)
            for name, spec in twin.derived.items()
        ]
        return cls(measured, computed)

    def index(self, name: str) -> int:
        """Return the index of a measured signal by its full name."""
        return self._index[name]

    def process(
        self,
        index: Ids,
        observed_at: Ints,
        raw: Floats,
        *,
        code: Codes | None = None,
        now_ms: int | None = None,
        unsynced: bool = False,
    ) -> Readings:
        """Return the readings of a batch in its order, then the derived ones.

        Args:
            index: Signal of each raw value, shape (n,).
            observed_at: UTC ms, in any order, shape (n,).
            raw: In the drivers' units; NaN or infinite: no value, shape (n,).
            code: What the source itself says of each value, shape (n,).
            now_ms: UTC ms; None: nothing is taken for the future.
            unsynced: The clock is not trusted yet: times are provisional.
        """
        self._notice(now_ms)
        if not len(index):
            return Readings()
        calibrated = self._rounder.apply(index, self._calibrator.apply(index, raw))
        true = calibrated
        if code is not None:
            true = np.where((code & 3) == _BAD, np.nan, calibrated)
        future_from = None if unsynced else now_ms
        batch = self._judge.judge(index, observed_at, true, future_from)
        codes = batch.code
        if self._calibrator.may_fail:
            gone = ~np.isfinite(calibrated) & np.isfinite(raw)
            codes = np.where(gone[batch.order], _UNCALIBRATED, codes)
        if code is not None:
            codes = _worse(codes, code[batch.order])
        if unsynced:
            codes = marked(codes, unsynced=True)
        batch = Sorted(batch.order, batch.index, batch.at, batch.value, codes)
        return self._readings(batch)

    def lost(self, index: Sequence[int], at: int, reason: Reason) -> Readings:
        """Return bad readings for signals whose sensor was lost, and what follows.

        Args:
            index: The signals.
            at: UTC ms.
            reason: Why, e.g. `HARDWARE_ABSENT`.
        """
        column = np.array(sorted(set(index)), np.int32)
        count = len(column)
        self._judge.forget_same(column)
        batch = Sorted(
            np.arange(count),
            column,
            np.full(count, at, np.int64),
            np.full(count, np.nan),
            np.full(count, pack(Quality.BAD, reason), np.uint16),
        )
        return self._readings(batch)

    def follow(self, readings: Readings) -> Readings:
        """Return what derives from readings that were judged elsewhere, and no more.

        Args:
            readings: Of signals of this processor; others are left out.
        """
        known = {number: i for i, number in enumerate(self._ids.tolist())}
        index = np.array([known.get(n, -1) for n in readings.signal.tolist()], np.int32)
        order = np.lexsort((readings.observed_at, index))
        order = order[index[order] >= 0]
        if not len(order):
            return Readings()
        derived = self._deriver.derive(
            Sorted(
                order,
                index[order],
                readings.observed_at[order],
                readings.value[order],
                readings.code[order],
            )
        )
        return Readings.join([self._column(i, column) for i, column in derived])

    def reconfigure(self, calibrations: Mapping[str, Calibration | None]) -> None:
        """Use other calibrations from now on.

        Args:
            calibrations: By full name of the signal; None: as the twin says. What the
                judge remembers of these signals is forgotten: values may jump.

        Raises:
            UnitError: A calibration of at most one point cannot bridge the units.
        """
        for name, calibration in calibrations.items():
            index = self._index[name]
            one = self._measured[index]
            self._calibrations[index] = _fitted(one, calibration)
            self._calibrator.change(index, self._calibrations[index])
            self._judge.forget(index)
        self._rounder = self._rounding()

    def shift(self, offset_ms: int) -> None:
        """Go on as before although the clock was stepped by `offset_ms`.

        A step back of more than a second is noticed by itself, from `now_ms`; one ahead
        must be told, or values that did not change look stuck.
        """
        self._judge.shift(offset_ms)
        self._deadband.shift(offset_ms)
        self._deriver.shift(offset_ms)
        if self._now_ms is not None:
            self._now_ms += offset_ms

    def state(self) -> bytes:
        """Return what is remembered, to go on after a restart."""
        names = self._names
        memories = {
            one.name: memory
            for index, one in enumerate(self._measured)
            if (memory := self._judge.recall(index)) is not None
        }
        last, past = self._deriver.state()
        state = _State(
            judged=memories,
            last={names[index]: one for index, one in last.items()},
            past={names[index]: pasts for index, pasts in past.items() if pasts},
            formulas=self._formulas,
        )
        return msgspec.json.encode(state)

    def restore(self, state: bytes) -> None:
        """Go on from what `state` returned.

        Signals that are gone and formulas that changed are left out; bytes that are no
        state are ignored, as if there were none.
        """
        try:
            said = msgspec.json.decode(state, type=_State)
        except msgspec.DecodeError:
            return
        measured = len(self._measured)
        for name, memory in said.judged.items():
            index = self._index.get(name, measured)
            if index < measured:
                self._judge.remember(index, memory)
        same = {
            n for n, formula in self._formulas.items() if said.formulas.get(n) == formula
        }
        self._deriver.restore(
            {self._index[n]: one for n, one in said.last.items() if n in self._index},
            {self._index[n]: past for n, past in said.past.items() if n in same},
        )

    def _notice(self, now_ms: int | None) -> None:
        """Go along when the clock was stepped back."""
        if now_ms is not None:
            if self._now_ms is not None and now_ms < self._now_ms - _STEP_MS:
                self.shift(now_ms - self._now_ms)
            self._now_ms = now_ms

    def _readings(self, batch: Sorted) -> Readings:
        derived = self._deriver.derive(batch)
        keep = self._deadband.keep(batch)
        rows = np.argsort(batch.order, kind="stable")
        if keep is not None:
            rows = rows[keep[rows]]
        part = Readings(
            signal=self._ids[batch.index[rows]],
            observed_at=batch.at[rows],
            value=batch.value[rows],
            code=batch.code[rows],
        )
        if not derived:
            return part
        return Readings.join([part, *(self._column(i, column) for i, column in derived)])

    def _rounding(self) -> Rounder:
        steps = [
            rounding.calibrated(one.resolution, calibration)
            for one, calibration in zip(self._measured, self._calibrations, strict=True)
        ]
        ranges = [one.spec.range for one in self._measured]
        return rounding.rounder(steps, ranges, self._derivations)

    def _column(self, index: int, column: Column) -> Readings:
        """Return a derived signal's readings; the sums behind them are not rounded."""
        which = np.full(len(column.at), index, np.int32)
        return Readings(
            signal=self._ids[which],
            observed_at=column.at,
            value=self._rounder.apply(which, column.value),
            code=column.code,
        )


def _worse(own: Codes, said: Codes) -> Codes:
    """Return the worse of our judgement and the source's, with the larger penalty."""
    reasoned = np.where((said & 0x7C) == 0, said | _SAID, said)
    said_worse = (said & 3) >= np.maximum(own & 3, 1)
    said_worse &= (said & 3) != 0
    own_bad = ((own & 3) == _BAD) & ((said & 3) != _BAD)
    code = np.where(said_worse & ~own_bad, reasoned, own)
    penalty = np.maximum(own & np.uint16(0xFF00), said & np.uint16(0xFF00))
    result: Codes = ((code & np.uint16(0xFF)) | penalty).astype(np.uint16)
    return result


def _calibration(one: Measured) -> Calibration:
    return _fitted(one, one.calibration)


def _fitted(one: Measured, calibration: Calibration | None) -> Calibration:
    """Return a calibration with the conversion of units that it needs."""
    if calibration is None:
        return Calibration.of(one.spec, one.raw_unit)
    return Calibration.between(
        one.raw_unit, one.spec.unit, calibration.points, calibration.polynomial
    )


def _noise(one: Measured, calibration: Calibration) -> float:
    """Return what `max_rate` allows on top: declared, or the driver's resolution."""
    if one.spec.noise is not None:
        return one.spec.noise
    step = calibration.apply(np.array([0.0, one.resolution]))
    return float(abs(step[1] - step[0])) if np.isfinite(step).all() else 0.0
