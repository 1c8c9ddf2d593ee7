"""The line of sixty signals that several cases send values down: a twin and raw batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dt.bench import data
from dt.processing.pipeline import Processor
from dt.store.records import SignalRow
from dt.twin.description import SignalSpec, TwinDescription
from dt.twin.quantities import PerSecond, Seconds
from dt.twin.readings import Floats, Ids, Ints

SIGNALS = 60
BATCH = 1_000
_SPECS = (
    SignalSpec(
        unit="Cel", range=(-40, 80), max_rate=PerSecond(1), stuck_after=Seconds(600)
    ),
    SignalSpec(unit="%", range=(0, 100), calibration=((200, 0), (2000, 100))),
    SignalSpec(unit="hPa", range=(300, 1100), calibration=((0, 0.3),)),
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw values as the processor takes them; all columns of shape (n,)."""

    index: Ids
    observed_at: Ints
    value: Floats


def twin() -> TwinDescription:
    """Return a twin of sixty signals with ranges, rates and calibrations."""
    signals = {f"s{n}": _SPECS[n % len(_SPECS)] for n in range(SIGNALS)}
    return TwinDescription(id="dt:BenchLine_001", name="Line of the bench", signals=signals)


def rows() -> list[SignalRow]:
    """Return its signals as the store registers them."""
    said = twin()
    return [
        SignalRow(name=said.full_name(name), twin=said.id, unit=spec.unit)
        for name, spec in said.signals.items()
    ]


def processor(ids: dict[str, int]) -> Processor:
    """Return what judges them, for the store's ids of their full names."""
    return Processor.of(twin(), ids)


def batches(count: int, start: int = data.START_MS) -> Iterator[Batch]:
    """Yield `count` batches of 1,000 values: sixty signals in turn, 1 ms apart."""
    random = np.random.default_rng(1)
    index = np.arange(BATCH, dtype=np.int32) % SIGNALS
    level = np.array([21.0, 1000.0, 1000.0])[index % 3]
    step = np.array([0.05, 5.0, 0.2])[index % 3]
    for number in range(count):
        noise = np.round(random.normal(0, 1, BATCH), 2)
        at = start + number * BATCH + np.arange(BATCH, dtype=np.int64)
        yield Batch(index, at, level + step * noise)
