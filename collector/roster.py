"""Which twins run: takes what the files say and makes it so, changing only what differs.

A file that became broken keeps its twin running as it was, and says so; a sensor whose
declaration did not change goes on undisturbed.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.crew import Crew
from collector.lines import Line, Stamp, hearing
from collector.pipeline import Pipeline
from collector.plan import Plan, Post, Shop, plan
from collector.sources import Sources
from collector.states import Condition
from dt.clock import Clock
from dt.errors import DtError
from dt.processing.calibrate import Calibration
from dt.processing.pipeline import Processor
from dt.store.records import SensorState, SignalRow
from dt.twin import sides
from dt.twin.description import DerivedSpec, SignalSpec, TwinDescription
from dt.twin.reader import TwinSet

log = logging.getLogger(__name__)

Calibrations = Mapping[str, Calibration]
Register = Callable[[Sequence[SignalRow]], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the roster sets to work.

    Attributes:
        crew: Reads sensors.
        sources: Run by themselves.
        pipeline: Judges and stores.
        register: Gives signals their ids in the store.
        stamp: Gives readings their times.
        clock: Of this appliance.
        listen: Says which pushed signals are needed too: id to the line's name.
    """

    crew: Crew
    sources: Sources
    pipeline: Pipeline
    register: Register
    stamp: Stamp
    clock: Clock
    listen: Callable[[Mapping[int, str]], None]


class Roster:
    """The twins in service; one thread calls it."""

    def __init__(self, shop: Shop, hands: Hands, memory: Mapping[str, bytes]) -> None:
        self._shop = shop
        self._hands = hands
        self._memory = dict(memory)
        self._plans: dict[str, Plan] = {}
        self._lines: dict[str, Line] = {}
        self._routed: dict[str, Line] = {}
        self._calibrations: dict[str, Calibration] = {}
        self._told: dict[str, str] = {}
        self._heard: dict[str, dict[int, str]] = {}

    def load(self, found: TwinSet, calibrations: Calibrations) -> bool:
        """Put into service what was found, and out of it what is gone.

        Args:
            found: What the files say.
            calibrations: Full name of a signal to what was entered for it.

        Returns:
            Whether all is done; else call it again soon: the store was busy.
        """
        self._calibrations = dict(calibrations)
        broken = {one.file: str(one.error.message) for one in found.broken}
        self._tell_broken(broken)
        wanted = {twin.id: twin for twin in found.twins}
        for twin_id, old in list(self._plans.items()):
            if twin_id not in wanted and old.twin.source not in broken:
                self._retire(self._plans.pop(twin_id), {})
                self._lines.pop(twin_id, None)
                self._heard.pop(twin_id, None)
                log.info("twin out of service", extra={"twin": twin_id})
        complete = True
        for twin in wanted.values():
            running = self._plans.get(twin.id)
            if running is None or running.twin != twin:
                complete = self._put(twin) and complete
        lines = dict(self._lines)
        self._hands.pipeline.call(lambda: self._route(lines))
        self._hands.listen(
            {n: line for each in self._heard.values() for n, line in each.items()}
        )
        return complete

    def recalibrate(self, calibrations: Calibrations) -> None:
        """Use other calibrations from now on; only what changed is touched."""
        before, self._calibrations = self._calibrations, dict(calibrations)
        changed = {
            name: calibrations.get(name)
            for name in {*before, *calibrations}
            if before.get(name) != calibrations.get(name)
        }
        for line in self._lines.values():
            mine = {n: c for n, c in changed.items() if n in line.measured}
            if mine:
                self._hands.pipeline.call(lambda line=line, mine=mine: _apply(line, mine))  # type: ignore[misc]

    def states(self) -> list[SensorState]:
        """Return how each sensor and source fares, and which cannot run at all."""
        running = [*self._hands.crew.states(), *self._hands.sources.states()]
        return [*running, *(s for p in self._plans.values() for s in self._still(p))]

    def memory(self) -> dict[str, bytes]:
        """Return what processing remembers, by twin; in the pipeline's thread only."""
        return {twin: line.processor.state() for twin, line in self._routed.items()}

    def _put(self, twin: TwinDescription) -> bool:
        new = plan(twin, self._shop)
        try:
            line = self._line(new)
        except DtError as error:
            facts = {"twin": twin.id, "code": error.code, "error": str(error)}
            log.error("twin cannot run", extra=facts)  # noqa: TRY400 - no traceback
            return not error.retriable
        old = self._plans.get(twin.id)
        kept = _unchanged(old, new) if old is not None else {}
        if old is not None:
            self._retire(old, kept)
        new.posts.update(kept)
        self._plans[twin.id] = new
        self._lines[twin.id] = line
        for name, post in new.posts.items():
            if name not in kept:
                self._begin(post)
        for name, problem in new.problems.items():
            facts = {"twin": twin.id, "sensor": name, "code": problem.code}
            log.error("sensor cannot run", extra={**facts, "error": str(problem)})
        for state in self._still(new):
            self._hands.pipeline.tell(state)
        log.info("twin in service", extra={"twin": twin.id, "sensors": len(new.posts)})
        return True

    def _line(self, new: Plan) -> Line:
        twin = new.twin
        rows = [
            SignalRow(
                name=twin.full_name(name), twin=twin.id, unit=spec.unit, title=spec.title
            )
            for name, spec in _signals(twin)
        ]
        ids = self._hands.register(rows)
        calibrations = {
            name: self._calibrations[twin.full_name(name)]
            for name in twin.signals
            if twin.full_name(name) in self._calibrations
        }
        processor = Processor.of(twin, ids, new.origins, calibrations)
        found = sides.of(twin, new.idle())
        name = hearing(twin.id)
        self._heard[twin.id] = {ids[twin.full_name(one)]: name for one in found.heard}
        apart = [ids[twin.full_name(one)] for one in found.outside]
        return Line(processor, new.reads(), self._hands.stamp, self._hands.clock, apart)

    def _route(self, lines: Mapping[str, Line]) -> None:
        """Hand the lines over; what was learned goes on. In the pipeline's thread."""
        for twin, line in lines.items():
            old = self._routed.get(twin)
            if old is line:
                continue
            learned = old.processor.state() if old else self._memory.pop(twin, b"")
            if learned:
                line.processor.restore(learned)
        self._routed = dict(lines)
        self._hands.pipeline.route(
            {sensor: line for line in lines.values() for sensor in line.sensors}
        )

    def _begin(self, post: Post) -> None:
        if post.seat is not None:
            self._hands.crew.seat(post.seat)
        elif post.stand is not None:
            self._hands.sources.start(post.stand)

    def _retire(self, old: Plan, kept: Mapping[str, Post]) -> None:
        for name, post in old.posts.items():
            if name in kept:
                continue
            if post.seat is not None:
                self._hands.crew.unseat(post.seat.name)
            elif post.stand is not None:
                self._hands.sources.end(post.stand.name)

    def _still(self, made: Plan) -> list[SensorState]:
        """Return the states of sensors that no thread looks after."""
        found = [
            SensorState(
                twin=made.twin.id,
                sensor=name,
                driver=made.twin.sensors[name].driver,
                condition=Condition.LOST,
                since=made.since,
                code=error.code,
                message=error.message,
            )
            for name, error in made.problems.items()
        ]
        return found + [
            SensorState(
                twin=made.twin.id,
                sensor=name,
                driver=made.posts[name].driver,
                condition=Condition.OK,
                since=made.since,
            )
            for name in made.idle()
        ]

    def _tell_broken(self, broken: Mapping[str, str]) -> None:
        """Log a broken file once, and once more when it is mended."""
        for file, error in broken.items():
            if self._told.get(file) != error:
                log.error("twin file is broken", extra={"file": file, "error": error})
        for file in self._told.keys() - broken.keys():
            log.info("twin file is no longer broken", extra={"file": file})
        self._told = dict(broken)


def _signals(
    twin: TwinDescription,
) -> Iterator[tuple[str, SignalSpec | DerivedSpec]]:
    yield from twin.signals.items()
    yield from twin.derived.items()


def _unchanged(old: Plan, new: Plan) -> dict[str, Post]:
    if old.twin.source != new.twin.source:
        return {}
    return {
        name: old.posts[name]
        for name, post in new.posts.items()
        if name in old.posts and old.posts[name].spec == post.spec
    }


def _apply(line: Line, changed: Mapping[str, Calibration | None]) -> None:
    line.processor.reconfigure(changed)
    log.info("calibration changed", extra={"signals": " ".join(sorted(changed))})
