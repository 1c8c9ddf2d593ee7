"""Which readings are worth keeping when little changes.

A reading of a signal with a deadband is kept when its value differs from the last kept
one by the deadband or more, when its quality or reason changed, or when the heartbeat has
passed since the last kept one. Signals without a deadband keep every reading, and so do
late readings.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dt.processing.judge import Sorted
from dt.twin.description import SignalSpec
from dt.twin.readings import Floats, Ints

Kept = tuple[int, float, int]
"""UTC ms, value and quality bits of the last kept reading."""


class Deadband:
    """The deadbands of many signals and their last kept readings.

    Args:
        specs: One for each signal, in the order of the signals' indices.
    """

    def __init__(self, specs: Sequence[SignalSpec]) -> None:
        self._band = np.array([spec.deadband for spec in specs], np.float64)
        self._heartbeat_ms = [int(spec.heartbeat * 1000) for spec in specs]
        self._any = bool((self._band > 0).any())
        self._kept: dict[int, Kept] = {}

    def keep(self, batch: Sorted) -> NDArray[np.bool_] | None:
        """Return for each row whether it is kept; None: all are."""
        if not self._any or not len(batch.index):
            return None
        keep = np.ones(len(batch.index), np.bool_)
        banded = self._band[batch.index] > 0
        starts = np.flatnonzero(np.diff(batch.index, prepend=-1) != 0)
        ends = np.append(starts[1:], len(batch.index))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if banded[start]:
                rows = slice(start, end)
                signal = int(batch.index[start])
                said = (batch.code[rows] & 0x7F).astype(np.int64)
                keep[rows] = self._rows(signal, batch.at[rows], batch.value[rows], said)
        return keep

    def shift(self, offset_ms: int) -> None:
        """Move the last kept readings in time: the clock was stepped by so much."""
        self._kept = {
            signal: (at + offset_ms, value, said)
            for signal, (at, value, said) in self._kept.items()
        }

    def _rows(self, signal: int, at: Ints, value: Floats, said: Ints) -> NDArray[np.bool_]:
        band, heartbeat = float(self._band[signal]), self._heartbeat_ms[signal]
        last = self._kept.get(signal)
        keep = np.zeros(len(at), np.bool_)
        if last is not None and self._is_quiet(last, band, heartbeat, (at, value, said)):
            return keep | (at < last[0])
        for row, this in enumerate(
            zip(at.tolist(), value.tolist(), said.tolist(), strict=True)
        ):
            if last is not None and this[0] < last[0]:
                keep[row] = True
            elif last is None or _differs(last, this, band, heartbeat):
                keep[row] = True
                last = this
        if last is not None:
            self._kept[signal] = last
        return keep

    @staticmethod
    def _is_quiet(
        last: Kept, band: float, heartbeat: int, columns: tuple[Ints, Floats, Ints]
    ) -> bool:
        """Tell at one look that nothing of a batch differs from the last kept reading."""
        at, value, said = columns
        if at[-1] - last[0] >= heartbeat or bool((said != last[2]).any()):
            return False
        return not bool((np.abs(value - last[1]) >= band).any())


def _differs(last: Kept, this: Kept, band: float, heartbeat: int) -> bool:
    if this[2] != last[2] or this[0] - last[0] >= heartbeat:
        return True
    return abs(this[1] - last[1]) >= band
