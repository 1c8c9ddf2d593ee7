"""The log of one appliance, as every process sees it: append, tail, latest, series."""

import threading
from collections.abc import Iterator, Sequence

import numpy as np

from dt.clock import Clock
from dt.config import Config
from dt.errors import NotFoundError
from dt.store import board, clocks, epochs, health, query, sheds
from dt.store.live import Live
from dt.store.paths import Paths
from dt.store.reader import Reader
from dt.store.records import (
    EpochRow,
    Latest,
    ProcessState,
    SensorState,
    SignalRow,
    StoreHealth,
)
from dt.store.sheds import Shed
from dt.store.signals import Signals
from dt.store.tail import Tail
from dt.twin.readings import Cursor, Ints, Logged, Readings, Series


class Log:
    """The open log. Every process opens its own; any thread may call any method.

    Attributes:
        appliance: Slug of this appliance.
        paths: Of its files.
        clock: Of this machine.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        self.appliance = config.appliance.id
        self._config = config
        self.clock = clock
        self._lock = threading.RLock()
        self.paths = Paths.of(config)
        self._telemetry = epochs.open_telemetry(self.paths.telemetry)
        try:
            self._live = epochs.attach(self.paths, clock, self._telemetry)
        except BaseException:
            self._telemetry.close()
            raise
        self._reader = Reader(self.paths.telemetry, self._telemetry)
        self._tail = Tail(self._reader)
        self._signals = Signals()

    @classmethod
    def open(cls, config: Config, clock: Clock) -> "Log":
        """Attach to the log of this appliance; what does not exist yet is made.

        Raises:
            CorruptError: ``telemetry.db`` is damaged.
            SchemaError: A newer version of this program wrote it.
            StoreError: A file cannot be made or opened.
        """
        return cls(config, clock)

    @property
    def live(self) -> Live:
        """The live log that is attached; a new one if it was replaced or lost."""
        if self._live.replaced():
            with self._lock, self._reader.idle() as database:
                if self._live.replaced():
                    self._live.close()
                    self._live = epochs.attach(self.paths, self.clock, database)
        return self._live

    @property
    def reader(self) -> Reader:
        """What reads the layers together, for those who know them."""
        return self._reader

    @property
    def epoch(self) -> int:
        """The life of the live log that new readings are numbered in."""
        return self.live.epoch

    @property
    def incarnation(self) -> str:
        """The random 64 bits of the epoch, in hex."""
        return self.live.incarnation

    def close(self) -> None:
        """Close the files; again does nothing."""
        with self._lock:
            self._live.close()
            self._reader.close()

    def register(self, signals: Sequence[SignalRow]) -> dict[str, int]:
        """Return the id of each signal by its full name; new ones get the next.

        A signal that is known keeps its id; its twin, unit and title are updated.
        """
        return self._signals.register(self.live, signals)

    def signals(self) -> dict[str, SignalRow]:
        """Return every signal by its full name; cheap. Treat it as read-only."""
        return self._signals.all(self.live)

    def stamp(self, monotonic: float) -> tuple[int, bool]:
        """Return UTC ms of a moment of this boot, and whether that is provisional.

        Args:
            monotonic: The moment, by the clock's `monotonic`, in s. If the time is
                provisional, the reading's code must carry ``UNSYNCED``: its time is
                then put right when the clock is trusted.
        """
        return clocks.stamp(self.clock, self.live.offset_ms, monotonic)

    def append(self, readings: Readings) -> Logged:
        """Number and store readings, in one commit; no gap in their `seq`.

        They survive the end of any process at once, and a power cut as soon as the
        keeper has journalled them.

        Raises:
            StoreBusyError: The log was locked for more than 5 s.
        """
        if not len(readings):
            return Logged(epoch=self.epoch, seq=np.empty(0, np.int64), readings=readings)
        return self.live.append(readings, round(self.clock.monotonic() * 1000))

    def end(self) -> Cursor:
        """Return the last reading that was appended; seq 0: none in this epoch."""
        live = self.live
        return Cursor(live.epoch, live.end())

    def changed(self) -> bool:
        """Tell whether anything was committed since the last call; costs microseconds.

        Heartbeats count too. All callers in a process share one "last call".
        """
        return self.live.changed()

    def tail(self, after: Cursor, limit: int = 10_000) -> list[Logged]:
        """Return the next readings after a cursor, in order of (epoch, seq), no gap.

        Bulk imports are not part of it: what is old news fires no rule.

        Args:
            after: Last reading that the caller has; ``Cursor()``: none.
            limit: At most this many readings.

        Returns:
            One `Logged` per epoch; empty: there are none yet.
        """
        return self._tail.read(self.live, after, limit)

    def span(self, epoch: int, after: int, limit: int = 10_000) -> Logged:
        """Return the next durable readings of any epoch, bulk imports too, after a seq.

        It may be fewer than `limit`, but none only if there are none.
        """
        return self._tail.epoch(epoch, after, limit)

    def epochs(self) -> list[EpochRow]:
        """Return every epoch, by number."""
        with self._reader.stored() as database:
            return epochs.rows(database)

    def latest(self, ids: Sequence[int] | None = None) -> dict[int, Latest]:
        """Return the newest reading of each signal (None: of all) that has any."""
        wanted = self._ids() if ids is None else ids
        with self._reader.view(self.live) as view:
            return view.newest.of(view.database, wanted, view.shown)

    def series(self, ids: Sequence[int], start: int, end: int, points: int) -> list[Series]:
        """Return each signal over [start, end) UTC ms, in at most `points` buckets.

        The readings themselves if they are no more than that. Otherwise whole buckets
        that begin at multiples of their length: the first may begin before `start` and
        the last end after `end`. Buckets without readings are left out.

        Raises:
            NotFoundError: No signal has one of these ids.
            CorruptError: What is needed is damaged.
        """
        rows = {row.id: row for row in self.signals().values()}
        if not set(ids) <= rows.keys():
            raise NotFoundError(f"no signal has the id {min(set(ids) - rows.keys())}")
        with self._reader.view(self.live) as view:
            return [query.series(view, rows[i], start, end, max(points, 1)) for i in ids]

    def readings(
        self, ids: Sequence[int] | None, start: int, end: int
    ) -> Iterator[tuple[int, Readings, Ints]]:
        """Yield (signal id, readings, seq) in [start, end) UTC ms, in bounded pieces.

        One signal after the other, each by time; readings of one time by epoch and seq.
        """
        for signal in self._ids() if ids is None else ids:
            for readings, seq in query.pieces(self._reader, self.live, signal, start, end):
                yield signal, readings, seq

    def holes(self, ids: Sequence[int], start: int, end: int) -> list[Shed]:
        """Return what signals have lost of [start, end) UTC ms for want of room."""
        with self._reader.stored() as database:
            return sheds.between(database, ids, start, end)

    def beat(self, process: ProcessState) -> None:
        """Tell that a process lives."""
        board.beat(self.live, process)

    def processes(self) -> list[ProcessState]:
        """Return the last heartbeat of each process, by name."""
        return board.processes(self.live)

    def set_sensor(self, state: SensorState) -> None:
        """Tell how a sensor does."""
        board.set_sensor(self.live, state)

    def sensors(self) -> list[SensorState]:
        """Return how each sensor does, by twin and name."""
        return board.sensors(self.live)

    def health(self) -> StoreHealth:
        """Return sizes, bounds and faults of the store."""
        live = self.live
        with self._reader.view(live) as view:
            return health.of(view, live, self._config, self.clock)

    def _ids(self) -> list[int]:
        return [row.id for row in self.signals().values()]
