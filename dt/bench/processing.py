"""Judging alone: calibration, range, rate of change, stuck; no store."""

import time
from collections.abc import Iterator

from dt.bench import line
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the rate of one processor in one thread."""
    ids = {row.name: number for number, row in enumerate(line.rows(), 1)}
    processor = line.processor(ids)
    batches = list(line.batches(plan.some(1_000)))
    begin = time.perf_counter()
    for batch in batches:
        processor.process(batch.index, batch.observed_at, batch.value)
    took = time.perf_counter() - begin
    yield Outcome(
        case="processing",
        what=f"judged, batches of {line.BATCH:,}",
        measured=len(batches) * line.BATCH / took,
        unit="readings/s",
        at_least=500_000,
    )
