"""From a stored reading to a switched actuator, and what a thousand rules cost."""

import time
from collections.abc import Iterator
from pathlib import Path

from dt.bench import data, probe, twins
from dt.bench.meter import Meter
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import Running
from dt.bench.statistics import median, percentile
from dt.errors import ServiceError

RULES, SIGNALS = 1000, 200
_INTERVAL_S = SIGNALS / 60
_LAMP = '''\
"""Says the wall-clock time at which it was switched on, in s."""

import time

import msgspec

from controller.seam import Description
from dt.twin.command import OFF, Verb


class Lamp:
    """The actuator."""

    DESCRIPTION = Description(kind="bench_lamp", title="Lamp of the bench")
    VERBS = frozenset({Verb.ON, Verb.OFF})

    class Options(msgspec.Struct, frozen=True, kw_only=True):
        """The file that gets the times."""

        lit: str

    def __init__(self, options, buses, name):
        self._file = options.lit
        self._command = OFF

    def apply(self, command):
        """Note the time."""
        if command.on:
            with open(self._file, "a") as lit:
                lit.write(f"{time.time()!r}\\n")
        self._command = command

    def report(self):
        """Return what it was told."""
        return self._command

    def close(self):
        """Hold nothing."""
'''


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the delay from reading to actuator, then the cost of many rules."""
    with plan.folder("reaction") as folder:
        yield _reaction(plan, folder)
    with plan.folder("rules") as folder:
        yield _rules(plan, folder)


def _reaction(plan: Plan, folder: Path) -> Outcome:
    plugin = probe.install(folder / "plugin", ("bench_lamp", "Lamp", _LAMP))
    taken, lit = folder / "taken", folder / "lit"
    twin = probe.twin(f"pause_s: 1.4, taken: {taken}, ") + (
        f"actuators: {{lamp: {{driver: bench_lamp, lit: {lit}}}}}\n"
        "rules:\n"
        '  - {id: each, when: "read.at > 0", repeat: 1ms,'
        " then: [{actuator: lamp, command: ON, duration: 50ms}]}\n"
    )
    files = {"probe": twin, **twins.sixty(folder)}
    with Running(configuration(folder), files, plugins=[plugin]) as appliance:
        appliance.start()
        appliance.wait_ready()
        appliance.wait(lambda: lit.exists() and taken.exists(), "reacts", 30)
        time.sleep(5 + min(plan.duration_s, 120.0))
    read, switched = _times(taken), _times(lit)
    delays = [
        1000 * (at - max(t for t in read if t <= at))
        for at in switched
        if read and at >= read[0]
    ]
    if len(delays) < 0.9 * len(read):
        raise ServiceError(
            f"saw {len(delays)} reactions to {len(read)} readings, expected all"
        )
    return Outcome(
        case="hands",
        what="reading to actuator, p99",
        measured=percentile(delays, 99),
        unit="ms",
        at_most=150,
        note=f"median {median(delays):.0f} ms of {len(delays)}; gathering and both "
        "commits to the disk included, 60 readings/s beside it",
    )


def _rules(plan: Plan, folder: Path) -> Outcome:
    path = folder / "many.csv"
    _write(path)
    with Running(configuration(folder), {"many": _many(path)}) as appliance:
        appliance.start("run", "collector")
        appliance.start("run", "controller")
        appliance.wait(
            lambda: len(appliance.pids_of("controller")) > 1, "has a controller", 30
        )
        time.sleep(min(plan.warm_up_s, 15.0))
        meter = Meter(min(appliance.pids_of("controller")))
        before = meter.read()
        time.sleep(min(plan.duration_s, 60.0))
        after = meter.read()
    return Outcome(
        case="hands",
        what=f"{RULES:,} rules over {SIGNALS} signals at 60 readings/s",
        measured=100 * (after.cpu_s - before.cpu_s) / (after.at - before.at),
        unit="% of a core",
        at_most=10,
        note="the controller's process with its guardian; of three kinds, half of them "
        "with a duration; none fires",
    )


def _many(path: Path) -> str:
    names = [f"input.{n}" for n in range(SIGNALS)]
    lines = ['"@id": dt:BenchMany_001', "name: Many inputs", "signals:"]
    lines += [f"  {name}: {{unit: V, range: [-10, 10]}}" for name in names]
    reads = ", ".join(f"c{n}: {name}" for n, name in enumerate(names))
    how = f"driver: csv_replay, file: {path}, interval: {_INTERVAL_S:.3f}s, loop: true"
    lines += ["sensors:", f"  replay: {{{how}, reads: {{{reads}}}}}", "rules:"]
    for number in range(RULES):
        name, other = names[number % SIGNALS], names[(number * 7 + 3) % SIGNALS]
        kinds = (
            f'when: "{name} > 9 and {other} < 1", for: 60s',
            f"kind: threshold, signal: {name}, above: 9.5, margin: 1",
            f'when: "abs({name} - {other}) > 18", clear: "{name} < 1", for: 30s',
            f"kind: range, signal: {name}, low: -9.9, high: 9.9",
        )
        lines.append(f"  - {{id: r{number}, {kinds[number % len(kinds)]}}}")
    return "\n".join(lines) + "\n"


def _write(path: Path) -> None:
    rows = 200
    columns = [data.signal(data.noisy, rows, signal=n).value for n in range(SIGNALS)]
    head = ",".join(f"c{n}" for n in range(SIGNALS))
    body = (
        ",".join(f"{min(max(value, -9), 9):.3f}" for value in row)
        for row in zip(*(column.tolist() for column in columns), strict=True)
    )
    path.write_text("\n".join([head, *body]) + "\n", encoding="utf-8")


def _times(path: Path) -> list[float]:
    return [float(line) for line in path.read_text().split()]
