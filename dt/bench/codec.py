"""How many bytes a sealed reading takes, by kind of data."""

import time
from collections.abc import Iterator

import numpy as np

from dt.bench import data
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan
from dt.store import chunks
from dt.twin.readings import Readings

SEALED = 900
"""Readings of one signal in one chunk: 15 min at 1 Hz."""
ROW_BYTES = 8 + 8 + 4 + 2


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the bytes per reading of each kind of data, then the speed of all."""
    count = plan.some(86_400)
    packing = unpacking = 0.0
    for name, kind in data.KINDS:
        readings = data.signal(kind, count)
        parts = [_rows(readings, at) for at in range(0, count, SEALED)]
        begin = time.perf_counter()
        packed = [_pack(part) for part in parts]
        middle = time.perf_counter()
        for one in packed:
            chunks.unpack(one.blob, one.n)
        unpacking += time.perf_counter() - middle
        packing += middle - begin
        size = sum(len(one.blob) for one in packed)
        yield Outcome(
            case="codec",
            what=f"sealed, {name}",
            measured=size / count,
            unit="B/reading",
            at_most=9 if kind is data.full_float else 3,
            peer=ROW_BYTES,
            peer_name="bare columns",
        )
    total = count * len(data.KINDS)
    for what, took in (("pack", packing), ("unpack", unpacking)):
        yield Outcome(case="codec", what=what, measured=total / took, unit="readings/s")


def _rows(readings: Readings, at: int) -> chunks.Rows:
    piece = slice(at, at + SEALED)
    return chunks.Rows(
        seq=np.arange(len(readings), dtype=np.int64)[piece] * 60,
        t=readings.observed_at[piece],
        value=readings.value[piece],
        code=readings.code[piece],
    )


def _pack(rows: chunks.Rows) -> chunks.Packed:
    return chunks.pack(rows, signal=1, epoch=1, unsynced=False, rolled=0)
