"""Readings pushed over HTTP into the real web process, by one program, over loopback."""

import time
from collections.abc import Iterator

import msgspec
import numpy as np

from dt.bench.client import Client
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import Running
from dt.clock import SystemClock
from dt.errors import ServiceError
from dt.store.log import Log

SIGNALS = 60
SIZES = (100, 1_000, 10_000)
TWIN_ID = "dt:BenchPushed_001"


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the rate for several sizes of a request."""
    with plan.folder("push") as folder:
        config = configuration(folder)
        with Running(config, {"pushed": twin()}) as appliance:
            appliance.start()
            appliance.wait_ready()
            with Client(appliance.url, appliance.token("operator")) as client:
                for size in SIZES:
                    count = plan.some(min(200 * size, 500_000)) // size
                    yield _rate(appliance, client, size, max(count, 3))


def twin() -> str:
    """Return the text of a twin whose signals nobody reads."""
    signals = "".join(
        f"  input.{n}: {{unit: V, range: [-10, 10]}}\n" for n in range(SIGNALS)
    )
    return f'"@id": {TWIN_ID}\nname: Pushed\nsignals:\n{signals}'


def body(size: int, number: int) -> bytes:
    """Return one request of `size` readings, as the wire has them."""
    random = np.random.default_rng(number)
    values = np.round(3 + random.normal(0, 0.05, size), 3)
    now = round(time.time() * 1000) - size
    return msgspec.json.encode(
        {
            "v": 1,
            "signals": [
                {"id": f"{TWIN_ID}/input.{n}", "unit": "V"} for n in range(SIGNALS)
            ],
            "t0": now,
            "dt": [1] * size,
            "s": [n % SIGNALS for n in range(size)],
            "x": values.tolist(),
        }
    )


def _rate(appliance: Running, client: Client, size: int, count: int) -> Outcome:
    bodies = [body(size, number) for number in range(count)]
    log = Log.open(appliance.config, SystemClock("always"))
    try:
        before = log.end().seq
        begin = time.perf_counter()
        for one in bodies:
            status, answer = client.call("POST", "/api/v1/readings", one)
            if status // 100 != 2:
                raise ServiceError(f"a push was answered {status}: {answer[:300]!r}")
        took = time.perf_counter() - begin
        stored = log.end().seq - before
    finally:
        log.close()
    if stored < size * count:
        raise ServiceError(f"{size * count} readings were pushed, {stored} are stored")
    return Outcome(
        case="push",
        what=f"POST /api/v1/readings, {size:,} in a request",
        measured=size * count / took,
        unit="readings/s",
        at_least=50_000 if size >= 1_000 else None,
        note=f"{len(bodies[0]) / size:.0f} B of JSON per reading, "
        f"{1e3 * took / count:.1f} ms a request",
    )
