"""The cases of the bench; each is a module that is imported when it is run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from dt.bench.outcome import Outcome
from dt.bench.plan import Plan

Measure = Callable[[Plan], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its name, what it is about, and the module with its `measure`."""

    name: str
    title: str
    module: str


CASES = (
    Case("codec", "bytes per reading of several kinds of data", "dt.bench.codec"),
    Case("wire", "readings as they travel to the centre", "dt.bench.wire"),
    Case("processing", "judging alone", "dt.bench.processing"),
    Case("ingest", "raw values to the disk", "dt.bench.ingest"),
    Case("bulk", "import of history", "dt.bench.bulk"),
    Case("push", "readings pushed over HTTP", "dt.bench.push"),
    Case("charts", "a day and a year at 1 Hz", "dt.bench.charts"),
    Case("edge", "all edge processes at 60 readings/s", "dt.bench.edge"),
    Case("hands", "readings to actuators, and many rules", "dt.bench.hands"),
    Case("powercut", "what a power cut costs (root only)", "dt.bench.powercut"),
    Case("viewers", "sensor to browser with 20 viewers", "dt.bench.viewers"),
)


def measure(case: Case, plan: Plan) -> list[Outcome]:
    """Run one case."""
    run: Measure = import_module(case.module).measure
    return list(run(plan))
