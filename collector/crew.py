"""All sensors of this appliance and the threads that read them, one thread per bus.

`Crew.step` is called by one thread, the service's; it decides everything: who is due,
who hangs, who is left alone for a while. The workers only do what they are given, so a
driver that sleeps an hour delays nobody: not the other sensors of its bus, not start,
not stop.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from collector.schedule import Agenda
from collector.seam import Sensor
from collector.states import Condition, Standing
from collector.worker import Result, Task, Worker
from dt.clock import Clock
from dt.config import Collector
from dt.errors import DriverTimeoutError, DtError
from dt.store.records import SensorState
from dt.twin.readings import Raw


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seat:
    """What the crew must know of one sensor.

    Attributes:
        twin: Id of the twin.
        sensor: Its name in the twin.
        driver: Name of the driver.
        bus: The hardware bus that it shares; its own name if it shares none.
        every_s: How often it is read.
        min_interval_s: Shortest interval that the chip allows.
        timeout_s: After which opening, reading or closing counts as hung.
        make: Makes the driver; touches no hardware.
    """

    twin: str
    sensor: str
    driver: str
    bus: str
    every_s: float
    min_interval_s: float
    timeout_s: float
    make: Callable[[], Sensor]

    @property
    def name(self) -> str:
        """Return the name that is unique on this appliance."""
        return f"{self.twin}/{self.sensor}"


@dataclass(slots=True)
class _Handle:
    """One life of one driver, used by one worker at a time."""

    seat: Seat
    driver: Sensor | None = None

    def read(self) -> Raw:
        if self.driver is None:
            driver = self.seat.make()
            self.driver = driver
            try:
                driver.open()
            except BaseException:
                self.close()
                raise
        return self.driver.read()

    def close(self) -> None:
        driver, self.driver = self.driver, None
        if driver is not None:
            driver.close()


@dataclass(slots=True)
class _Place:
    """A sensor that is in service."""

    seat: Seat
    standing: Standing
    handle: _Handle
    stale: _Handle | None = None


@dataclass(slots=True)
class _Lane:
    """A bus with its thread and its agenda."""

    worker: Worker
    agenda: Agenda = field(default_factory=Agenda)
    waits: bool = False
    """A sensor is due, but the bus is busy."""


class Hooks:
    """What the crew tells; all are called quickly, from any thread.

    Args:
        deliver: A sensor answered: its seat, what it said and when (monotonic s).
        lose: A sensor was lost: its seat, why, and when (monotonic s).
        told: The condition of a sensor changed.
        wake: `Crew.step` should be called soon.
    """

    def __init__(
        self,
        deliver: Callable[[Seat, Raw, float], None],
        lose: Callable[[Seat, DtError, float], None],
        told: Callable[[SensorState], None],
        wake: Callable[[], None],
    ) -> None:
        self.deliver = deliver
        self.lose = lose
        self.told = told
        self.wake = wake


class Crew:
    """Reads the sensors in their seats, each when it is due."""

    def __init__(self, rules: Collector, clock: Clock, hooks: Hooks) -> None:
        self._rules = rules
        self._clock = clock
        self._hooks = hooks
        self._places: dict[str, _Place] = {}
        self._lanes: dict[str, _Lane] = {}
        self._inside: dict[str, Worker] = {}
        self._results: deque[Result] = deque()

    def seat(self, seat: Seat) -> None:
        """Put a sensor into service; it is read at once, then on its grid."""
        now = self._clock.monotonic()
        lane = self._lanes.get(seat.bus)
        if lane is None:
            lane = self._lanes[seat.bus] = _Lane(self._worker(seat.bus))
        standing = Standing(self._rules, seat.twin, seat.sensor, self._clock.now_ms())
        self._places[seat.name] = _Place(seat, standing, _Handle(seat))
        lane.agenda.add(
            seat.name,
            every_s=seat.every_s,
            min_interval_s=seat.min_interval_s,
            now=now,
        )
        self._tell(self._places[seat.name])

    def unseat(self, name: str) -> None:
        """Take a sensor out of service; its driver is closed by its bus's thread."""
        place = self._places.pop(name)
        lane = self._lanes[place.seat.bus]
        lane.agenda.remove(name)
        lane.worker.give(_closing(place))

    def states(self) -> list[SensorState]:
        """Return how each sensor fares."""
        return [self._state(place) for place in self._places.values()]

    def abandoned(self) -> int:
        """Return how many threads are left to themselves; at most one per sensor."""
        return sum(worker.inside() for worker in list(self._inside.values()))

    def step(self) -> float | None:
        """Do what is due now; return the monotonic time of the next step, if any."""
        while self._results:
            self._note(self._results.popleft())
        now = self._clock.monotonic()
        for bus in list(self._lanes):
            self._relieve(bus, now)
            self._give_up(bus)
        for lane in self._lanes.values():
            if lane.worker.idle() and (tasks := list(self._due(lane, now))):
                lane.worker.give(tasks)
        looks = [_next_look(lane, now) for lane in self._lanes.values()]
        if any(lane.waits and lane.worker.idle() for lane in self._lanes.values()):
            return now  # it has just come to its end
        return min((at for at in looks if at is not None), default=None)

    def stop(self, within_s: float) -> None:
        """Close all drivers; those that take longer than `within_s` are left behind."""
        until = self._clock.monotonic() + within_s
        for place in self._places.values():
            self._lanes[place.seat.bus].worker.give(_closing(place))
        for lane in self._lanes.values():
            lane.worker.end()
            lane.worker.wait_idle(max(until - self._clock.monotonic(), 0.0))

    def _worker(self, bus: str) -> Worker:
        return Worker(f"bus {bus}", self._clock.monotonic, self._report)

    def _report(self, result: Result) -> None:
        """Take a result, in the worker's thread."""
        place = self._place_of(result)
        if result.raw is not None and place is not None:
            self._hooks.deliver(place.seat, result.raw, result.ended)
        self._results.append(result)
        # A good reading that nobody waits for is noted at the next step: a wake-up costs
        # more than a read.
        if place is None or result.raw is None or self._is_awaited(place):
            self._hooks.wake()

    def _is_awaited(self, place: _Place) -> bool:
        lane = self._lanes.get(place.seat.bus)
        well = place.standing.condition is Condition.OK
        return not well or lane is None or lane.waits

    def _place_of(self, result: Result) -> _Place | None:
        """Return the place that a result is for, unless it was taken by another."""
        place = self._places.get(result.task.name)
        return place if place is not None and place.seat is result.task.owner else None

    def _note(self, result: Result) -> None:
        place = self._place_of(result)
        if place is None:
            return
        agenda = self._lanes[place.seat.bus].agenda
        agenda.began(place.seat.name, result.began)
        if result.error is not None:
            self._failed(place, result.error, result.ended)
        elif result.raw is not None:
            took = result.ended - result.began
            if place.standing.succeeded(took, self._clock.now_ms()):
                self._tell(place)

    def _failed(self, place: _Place, error: DtError, now: float) -> None:
        if place.standing.failed(error, now, self._clock.now_ms()):
            self._hooks.lose(place.seat, error, now)
        retry_at = place.standing.retry_at
        if retry_at is not None:
            self._lanes[place.seat.bus].agenda.hasten(place.seat.name, retry_at)
            if not isinstance(error, DriverTimeoutError):
                place.stale = place.handle
            place.handle = _Handle(place.seat)
        self._tell(place)

    def _relieve(self, bus: str, now: float) -> None:
        """Give a bus a fresh thread if its present one hangs."""
        lane = self._lanes[bus]
        running = lane.worker.running()
        if running is None or now < running[1] + running[0].timeout_s:
            return
        task = running[0]
        left = lane.worker.disown(task)
        if left is None:
            return
        old, lane.worker = lane.worker, self._worker(bus)
        self._inside[task.name] = old
        lane.worker.give(other for other in left if other.name != task.name)
        place = self._places.get(task.name)
        if place is not None:
            message = f"{place.seat.driver} did not return: waited {task.timeout_s:g} s"
            self._failed(place, DriverTimeoutError(message), now)

    def _give_up(self, bus: str) -> None:
        """Let the thread of a bus without sensors end."""
        lane = self._lanes[bus]
        if not len(lane.agenda) and lane.worker.idle():
            lane.worker.end()
            del self._lanes[bus]

    def _due(self, lane: _Lane, now: float) -> Iterator[Task]:
        self._forget_returned()
        for name in lane.agenda.take(now):
            place = self._places[name]
            if name in self._inside:
                lane.agenda.hasten(name, place.standing.wait(now))
                self._tell(place)
                continue
            if place.stale is not None:
                yield _task(place.seat, place.stale, read=False)
                place.stale = None
            yield _task(place.seat, place.handle, read=True)

    def _forget_returned(self) -> None:
        gone = [name for name, worker in self._inside.items() if not worker.inside()]
        for name in gone:
            del self._inside[name]

    def _tell(self, place: _Place) -> None:
        self._hooks.told(self._state(place))

    def _state(self, place: _Place) -> SensorState:
        seat, standing = place.seat, place.standing
        next_try = None
        if standing.retry_at is not None:
            wait_s = standing.retry_at - self._clock.monotonic()
            next_try = self._clock.now_ms() + round(max(wait_s, 0.0) * 1000)
        return SensorState(
            twin=seat.twin,
            sensor=seat.sensor,
            driver=seat.driver,
            bus=seat.bus,
            condition=standing.condition,
            since=standing.since,
            code=standing.code,
            message=standing.message,
            next_try=next_try,
            reads=standing.reads,
            failures=standing.failures,
            last_ms=standing.last_ms,
        )


def _task(seat: Seat, handle: _Handle, *, read: bool) -> Task:
    def close() -> None:
        handle.close()

    return Task(
        name=seat.name,
        owner=seat if read else None,
        run=handle.read if read else close,
        close=close,
        timeout_s=seat.timeout_s,
    )


def _closing(place: _Place) -> Sequence[Task]:
    handles = [h for h in (place.stale, place.handle) if h is not None]
    return [_task(place.seat, handle, read=False) for handle in handles]


def _next_look(lane: _Lane, now: float) -> float | None:
    """Return when this bus wants attention: when it hangs, or when one is due.

    One that is due while the bus is busy is read when the worker tells its end.
    """
    due = lane.agenda.next_at()
    lane.waits = due is not None and due <= now
    deadline = lane.worker.deadline()
    if deadline is None or due is None or lane.waits:
        return due if deadline is None else deadline
    return min(due, deadline)
