"""The whole line in one process: raw values → judged → live log → journal on the disk."""

import time
from collections.abc import Iterator

from dt.bench import line, rows
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import forget
from dt.clock import Clock, SystemClock
from dt.config import Config
from dt.errors import ServiceError
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.twin.readings import Cursor, Readings

_PEER_BATCHES = 100


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the rate of the line, beside that of a row table with an index."""
    count = plan.some(1_000)
    clock = SystemClock("always")
    with plan.folder("ingest") as folder:
        config = configuration(folder)
        try:
            took, last = _run(config, clock, count)
        finally:
            forget(config)
        peer = rows.rate(folder / "rows.db", last)
    yield Outcome(
        case="ingest",
        what=f"raw to durable, batches of {line.BATCH:,}",
        measured=count * line.BATCH / took,
        unit="readings/s",
        at_least=150_000,
        peer=peer,
        peer_name="row table",
        note=f"{count * line.BATCH:,} readings; until the last is journalled",
    )


def _run(config: Config, clock: Clock, count: int) -> tuple[float, list[Readings]]:
    """Return how long it took, in s, and the readings of the last batches."""
    log = Log.open(config, clock)
    keeper = Keeper(log, config, clock)
    processor = line.processor(log.register(line.rows()))
    batches = list(line.batches(count, clock.now_ms() - count * line.BATCH))
    last: list[Readings] = []
    keeper.start()
    begin = time.perf_counter()
    for number, batch in enumerate(batches):
        readings = processor.process(batch.index, batch.observed_at, batch.value)
        log.append(readings)
        if number >= count - _PEER_BATCHES:
            last.append(readings)
    keeper.stop()
    took = time.perf_counter() - begin
    stored = _stored(log)
    log.close()
    if stored != count * line.BATCH:
        raise ServiceError(f"{count * line.BATCH} readings went in, {stored} are stored")
    return took, last


def _stored(log: Log) -> int:
    """Count what the log gives back, in its order and without a gap."""
    cursor, found = Cursor(), 0
    while parts := log.tail(cursor):
        for part in parts:
            if int(part.seq[0]) != found + 1:
                raise ServiceError(f"after seq {found} comes {int(part.seq[0])}")
            found = int(part.seq[-1])
            cursor = Cursor(part.epoch, found)
    return found
