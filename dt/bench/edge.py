"""What all edge processes cost together at 60 readings/s: ``dt up``, as a user runs it."""

import os
import time
from collections.abc import Iterator

from dt.bench import data, history, twins
from dt.bench.meter import Meter, Usage
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import Running
from dt.bench.statistics import slope_per_hour
from dt.clock import SystemClock
from dt.config import Config
from dt.store.log import Log
from dt.twin.readings import Cursor

RATE = 60
ROW_TABLE_BYTES = 5200
"""What a row table with a (signal, time) index gave to the disk for each reading."""
_SAMPLE_EVERY_S = 5.0
_SEALS_ARE_IN_S = 3 * history.SEAL_S


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the figures of one run: first the start, then the steady state."""
    with plan.folder("edge") as folder:
        config = configuration(folder)
        files = twins.sixty(folder)
        with Running(config, files) as appliance:
            sealing = _lived(config)
            process = appliance.start()
            dashboard = appliance.wait_ready()
            log = Log.open(config, SystemClock("always"))
            try:
                yield from _start(appliance, log, dashboard)
                meter = Meter(process.pid)
                time.sleep(plan.warm_up_s)
                before = log.end()
                usages = _watch(meter, plan.duration_s)
                readings = _readings(before, log.end())
                yield from _steady(usages, readings)
                with_seals = plan.duration_s >= _SEALS_ARE_IN_S
                yield _written(usages, readings, 0.0 if with_seals else sealing)
            finally:
                log.close()


def _lived(config: Config) -> float:
    """Give the appliance a day of history; return the bytes written per reading for it.

    This is what sealing and compaction write; the journal is written once for each
    quarter of an hour here, which adds two or three bytes. An hour with a journal write
    each second follows, so that it has the rows that it overwrites all its life.
    """
    clock = SystemClock("always")
    meter = Meter(os.getpid())
    before = meter.read().written
    start = clock.now_ms() - 2 * data.DAY_MS
    count = history.live(config, clock, RATE, 24, start)
    written = meter.read().written - before
    history.seconds(config, clock, RATE, 1, start + data.DAY_MS)
    return written / count


def _start(appliance: Running, log: Log, dashboard: float) -> Iterator[Outcome]:
    signal = twins.sixty_signals()[0]
    names = log.signals
    appliance.wait(lambda: signal in names(), "knows its signals", 30)
    number = log.signals()[signal].id
    appliance.wait(lambda: number in log.latest([number]), "has a reading", 30)
    since = round(appliance.started_at * 1000)
    _, readings, _ = next(iter(log.readings([number], since, since + 60_000)))
    first = float(readings.observed_at[0]) / 1e3
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


def _steady(usages: list[Usage], readings: int) -> Iterator[Outcome]:
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


def _written(usages: list[Usage], readings: int, sealing: float) -> Outcome:
    running = (usages[-1].written - usages[0].written) / max(readings, 1)
    note = f"loss bound 1 s; write_bytes of all processes: {running:.0f} B"
    if sealing:
        note += f" in the run, and {sealing:.0f} B for sealing a day in fast motion"
    return Outcome(
        case="edge",
        what="written to the disk",
        measured=running + sealing,
        unit="B/reading",
        at_most=120,
        peer=ROW_TABLE_BYTES,
        peer_name="a row table (measured once)",
        note=note,
    )


def _readings(before: Cursor, after: Cursor) -> int:
    return after.seq - before.seq if before.epoch == after.epoch else 0
