"""Readings of the log become batches: cut where numbers are missing, signals by name."""

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np

from dt.codec.batch import Batch
from dt.codec.document import MOST, WireSignal
from dt.errors import CodecError
from dt.twin.readings import Logged


class Named(Protocol):
    """A signal as the store knows it."""

    @property
    def name(self) -> str:
        """Full name."""

    @property
    def unit(self) -> str:
        """UCUM code."""


def pieces(logged: Logged, most: int = MOST) -> Iterator[Logged]:
    """Yield readings in parts that are each a batch: without a hole, `most` at most."""
    holes = np.flatnonzero(np.diff(logged.seq) != 1) + 1
    for run in np.split(np.arange(len(logged)), holes):
        for at in range(0, len(run), most):
            rows = run[at : at + most]
            yield Logged(
                epoch=logged.epoch,
                seq=logged.seq[rows],
                readings=logged.readings.take(rows),
            )


def batch_of(
    logged: Logged, signals: Mapping[int, Named], *, appliance: str, incarnation: str
) -> Batch:
    """Return logged readings as a batch.

    Args:
        logged: 1 to 1,000 readings without a hole (see `pieces`).
        signals: By number in the store, every one that occurs.
        appliance: Who sends it.
        incarnation: Of the readings' epoch.

    Raises:
        CodecError: There is a hole, or nothing, or a signal is unknown.
    """
    if not len(logged) or (np.diff(logged.seq) != 1).any():
        raise CodecError(
            f"readings of epoch {logged.epoch} have a hole, or there are none:"
            f" saw {len(logged)}, expected numbers that follow each other"
        )
    numbers, which = np.unique(logged.readings.signal, return_inverse=True)
    known = [signals.get(number) for number in numbers.tolist()]
    if None in known:
        number = numbers[known.index(None)]
        raise CodecError(f"signal {number} has no name: expected a row of the store")
    return Batch(
        appliance=appliance,
        epoch=logged.epoch,
        incarnation=incarnation,
        first=int(logged.seq[0]),
        signals=tuple(WireSignal(id=row.name, unit=row.unit) for row in known if row),
        which=which.astype(np.int32),
        observed_at=logged.readings.observed_at,
        value=logged.readings.value,
        code=logged.readings.code,
    )
