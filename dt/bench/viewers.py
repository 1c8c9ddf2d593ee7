"""From a sensor to the browser, with twenty people looking on."""

import subprocess
import sys
import time
from collections.abc import Iterator

import msgspec

from dt.bench import probe, twins
from dt.bench.meter import Meter
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import Running
from dt.bench.statistics import median, percentile
from dt.bench.viewer import Seen
from dt.errors import ServiceError

VIEWERS = 20


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the delays in both modes of the server."""
    for server in ("eventlet", "threading"):
        with plan.folder("viewers") as folder:
            config = configuration(folder)
            web = msgspec.structs.replace(config.web, server=server)
            config = msgspec.structs.replace(config, web=web)
            plugin = probe.install(folder / "plugin")
            files = {"probe": probe.twin(), **twins.sixty(folder)}
            with Running(config, files, plugins=[plugin]) as appliance:
                appliance.start()
                appliance.wait_ready()
                yield from _look_on(plan, appliance, server)


def _look_on(plan: Plan, appliance: Running, server: str) -> Iterator[Outcome]:
    seconds = min(plan.duration_s, 60.0)
    signals = [probe.SIGNAL, *twins.sixty_signals()]
    command = [sys.executable, "-P", "-m", "dt.bench.viewer", appliance.url]
    command += [appliance.token("viewer"), str(VIEWERS), str(seconds), *signals]
    meters = [Meter(pid) for pid in appliance.pids_of("web")]
    before = [meter.read() for meter in meters]
    begin = time.monotonic()
    ended = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - ours
    after = [meter.read() for meter in meters]
    took = time.monotonic() - begin
    if ended.returncode:
        raise ServiceError(f"the viewers failed: {ended.stderr.decode()[-1000:]}")
    seen = msgspec.json.decode(ended.stdout, type=Seen)
    cpu = sum(b.cpu_s - a.cpu_s for a, b in zip(before, after, strict=True))
    note = (
        f"median {median(seen.delays_ms):.0f} ms of {len(seen.delays_ms)} delays; "
        f"each viewer got {median(seen.readings):.0f} readings "
        f"in {median(seen.batches):.0f} messages in {seconds:.0f} s"
    )
    yield Outcome(
        case="viewers",
        what=f"sensor to browser, {VIEWERS} viewers, p99, {server}",
        measured=percentile(seen.delays_ms, 99),
        unit="ms",
        at_most=150,
        note=note,
    )
    yield Outcome(
        case="viewers",
        what=f"web process with {VIEWERS} viewers, {server}",
        measured=100 * cpu / took,
        unit="% of a core",
        note="joining of the viewers included",
    )
