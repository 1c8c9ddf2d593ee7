"""From raw to reading: gathers what the drivers say, has it judged, appends it to the log.

One thread talks to the store, so that a store that is locked or full stops nobody from
sampling. What it does not take is kept in memory, up to a bound, and goes in by itself
later; what a driver handed over is never lost silently.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.lines import Said
from dt.clock import Clock
from dt.errors import DtError, SourceError, StoreError
from dt.store.records import SensorState
from dt.twin.quality import Reason
from dt.twin.readings import Logged, Raw, Readings

log = logging.getLogger(__name__)

QUEUE_MAX = 200_000
"""Readings kept while the store takes none: an hour at 60/s, 30 MB at most."""
BULK = 500
"""So many readings are not kept waiting for the window."""
BEAT_S = 5.0
_GIVE_UP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long things wait, and how many.

    Attributes:
        window_s: How long the first raw value waits for others.
        retry_s: How long the store is left alone after it refused.
        queue_max: Readings that may wait.
    """

    window_s: float = 0.02
    retry_s: float = 0.5
    queue_max: int = QUEUE_MAX


class Judge(Protocol):
    """What makes readings of the raw values of one twin."""

    def judge(self, said: Sequence[Said]) -> Readings:
        """Return readings with signal ids, times and quality."""
        ...


class Sink(Protocol):
    """The part of the log that the pipeline needs."""

    def append(self, readings: Readings) -> Logged:
        """Store readings; raise a StoreError if that cannot be now."""
        ...

    def set_sensor(self, state: SensorState) -> None:
        """Tell how a sensor fares."""
        ...


class Ticket:
    """A promise that readings will be in the log."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._stored = False

    def settle(self, *, stored: bool) -> None:
        """Keep the promise, or tell that it cannot be kept."""
        self._stored = stored
        self._done.set()

    def wait(self) -> None:
        """Return when the readings are in the log.

        Raises:
            SourceError: They will not be: the collector stops.
        """
        self._done.wait()
        if not self._stored:
            raise SourceError("readings were not stored: the collector is stopping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the readings.

    Attributes:
        stored: In the log.
        waiting: In memory, because the store takes none now.
        dropped: Lost: the memory for waiting was full, or they could not be judged.
    """

    stored: int
    waiting: int
    dropped: int


class Pipeline:
    """Takes raw values from any thread and brings them into the log in its own.

    Args:
        sink: Where readings go.
        clock: For the beat.
        limits: How long things wait, and how many.
        beat: Called every 5 s in the pipeline's thread.
    """

    def __init__(
        self,
        sink: Sink,
        clock: Clock,
        limits: Limits,
        beat: Callable[[], None],
    ) -> None:
        self._sink = sink
        self._clock = clock
        self._limits = limits
        self._beat = beat
        self._beat_at = clock.monotonic()
        self._judges: Mapping[str, Judge] = {}
        self._items: deque[tuple[Said, Ticket | None]] = deque()
        self._queued = 0
        self._states: dict[tuple[str, str], SensorState] = {}
        self._judged: list[Readings] = []
        self._tickets: list[Ticket] = []
        self._refused: str = ""
        self._calls: deque[Callable[[], None]] = deque()
        self._stored = 0
        self._dropped = 0
        self._told_full = False
        self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def route(self, judges: Mapping[str, Judge]) -> None:
        """Say who judges which sensor from now on; others' values are dropped.

        Called in the pipeline's thread (see `call`), or before it starts.
        """
        self._judges = dict(judges)

    def put(self, sensor: str, raw: Raw, at: float) -> None:
        """Take what a sensor said; returns at once.

        Nothing is kept beyond the bound: a sensor measures on whether or not there is
        room, so the newest values go, counted and logged.
        """
        self._add(Said(sensor, at, raw))

    def lose(self, sensor: str, reason: Reason, at: float) -> None:
        """Note that a sensor was lost: its signals get one bad reading."""
        self._add(Said(sensor, at, reason=reason))

    def hear(self, said: Said) -> None:
        """Take readings that others stored, for what derives from them."""
        self._add(said)

    def emit(self, sensor: str, raw: Raw) -> None:
        """Take what a source said; returns when it is in the live log.

        Raises:
            SourceError: The collector stops; it is not in the log.
        """
        if not len(raw):
            return
        ticket = Ticket()
        said = Said(sensor, self._clock.monotonic(), raw)
        with self._changed:
            self._changed.wait_for(
                lambda: self._queued < self._limits.queue_max or self._stopping
            )
            if self._stopping:
                ticket.settle(stored=False)
            else:
                self._enqueue(said, ticket)
        ticket.wait()

    def call(self, do: Callable[[], None]) -> None:
        """Have something done in the pipeline's thread, between two batches.

        What is judged or written to the store is touched by that thread alone.
        """
        with self._changed:
            self._calls.append(do)
            self._changed.notify_all()

    def tell(self, state: SensorState) -> None:
        """Write how a sensor fares into the store, soon."""
        with self._changed:
            self._states[state.twin, state.sensor] = state
            self._changed.notify_all()

    def counts(self) -> Counts:
        """Return what became of the readings so far."""
        with self._changed:
            waiting = self._queued
            return Counts(stored=self._stored, waiting=waiting, dropped=self._dropped)

    def working(self) -> bool:
        """Tell whether the thread lives."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Bring in what is queued, trying for 10 s at most, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(_GIVE_UP_S + 6.0)

    def _add(self, said: Said) -> None:
        with self._changed:
            if self._queued + len(said) > self._limits.queue_max:
                self._dropped += len(said)
                if not self._told_full:
                    self._told_full = True
                    facts = {"waiting": self._queued, "max": self._limits.queue_max}
                    log.error("readings are dropped", extra=facts)
                return
            self._enqueue(said, None)

    def _enqueue(self, said: Said, ticket: Ticket | None) -> None:
        wake = not self._items
        before = self._queued
        self._items.append((said, ticket))
        self._queued += len(said)
        if wake or before < BULK <= self._queued:
            self._changed.notify_all()

    def _run(self) -> None:
        give_up_at: float | None = None
        while True:
            items, states = self._gather()
            self._do_calls()
            self._judge_all(items)
            self._append()
            self._write(states)
            if not self._stopping:
                continue
            now = self._clock.monotonic()
            give_up_at = now + _GIVE_UP_S if give_up_at is None else give_up_at
            if not self._queued or now >= give_up_at:
                break
        self._leave()

    def _gather(self) -> tuple[list[Said], list[SensorState]]:
        """Wait for something to do; return it, gathered over the window."""
        with self._changed:
            if self._refused:
                self._changed.wait_for(lambda: self._stopping, self._limits.retry_s)
            else:
                self._changed.wait_for(self._wanted, self._until_beat())
            if self._items and not self._refused:
                self._changed.wait_for(self._enough, self._limits.window_s)
            items = [said for said, _ in self._items]
            self._tickets += [ticket for _, ticket in self._items if ticket is not None]
            self._items.clear()
            states = list(self._states.values())
            self._states.clear()
        return items, states

    def _wanted(self) -> bool:
        return bool(self._items or self._states or self._calls or self._stopping)

    def _enough(self) -> bool:
        return self._queued >= BULK or self._stopping

    def _until_beat(self) -> float:
        return max(self._beat_at - self._clock.monotonic(), 0.0)

    def _do_calls(self) -> None:
        while self._calls:
            do = self._calls.popleft()
            try:
                do()
            except DtError as error:
                facts = {"code": error.code, "error": str(error)}
                log.warning("not done", extra=facts)

    def _judge_all(self, items: Sequence[Said]) -> None:
        """Judge what was gathered, twin by twin."""
        groups: dict[int, tuple[Judge | None, list[Said]]] = {}
        for said in items:
            judge = self._judges.get(said.sensor)
            groups.setdefault(id(judge), (judge, []))[1].append(said)
        for judge, group in groups.values():
            readings, dropped = self._judge(judge, group)
            if len(readings):
                self._judged.append(readings)
            count = sum(len(said) for said in group)
            self._count(gone=count - len(readings), dropped=count if dropped else 0)

    def _judge(self, judge: Judge | None, group: Sequence[Said]) -> tuple[Readings, bool]:
        """Return readings, and whether what was said is lost."""
        try:
            return (judge.judge(group) if judge is not None else Readings()), False
        except Exception:
            log.exception("readings cannot be judged", extra={"sensor": group[0].sensor})
            return Readings(), True

    def _count(self, *, gone: int, stored: int = 0, dropped: int = 0) -> None:
        with self._changed:
            full = self._queued >= self._limits.queue_max
            self._queued -= gone
            self._stored += stored
            self._dropped += dropped
            if full:
                self._changed.notify_all()

    def _append(self) -> None:
        """Bring in all that is judged; what the store refuses stays."""
        if self._judged:
            batch = Readings.join(self._judged)
            try:
                self._sink.append(batch)
            except StoreError as error:
                self._judged = [batch]
                self._tell_refused(error)
                return
            self._judged = []
            self._count(gone=len(batch), stored=len(batch))
            self._tell_taken()
        for ticket in self._tickets:
            ticket.settle(stored=True)
        self._tickets = []

    def _tell_refused(self, error: StoreError) -> None:
        if self._refused != error.code:
            self._refused = error.code
            facts = {"code": error.code, "waiting": self._queued, "error": str(error)}
            log.warning("store takes nothing", extra=facts)

    def _tell_taken(self) -> None:
        if self._refused:
            self._refused = ""
            self._told_full = False
            facts = {"stored": self._stored, "dropped": self._dropped}
            log.info("store takes readings again", extra=facts)

    def _write(self, states: list[SensorState]) -> None:
        """Write what is not a reading."""
        try:
            if not self._judged:
                for state in states:
                    self._sink.set_sensor(state)
                states = []
                if self._clock.monotonic() >= self._beat_at:
                    self._beat_at = self._clock.monotonic() + BEAT_S
                    self._beat()
                self._tell_taken()
        except StoreError as error:
            self._tell_refused(error)
        if states:
            with self._changed:
                for state in states:
                    self._states.setdefault((state.twin, state.sensor), state)

    def _leave(self) -> None:
        left = sum(len(part) for part in self._judged)
        if left:
            log.error("readings lost at stop", extra={"count": left})
        with self._changed:
            tickets = [ticket for _, ticket in self._items if ticket is not None]
        for ticket in (*self._tickets, *tickets):
            ticket.settle(stored=False)
