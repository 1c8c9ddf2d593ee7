"""What a reading costs on the wire: bytes after Kafka's zstd, and time of the codec.

Batches are compressed one by one, at the level that Kafka clients use by default.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa

from dt.bench import data
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan
from dt.codec import batch
from dt.codec.batch import Batch
from dt.codec.logged import batch_of, pieces
from dt.processing.psychrometrics import dew_point, vpd
from dt.store.records import SignalRow
from dt.twin.readings import Floats, Ints, Logged, Readings

T = TypeVar("T")

LEVEL = 3
_TWIN = "dt:PlantBox_001"
_BOX = {
    "air.temperature": "Cel",
    "air.humidity": "%",
    "light": "lx",
    "soil.moisture": "%",
    "soil.temperature": "Cel",
    "air.vpd": "kPa",
    "air.dew_point": "Cel",
}
_SENSORS = (0, 0, 1, 2, 2, 0, 0)
"""Which sensor each signal of the box comes from."""
_ROUNDS = 3


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the bytes of each kind of data and of a plant box, then the speed."""
    count = plan.some(86_400)
    for name, kind in data.KINDS:
        made = _batches(data.signal(kind, count), {1: "air.temperature"})
        yield _size(f"one signal, {name}", made, None)
    made = _batches(plant_box(count // len(_BOX)), dict(enumerate(_BOX, 1)))
    yield _size("a plant box, seven signals every 5 s", made, 2.5)
    sent = [batch.encode(one) for one in made]
    readings = sum(map(len, made))
    for what, took in (
        ("encode", _best(batch.encode, made)),
        ("decode", _best(batch.decode, sent)),
    ):
        yield Outcome(
            case="wire",
            what=f"{what}, batches of 1,000",
            measured=readings / took,
            unit="readings/s",
            at_least=1_000_000,
        )


def plant_box(count: int) -> Readings:
    """Return what a plant box tells, to the decimals that the collector keeps.

    A DHT22, a light meter, a soil probe, and two signals derived from the DHT22.
    """
    random = np.random.default_rng(1)
    t = data.START_MS + 5000 * np.arange(count, dtype=np.int64)
    day = np.sin(2 * np.pi * (t - data.START_MS) / data.DAY_MS)
    temperature = np.round(21 + 5 * day + _drift(random, count, 0.005), 1)
    humidity = np.round(60 - 9 * day + _drift(random, count, 0.02), 1)
    soil = np.round(1000 - np.arange(count) % 20_000 / 40 + random.normal(0, 0.5, count))
    columns = [
        temperature,
        humidity,
        np.round(np.round(np.maximum(9000 * day, 0) + random.normal(0, 3, count)) / 1.2, 1),
        np.round((soil - 200) / 18, 5),
        np.round(20 + 3 * day, 5),
        np.round(vpd(temperature, humidity), 5),
        np.round(dew_point(temperature, humidity), 4),
    ]
    return data.side_by_side(
        [_one(n, t + _late(n, count), value) for n, value in enumerate(columns, 1)]
    )


def _drift(random: np.random.Generator, count: int, step: float) -> Floats:
    return np.cumsum(random.normal(0, step, count))


def _late(number: int, count: int) -> Ints:
    """Return by how many ms a sensor answers after its time; derived ones at once."""
    sensor = _SENSORS[number - 1]
    return 300 * sensor + np.random.default_rng(sensor).integers(0, 3, count)


def _one(number: int, t: Ints, value: Floats) -> Readings:
    return Readings(
        signal=np.full(len(t), number, np.int32),
        observed_at=t,
        value=value,
        code=np.zeros(len(t), np.uint16),
    )


def _batches(readings: Readings, names: Mapping[int, str]) -> list[Batch]:
    rows = {
        number: SignalRow(name=f"{_TWIN}/{name}", twin=_TWIN, unit=_BOX[name])
        for number, name in names.items()
    }
    seq = np.arange(1, len(readings) + 1, dtype=np.int64)
    logged = Logged(epoch=1, seq=seq, readings=readings)
    who = {"appliance": "plantbox-1", "incarnation": "9f3c61d2a07be418"}
    return [batch_of(piece, rows, **who) for piece in pieces(logged)]


def _size(what: str, made: Sequence[Batch], at_most: float | None) -> Outcome:
    codec = pa.Codec("zstd", compression_level=LEVEL)
    sent = [batch.encode(one) for one in made]
    readings = sum(map(len, made))
    plain = sum(map(len, sent)) / readings
    return Outcome(
        case="wire",
        what=what,
        measured=sum(codec.compress(one).size for one in sent) / readings,
        unit="B/reading",
        at_most=at_most,
        note=f"{plain:.1f} bytes before compression",
    )


def _best(work: Callable[[T], object], over: Sequence[T]) -> float:
    """Return the shortest time of some rounds, in s."""
    took = []
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        for one in over:
            work(one)
        took.append(time.perf_counter() - begin)
    return min(took)
