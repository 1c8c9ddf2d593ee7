"""What all edge processes cost together at 60 readings/s: ``dt up``, as a user runs it."""

import time
from collections.abc import Iterator

import msgspec

from dt.bench import twins
from dt.bench.meter import Meter, Usage
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import Running
from dt.bench.statistics import slope_per_hour
from dt.clock import SystemClock
from dt.config import Store
from dt.store.log import Log
from dt.twin.quantities import Seconds
from dt.twin.readings import Cursor

RATE = 60
ROW_TABLE_BYTES = 5200
"""What a row table with a (signal, time) index gave to the disk for each reading."""
_SAMPLE_EVERY_S = 5.0
_SEALS = 3


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the figures of one run: first the start, then the steady state."""
    seal_every = min(900.0, plan.duration_s / _SEALS)
    store = msgspec.structs.replace(Store(), seal_every=Seconds(seal_every))
    with plan.folder("edge") as folder:
        files = twins.sixty(folder)
        with Running(configuration(folder, store), files) as appliance:
            process = appliance.start()
            dashboard = appliance.wait_ready()
            log = Log.open(appliance.config, SystemClock("always"))
            try:
                yield from _start(appliance, log, dashboard)
                meter = Meter(process.pid)
                time.sleep(plan.warm_up_s)
                before = log.end()
                usages = _watch(meter, plan.duration_s)
                readings = _readings(before, log.end())
                yield from _steady(usages, readings, f"sealed every {seal_every:.0f} s")
            finally:
                log.close()


def _start(appliance: Running, log: Log, dashboard: float) -> Iterator[Outcome]:
    appliance.wait(lambda: log.end().seq > 0, "has a reading", 30)
    first = log.tail(Cursor(), 1)[0].readings.observed_at[0] / 1e3
    for what, took in (
        ("start to the first reading", first - appliance.started_at),
        ("start to the dashboard", dashboard),
    ):
        yield Outcome(case="edge", what=what, measured=took, unit="s", at_most=3)


def _watch(meter: Meter, duration_s: float) -> list[Usage]:
    usages = [meter.read()]
    while usages[-1].at - usages[0].at < duration_s:
        time.sleep(_SAMPLE_EVERY_S)
        usages.append(meter.read())
    return usages


def _steady(usages: list[Usage], readings: int, sealed: str) -> Iterator[Outcome]:
    first, last = usages[0], usages[-1]
    took = last.at - first.at
    pss = [usage.pss / 1e6 for usage in usages]
    slope = slope_per_hour([usage.at for usage in usages], pss)
    yield Outcome(
        case="edge",
        what="readings",
        measured=readings / took,
        unit="readings/s",
        at_least=RATE * 0.99,
        note=f"over {took:.0f} s, {last.processes} processes, supervisor included",
    )
    yield Outcome(
        case="edge",
        what="processor, all processes",
        measured=100 * (last.cpu_s - first.cpu_s) / took,
        unit="% of a core",
        at_most=3,
    )
    yield Outcome(
        case="edge",
        what="memory, all processes (PSS)",
        measured=max(pss),
        unit="MB",
        at_most=150,
        note=f"from {pss[0]:.1f} to {pss[-1]:.1f} MB, a slope of {slope:.1f} MB/h",
    )
    yield Outcome(
        case="edge",
        what="written to the disk",
        measured=(last.written - first.written) / max(readings, 1),
        unit="B/reading",
        at_most=120,
        peer=ROW_TABLE_BYTES,
        peer_name="a row table (measured once)",
        note=f"loss bound 1 s; write_bytes of all processes; {sealed} (usually 900 s)",
    )


def _readings(before: Cursor, after: Cursor) -> int:
    return after.seq - before.seq if before.epoch == after.epoch else 0
