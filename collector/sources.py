"""The sources: drivers that tell by themselves, each in a thread of its own.

A source that ends with an error is started again after a pause that doubles, as a sensor
in quarantine is; it is logged once when lost and once when it is back. A source that
does not end when it should is left behind.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from collector.seam import Source
from collector.states import Standing, reason_of_error
from dt.clock import Clock
from dt.config import Collector
from dt.errors import DtError, SourceError
from dt.store.records import SensorState
from dt.twin.quality import Reason
from dt.twin.readings import Raw

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stand:
    """What must be known of one source.

    Attributes:
        twin: Id of the twin.
        sensor: Its name in the twin.
        driver: Name of the driver.
        make: Makes the driver; opens nothing.
    """

    twin: str
    sensor: str
    driver: str
    make: Callable[[], Source]

    @property
    def name(self) -> str:
        """Return the name that is unique on this appliance."""
        return f"{self.twin}/{self.sensor}"


class Desk:
    """What a source hands its readings and news to; called from its thread.

    Args:
        emit: Brings raw values into the log; returns when they are there.
        lose: The source was lost: its name, why and when (monotonic s).
        told: The condition of the source changed.
    """

    def __init__(
        self,
        emit: Callable[[str, Raw], None],
        lose: Callable[[str, Reason, float], None],
        told: Callable[[SensorState], None],
    ) -> None:
        self.emit = emit
        self.lose = lose
        self.told = told


class Running:
    """One source and its thread."""

    def __init__(self, stand: Stand, rules: Collector, clock: Clock, desk: Desk) -> None:
        self._stand = stand
        self._clock = clock
        self._desk = desk
        self._standing = Standing(rules, stand.twin, stand.sensor, clock.now_ms())
        self._first_pause_s = min(FIRST_PAUSE_S, float(rules.retry_first))
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._run, name=f"source {stand.name}", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._desk.told(self.state())
        self._thread.start()

    def end(self) -> None:
        """Ask it to end; returns at once."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; return whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def state(self) -> SensorState:
        """Return how it fares."""
        with self._lock:
            standing = self._standing
            next_try = None
            if standing.retry_at is not None:
                wait_s = max(standing.retry_at - self._clock.monotonic(), 0.0)
                next_try = self._clock.now_ms() + round(wait_s * 1000)
            return SensorState(
                twin=self._stand.twin,
                sensor=self._stand.sensor,
                driver=self._stand.driver,
                condition=standing.condition,
                since=standing.since,
                code=standing.code,
                message=standing.message,
                next_try=next_try,
                reads=standing.reads,
                failures=standing.failures,
            )

    def _run(self) -> None:
        driver: Source | None = None
        while not self._stop.is_set():
            try:
                if driver is None:
                    driver = self._stand.make()
                driver.run(self._emit, self._stop)
            except DtError as error:
                self._failed(error)
            except Exception as error:
                log.debug("source broke", exc_info=error)
                driver = None
                seen = f"{type(error).__name__}: {error}"
                self._failed(SourceError(f"{self._stand.driver} broke: {seen}"))
            else:
                if not self._stop.is_set():
                    log.info("source is at its end", extra={"source": self._stand.name})
                return

    def _emit(self, raw: Raw) -> None:
        if len(raw):
            self._desk.emit(self._stand.name, raw)
        with self._lock:
            changed = self._standing.succeeded(0.0, self._clock.now_ms())
        if changed:
            self._desk.told(self.state())

    def _failed(self, error: DtError) -> None:
        if self._stop.is_set():
            return
        now = self._clock.monotonic()
        with self._lock:
            first = self._standing.failed(error, now, self._clock.now_ms())
            if self._standing.retry_at is None:
                self._standing.retry_at = now + self._first_pause_s
            pause_s = self._standing.retry_at - now
        if first:
            self._desk.lose(self._stand.name, reason_of_error(error), now)
        self._desk.told(self.state())
        self._stop.wait(pause_s)


class Sources:
    """All sources of this appliance."""

    def __init__(self, rules: Collector, clock: Clock, desk: Desk) -> None:
        self._rules = rules
        self._clock = clock
        self._desk = desk
        self._running: dict[str, Running] = {}

    def start(self, stand: Stand) -> None:
        """Start a source."""
        running = Running(stand, self._rules, self._clock, self._desk)
        self._running[stand.name] = running
        running.start()

    def end(self, name: str) -> None:
        """Let a source end; waits a moment, so that a successor finds its place free."""
        running = self._running.pop(name)
        running.end()
        running.join(0.5)

    def states(self) -> list[SensorState]:
        """Return how each source fares."""
        return [running.state() for running in self._running.values()]

    def ask_to_end(self) -> None:
        """Ask all sources to end; returns at once."""
        for running in self._running.values():
            running.end()

    def stop(self, within_s: float) -> None:
        """End all; those that take longer than `within_s` are left behind."""
        until = self._clock.monotonic() + within_s
        self.ask_to_end()
        for running in self._running.values():
            running.join(max(until - self._clock.monotonic(), 0.0))
