"""Raw values on their way from a source, gathered into one `Raw`."""

import numpy as np

from dt.twin.readings import Raw


class Batch:
    """Collects values with times of their own; not thread-safe.

    Args:
        quantities: Names that `add` means by their index.
    """

    def __init__(self, quantities: tuple[str, ...]) -> None:
        self._quantities = quantities
        self._which: list[int] = []
        self._value: list[float] = []
        self._at: list[int] = []

    def __len__(self) -> int:
        return len(self._value)

    def add(self, which: int, value: float, observed_at: int) -> None:
        """Add a value of quantity number `which`, observed at a time in UTC ms."""
        self._which.append(which)
        self._value.append(value)
        self._at.append(observed_at)

    def take(self) -> Raw:
        """Return what was collected and begin anew."""
        raw = Raw(
            quantities=self._quantities,
            which=np.array(self._which, np.int32),
            value=np.array(self._value, np.float64),
            observed_at=np.array(self._at, np.int64),
        )
        self._which, self._value, self._at = [], [], []
        return raw
