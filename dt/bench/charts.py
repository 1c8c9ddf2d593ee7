"""What a chart costs: a day of eight signals, a year of one, all at 1 Hz."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dt.bench import data, history
from dt.bench.client import Client
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import Running, forget
from dt.bench.statistics import median, percentile, timed
from dt.clock import SystemClock
from dt.config import Config, Store
from dt.errors import ServiceError
from dt.store.log import Log
from dt.twin.quantities import Seconds

POINTS = 1_200
MOST_POINTS = 1_500
CALLS = 40
STORE_MS = 15
SERVER_MS = 50


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the figures of a day, then those of a year."""
    yield from _chart(plan, "24 h × 8 signals", 8, 1)
    yield from _chart(plan, "1 y × 1 signal", 1, plan.some(365))


def _chart(plan: Plan, what: str, signals: int, days: int) -> Iterator[Outcome]:
    clock = SystemClock("always")
    start = clock.now_ms() - days * data.DAY_MS
    keep_for_ever = msgspec.structs.replace(Store(), retain={"raw": Seconds(10 * 31556952)})
    with plan.folder("charts") as folder:
        config = configuration(folder, keep_for_ever)
        try:
            begin = time.perf_counter()
            count = history.live(config, clock, signals, 24 * days, start)
            took = time.perf_counter() - begin
            span = (start, start + days * data.DAY_MS)
            note = f"{count:,} readings, written in {took:.0f} s"
            yield from _at_rest(config, what, count, note)
            yield from _store(config, what, signals, span)
            yield from _server(config, what, signals, span)
        finally:
            forget(config)


def _at_rest(config: Config, what: str, count: int, note: str) -> Iterator[Outcome]:
    size = sum(path.stat().st_size for path in Path(config.data).glob("telemetry.db*"))
    yield Outcome(
        case="charts",
        what=f"at rest, {what}",
        measured=size / count,
        unit="B/reading",
        at_most=3,
        note=f"{note}; {size / 1e6:.1f} MB, all files of the log, roll-ups included",
    )


def _store(
    config: Config, what: str, signals: int, span: tuple[int, int]
) -> Iterator[Outcome]:
    cold = [_first_call(config, signals, span) for _ in range(5)]
    log = Log.open(config, SystemClock("always"))
    ids = history.register(log, signals)
    most = max(len(one) for one in log.series(ids, *span, POINTS))
    warm = timed(CALLS, lambda: log.series(ids, *span, POINTS))
    log.close()
    yield _took(f"store, {what}, warm", warm, STORE_MS)
    yield _took(f"store, {what}, first call after opening", cold, STORE_MS)
    yield Outcome(
        case="charts",
        what=f"points per signal, {what}",
        measured=most,
        unit="points",
        at_most=MOST_POINTS,
    )


def _first_call(config: Config, signals: int, span: tuple[int, int]) -> float:
    log = Log.open(config, SystemClock("always"))
    ids = history.register(log, signals)
    (took,) = timed(1, lambda: log.series(ids, *span, POINTS))
    log.close()
    return took


def _server(
    config: Config, what: str, signals: int, span: tuple[int, int]
) -> Iterator[Outcome]:
    query = "&".join(f"signal={name}" for name in history.names(signals))
    path = f"/api/v1/readings?{query}&from={span[0]}&to={span[1]}&points={POINTS}"
    with Running(config, {}) as appliance:
        appliance.start("run", "web")
        appliance.wait_ready("/healthz")
        with Client(appliance.url, appliance.token("viewer")) as client:
            size = len(_get(client, path))
            took = timed(CALLS, lambda: _get(client, path))
    note = f"{size / 1e3:.0f} kB of JSON"
    yield _took(f"HTTP, {what}", took, SERVER_MS, note)


def _get(client: Client, path: str) -> bytes:
    status, body = client.call("GET", path)
    if status != 200:
        raise ServiceError(f"GET {path} was answered {status}: {body[:300]!r}")
    return body


def _took(what: str, took: list[float], limit: float, note: str = "") -> Outcome:
    calls = f"p99 {percentile(took, 99):.1f} ms of {len(took)} calls"
    return Outcome(
        case="charts",
        what=what,
        measured=median(took),
        unit="ms",
        at_most=limit,
        note="; ".join(filter(None, (calls, note))),
    )
