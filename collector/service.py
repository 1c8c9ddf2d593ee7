"""The collector's process: everything is wired here, and its one loop runs here.

Threads: this one decides who is read; one per hardware bus reads; one per source tells;
the pipeline judges and stores; the keeper makes durable.
"""

import logging
import os
import threading
import time
from contextlib import ExitStack, closing
from typing import Any

from collector.crew import Crew, Hooks, Seat
from collector.demo import Demo, Past
from collector.listener import Listener
from collector.memory import Memory
from collector.pipeline import Limits, Pipeline
from collector.plan import Shop
from collector.roster import Calibrations, Hands, Roster
from collector.sources import Desk, Sources
from collector.states import Condition, reason_of_error
from collector.world import Worlds
from dt import plugins
from dt.clock import Clock, SystemClock
from dt.config import Config
from dt.errors import CorruptError, DtError, ServiceError, StoreError
from dt.hardware.bus import Buses
from dt.hardware.buses import open_buses, plug
from dt.hardware.proc import rss_bytes
from dt.processing.calibrate import Calibration
from dt.service import Life
from dt.store import repair
from dt.store.appliance import Appliance
from dt.store.calibrations import Kind
from dt.store.care import Care
from dt.store.events import Event, Severity
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import ProcessState, SensorState
from dt.store.twins import Twin
from dt.twin.reader import TwinSet
from dt.twins import load_all, stamps

log = logging.getLogger(__name__)

LOOK_S = 2.0
_STATES_S = 10.0
_REMEMBER_S = 60.0
_REMEMBER_DURABLY_S = 3600.0
_CLOSE_WITHIN_S = 0.8


def run(config: Config, life: Life) -> None:
    """Collect until `life` ends.

    Raises:
        StoreError: The store cannot be opened.
        ServiceError: A thread that must live has died.
    """
    clock = SystemClock(config.clock.trust)
    with ExitStack() as stack:
        appliance = stack.enter_context(closing(Appliance.open(config, clock)))
        repair.at_start(config, clock, appliance)
        store = stack.enter_context(closing(Log.open(config, clock)))
        Collecting(config, life, clock, store, appliance).run()


class Collecting:
    """The collector at work; see the module.

    Args:
        config: Of this appliance.
        life: Of this process.
        clock: Of this machine.
        store: Where readings go.
        appliance: Where twins, calibrations and events are.

    Attributes:
        look_s: How often files and calibrations are looked at, in s.
    """

    look_s = LOOK_S

    def __init__(
        self, config: Config, life: Life, clock: Clock, store: Log, appliance: Appliance
    ) -> None:
        self._config = config
        self._life = life
        self._clock = clock
        self._store = store
        self._appliance = appliance
        self._started_at = clock.now_ms()
        self._bell = threading.Event()
        life.on_stop.append(self._bell.set)
        limits = Limits(window_s=float(config.collector.window))
        self._pipeline = Pipeline(store, clock, limits, self._beat)
        self._crew = Crew(config.collector, clock, self._hooks())
        desk = Desk(self._pipeline.emit, self._pipeline.lose, self._told)
        self._sources = Sources(config.collector, clock, desk)
        self._memory = Memory(config)
        self._listener = Listener(store, self._pipeline, clock)
        self._roster = Roster(self._shop(), self._hands(), self._memory.load())
        self._keeper = Keeper(store, config, clock)
        self._care = Care(config, clock, appliance)
        self._keeper.chores.append(self._care)
        self._worlds = Worlds(config, clock)
        self._demo = Demo(config, clock, store, appliance, _simulator)
        self._buses: Buses | None = None
        self._files: dict[str, tuple[int, int]] = {}
        self._calibrations = -1
        self._out: set[str] = set()
        self._last_states: list[SensorState] = []
        now = clock.monotonic()
        self._due = {
            "look": now,
            "states": now + _STATES_S,
            "remember": now + _REMEMBER_S,
            "durably": now + _REMEMBER_DURABLY_S,
        }

    def run(self) -> None:
        """Start everything, loop until the end, stop everything."""
        self._keeper.start()
        self._pipeline.start()
        try:
            self._load()
            self._crew.step()
            self._life.ready()
            while not self._life.stop.is_set():
                self._once()
        finally:
            self._end()

    def _once(self) -> None:
        at = self._crew.step()
        now = self._clock.monotonic()
        if self._is_due("look", now, self.look_s):
            self._look()
        if self._is_due("states", now, _STATES_S):
            self._tell_states()
        if self._is_due("remember", now, _REMEMBER_S):
            self._pipeline.call(self._remember)
        until = min(self._due["look"], self._due["look"] if at is None else at)
        self._bell.wait(max(until - self._clock.monotonic(), 0.0))
        self._bell.clear()

    def _is_due(self, what: str, now: float, every_s: float) -> bool:
        if now < self._due[what]:
            return False
        self._due[what] = now + every_s
        return True

    def _end(self) -> None:
        """Stop all within two seconds, hung drivers left behind."""
        self._sources.ask_to_end()
        self._listener.stop()
        self._crew.stop(_CLOSE_WITHIN_S)
        self._sources.stop(_CLOSE_WITHIN_S / 2)
        self._pipeline.call(lambda: self._remember(durable=True))
        self._pipeline.stop()
        self._keeper.stop()
        self._care.close()
        if self._buses is not None:
            # A thread that hangs may hold the lock of its bus.
            closer = threading.Thread(target=self._buses.close, daemon=True)
            closer.start()
            closer.join(_CLOSE_WITHIN_S / 4)

    def _look(self) -> None:
        """See whether all live, and whether files or calibrations changed."""
        if not self._pipeline.working():
            raise ServiceError("the pipeline's thread has died: expected it to live")
        if self._keeper.state.error_code == CorruptError.code:
            repair.suspect(self._store.paths)
            raise CorruptError(
                f"the history is damaged: {self._keeper.state.error}",
                hint="it is mended when the collector starts again, by itself",
            )
        self._life.alive()
        try:
            if stamps(self._config.twins) != self._files:
                self._load()
            elif self._appliance.calibrations.version() != self._calibrations:
                self._roster.recalibrate(self._calibrated())
        except StoreError as error:
            if not error.retriable:
                raise
            log.warning("cannot look for changes", extra={"code": error.code})
            self._files = {}

    def _load(self) -> None:
        self._files = stamps(self._config.twins)
        found = load_all(self._config.twins)
        # First: a simulated chip begins in the world as it is when it is plugged in.
        pasts = self._demo.live_through(found.twins) if self._demo.wanted() else []
        if self._buses is None:
            self._buses = open_buses(
                self._config, found.twins, surroundings=self._worlds.of
            )
        else:
            plug(self._buses, found.twins, surroundings=self._worlds.of)
        if not self._roster.load(found, self._calibrated()):
            self._files = {}
        if pasts:
            do = threading.Thread(target=self._write_past, args=(pasts,), daemon=True)
            do.start()
        rows = _rows(found)
        self._pipeline.call(lambda: self._store_twins(rows))

    def _store_twins(self, rows: list[Twin]) -> None:
        try:
            self._appliance.twins.replace(rows)
        except StoreError:
            self._files = {}  # so that the next look tries again
            raise

    def _write_past(self, pasts: list[Past]) -> None:
        try:
            self._demo.write(pasts)
        except DtError as error:
            facts = {"code": error.code, "error": str(error)}
            log.warning("simulated history not imported", extra=facts)

    def _calibrated(self) -> Calibrations:
        table = self._appliance.calibrations
        self._calibrations = table.version()
        return {
            entry.signal: Calibration(points=entry.points, polynomial=entry.coefficients)
            for entry in table.all_current()
            if entry.kind != Kind.NONE
        }

    def _shop(self) -> Shop:
        return Shop(
            driver=_driver,
            buses=self._buses_for,
            clock=self._clock,
            media_dir=self._config.media_dir,
        )

    def _buses_for(self, driver: str, twin: str) -> Buses:
        """Return what a driver of a twin gets; simulated cameras see the twin's world."""
        if self._buses is None:
            raise ServiceError("a driver was made before the buses were opened")
        if self._config.hardware == "sim" and driver == "camera":
            made: Buses = plugins.load("dt.simulators", driver)(self._worlds.of(twin))
            return made
        return self._buses

    def _hands(self) -> Hands:
        return Hands(
            crew=self._crew,
            sources=self._sources,
            pipeline=self._pipeline,
            register=self._store.register,
            stamp=self._store,
            clock=self._clock,
            listen=self._listener.want,
        )

    def _hooks(self) -> Hooks:
        def lose(seat: Seat, error: DtError, at: float) -> None:
            self._pipeline.lose(seat.name, reason_of_error(error), at)

        return Hooks(
            deliver=lambda seat, raw, at: self._pipeline.put(seat.name, raw, at),
            lose=lose,
            told=self._told,
            wake=self._bell.set,
        )

    def _told(self, state: SensorState) -> None:
        """Pass on how a sensor fares; may be called from any thread."""
        self._pipeline.tell(state)
        self._pipeline.call(lambda: self._note_event(state))

    def _note_event(self, state: SensorState) -> None:
        """Enter in the events that a sensor was set aside, and that it is back."""
        name = f"{state.twin}/{state.sensor}"
        aside = state.condition in (Condition.QUARANTINED, Condition.HUNG)
        if aside == (name in self._out) or (not aside and state.condition != Condition.OK):
            return
        text = f"{state.sensor} is back"
        if aside:
            text = f"{state.sensor} was lost: {state.message}"
        self._appliance.events.add(
            Event(
                kind="SensorLost" if aside else "SensorBack",
                severity=Severity.WARNING if aside else Severity.INFO,
                twin=state.twin,
                source=state.sensor,
                text=text,
                body={"code": state.code, "driver": state.driver},
            )
        )
        (self._out.add if aside else self._out.discard)(name)

    def _tell_states(self) -> None:
        states = self._roster.states()
        for state in states:
            if state not in self._last_states:
                self._pipeline.tell(state)
        self._last_states = states

    def _remember(self, *, durable: bool = False) -> None:
        now = self._clock.monotonic()
        durable = self._is_due("durably", now, _REMEMBER_DURABLY_S) or durable
        self._memory.save(self._roster.memory(), durable=durable)

    def _beat(self) -> None:
        counts = self._pipeline.counts()
        detail = {
            "stored": str(counts.stored),
            "waiting": str(counts.waiting),
            "dropped": str(counts.dropped),
            "abandoned_threads": str(self._crew.abandoned()),
        }
        self._store.beat(
            ProcessState(
                name=self._life.name,
                pid=os.getpid(),
                started_at=self._started_at,
                beat_at=self._clock.now_ms(),
                rss_bytes=rss_bytes(),
                cpu_s=time.process_time(),
                detail=detail,
            )
        )


def _driver(name: str) -> type[Any]:
    found: type[Any] = plugins.load("dt.sensors", name)
    return found


def _simulator(name: str) -> Any:
    return plugins.load("dt.simulators", name)


def _rows(found: TwinSet) -> list[Twin]:
    good = [Twin(file=t.source, id=t.id, description=t) for t in found.twins]
    bad = [Twin(file=b.file, error=b.error.message) for b in found.broken]
    return [*good, *bad]
