"""Raw values on their way from a source, gathered so that they go in together."""

import numpy as np

from collector.seam import Emit
from dt.twin.readings import Raw


class Batch:
    """Collects values, with times of their own or without; not thread-safe.

    Args:
        quantities: Names that `add` means by their index.
    """

    def __init__(self, quantities: tuple[str, ...]) -> None:
        self._quantities = quantities
        self._timed: tuple[list[int], list[float], list[int]] = ([], [], [])
        self._now: tuple[list[int], list[float]] = ([], [])

    def __len__(self) -> int:
        return len(self._timed[0]) + len(self._now[0])

    def add(self, which: int, value: float, observed_at: int | None = None) -> None:
        """Add a value of quantity number `which`; UTC ms, None: just now."""
        into: tuple[list[int], list[float]] = self._now
        if observed_at is not None:
            self._timed[2].append(observed_at)
            into = self._timed[:2]
        into[0].append(which)
        into[1].append(value)

    def hand_over(self, emit: Emit) -> None:
        """Emit what was collected and begin anew; nothing is done when it is empty."""
        which, value, at = self._timed
        if which:
            self._timed = ([], [], [])
            emit(self._raw(which, value, at))
        which, value = self._now
        if which:
            self._now = ([], [])
            emit(self._raw(which, value, None))

    def _raw(self, which: list[int], value: list[float], at: list[int] | None) -> Raw:
        return Raw(
            quantities=self._quantities,
            which=np.array(which, np.int32),
            value=np.array(value, np.float64),
            observed_at=None if at is None else np.array(at, np.int64),
        )


def sign_of_life() -> Raw:
    """Return a raw without values: a source emits it to tell that it is well."""
    return Raw.of()
