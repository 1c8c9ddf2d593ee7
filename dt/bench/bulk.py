"""Import of history: columns that are in memory, and a CSV file, straight to chunks."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from dt.bench import data, history
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import forget
from dt.clock import SystemClock
from dt.errors import ServiceError
from dt.store.bulk import BulkWriter
from dt.store.log import Log
from dt.store.transfer.importing import Import
from dt.store.transfer.piece import Reading, Reject
from dt.twin.readings import Readings

SIGNALS = 10
_LINE = "{},{}\n"


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the rates of both."""
    per_signal = plan.some(200_000)
    with plan.folder("bulk") as folder:
        config = configuration(folder)
        log = Log.open(config, SystemClock("always"))
        try:
            yield _arrays(log, per_signal)
            for kind in ("wide", "long"):
                path = folder / f"{kind}.csv"
                count = _write(path, kind, per_signal // 4)
                yield _file(log, path, kind, count)
        finally:
            log.close()
            forget(config)


def _arrays(log: Log, per_signal: int) -> Outcome:
    ids = history.register(log, SIGNALS)
    parts = [
        data.signal(history.KINDS[n % 4], per_signal, signal=number)
        for n, number in enumerate(ids)
    ]
    rate = _rate(log, iter(parts), SIGNALS * per_signal)
    return Outcome(
        case="bulk",
        what="columns in memory",
        measured=rate,
        unit="readings/s",
        at_least=300_000,
    )


def _file(log: Log, path: Path, kind: str, count: int) -> Outcome:
    work = Import(log, Reading(refuse=_refuse))
    with path.open("rb") as stream:
        rate = _rate(log, work.readings(stream, "csv"), count)
    size = path.stat().st_size
    return Outcome(
        case="bulk",
        what=f"CSV file, {kind}",
        measured=rate,
        unit="readings/s",
        at_least=300_000,
        note=f"{count:,} readings in {size / 1e6:.0f} MB",
    )


def _rate(log: Log, parts: Iterable[Readings], count: int) -> float:
    begin = time.perf_counter()
    writer = BulkWriter(log)
    done = 0
    for part in parts:
        writer.write(part)
        done += len(part)
    writer.finish()
    took = time.perf_counter() - begin
    if done != count:
        raise ServiceError(f"{count} readings were to be imported, {done} were")
    return done / took


def _refuse(reject: Reject) -> None:
    raise ServiceError(f"line {reject.line} was refused: {reject.reason}")


def _write(path: Path, kind: str, rows: int) -> int:
    """Write a file of all signals: a column for each, or a row for each reading."""
    names = [f"dt:Bench_{kind}/s{n}" for n in range(SIGNALS)]
    made = [data.signal(history.KINDS[n % 4], rows, signal=n) for n in range(SIGNALS)]
    times = made[0].observed_at.tolist()
    columns = [one.value.tolist() for one in made]
    with path.open("w", encoding="utf-8") as file:
        if kind == "wide":
            file.write(f"time,{','.join(names)}\n")
            for at, *values in zip(times, *columns, strict=True):
                file.write(_LINE.format(at, ",".join(map(repr, values))))
        else:
            file.write("time,signal,value\n")
            for at, *values in zip(times, *columns, strict=True):
                for name, value in zip(names, values, strict=True):
                    file.write(_LINE.format(at, f"{name},{value!r}"))
    return rows * SIGNALS
