"""The whole line in one process: raw values → judged → live log → journal on the disk."""

import time
from collections.abc import Iterator

from dt.bench import line, rows, twins
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import Running, forget
from dt.clock import Clock, SystemClock
from dt.config import Config
from dt.errors import ServiceError
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.twin.readings import Cursor, Readings

_PEER_BATCHES = 100


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the rate of the line, beside that of a row table, then of a real collector."""
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
    yield _replayed(plan)


def _replayed(plan: Plan) -> Outcome:
    """Let a real collector replay a CSV file as fast as it can."""
    per_column = plan.some(50_000)
    wanted = per_column * twins.COLUMNS
    with plan.folder("replay") as folder:
        config = configuration(folder)
        with Running(config, twins.replayed(folder, per_column)) as appliance:
            appliance.start("run", "collector")
            log = Log.open(config, SystemClock("always"))
            try:
                appliance.wait(lambda: log.end().seq > 0, "has a reading", 30)
                begin, before = time.perf_counter(), log.end().seq
                appliance.wait(lambda: log.end().seq >= wanted, "has replayed all", 120)
                appliance.wait(lambda: not log.health().unsaved, "has journalled all", 30)
                took = time.perf_counter() - begin
            finally:
                log.close()
    return Outcome(
        case="ingest",
        what="CSV replay to durable, real collector",
        measured=(wanted - before) / took,
        unit="readings/s",
        at_least=150_000,
        note=f"{wanted:,} readings, read from the file, judged and stored by dt run "
        "collector; until none is unsaved, looked at every 20 ms",
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
