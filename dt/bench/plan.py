"""How a run of the bench shall be: which folder, how long, how much."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from dt.config import Appliance, Config, Store


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What every case is given.

    Attributes:
        scratch: Folder for the data of all cases; on the disk that is to be measured.
        quick: A tenth of the work: figures to look at, not to record.
        duration_s: How long the cases with a rate of their own run, in s.
        warm_up_s: How long they run before they are measured, in s.
    """

    scratch: Path
    quick: bool = False
    duration_s: float = 120.0
    warm_up_s: float = 30.0

    def some(self, full: int) -> int:
        """Return how many of something to do: `full`, or a tenth when quick."""
        return max(full // 10, 1) if self.quick else full

    @contextmanager
    def folder(self, case: str) -> Iterator[Path]:
        """Give a fresh folder and remove it afterwards."""
        with tempfile.TemporaryDirectory(prefix=f"{case}-", dir=self.scratch) as name:
            yield Path(name)


def configuration(folder: Path, store: Store | None = None) -> Config:
    """Return the configuration of an appliance of its own in a folder."""
    return Config(
        appliance=Appliance(id="bench"),
        data=str(folder / "data"),
        twins=(str(folder / "twins"),),
        hardware="sim",
        store=store or Store(),
    )
