"""The log of one appliance, as every process sees it: append, tail, latest, series."""

import threading
from collections.abc import Iterator, Sequence

import numpy as np

from dt.clock import Clock
from dt.config import Config
from dt.store import board, clocks, epochs
from dt.store.live import Live
from dt.store.paths import Paths
from dt.store.query import series_of
from dt.store.records import Latest, ProcessState, SensorState, SignalRow, StoreHealth
from dt.store.signals import Signals
from dt.twin.readings import Cursor, Ints, Logged, Readings, Series


class Log:
    """The open log. Every process opens its own; any thread may call any method.

    Attributes:
        appliance: Slug of this appliance.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        self.appliance = config.appliance.id
        self._config = config
        self._clock = clock
        self._lock = threading.RLock()
        self._paths = Paths.of(config)
        self._telemetry = epochs.open_telemetry(self._paths.telemetry)
        try:
            self._live = epochs.attach(self._paths, clock, self._telemetry)
        except BaseException:
            self._telemetry.close()
            raise
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
        """The live log that is attached."""
        return self._live

    @property
    def epoch(self) -> int:
        """The life of the live log that new readings are numbered in."""
        return self._live.epoch

    @property
    def incarnation(self) -> str:
        """The random 64 bits of the epoch, in hex."""
        return self._live.incarnation

    def close(self) -> None:
        """Close the files; again does nothing."""
        with self._lock:
            self._live.close()
            self._telemetry.close()

    def register(self, signals: Sequence[SignalRow]) -> dict[str, int]:
        """Return the id of each signal by its full name; new ones get the next.

        A signal that is known keeps its id; its twin, unit and title are updated.
        """
        return self._signals.register(self._live, signals)

    def signals(self) -> dict[str, SignalRow]:
        """Return every signal by its full name; cheap. Treat it as read-only."""
        return self._signals.all(self._live)

    def stamp(self, monotonic: float) -> tuple[int, bool]:
        """Return UTC ms of a moment of this boot, and whether that is provisional.

        Args:
            monotonic: The moment, by the clock's `monotonic`, in s. If the time is
                provisional, the reading's code must carry ``UNSYNCED``: its time is
                then put right when the clock is trusted.
        """
        return clocks.stamp(self._clock, self._live.offset_ms, monotonic)

    def append(self, readings: Readings) -> Logged:
        """Number and store readings, in one commit; no gap in their `seq`.

        They survive the end of any process at once, and a power cut as soon as the
        keeper has journalled them.

        Raises:
            StoreBusyError: The log was locked for more than 5 s.
        """
        if not len(readings):
            return Logged(epoch=self.epoch, seq=np.empty(0, np.int64), readings=readings)
        return self._live.append(readings, round(self._clock.monotonic() * 1000))

    def end(self) -> Cursor:
        """Return the last reading that was appended; seq 0: none in this epoch."""
        return Cursor(self._live.epoch, self._live.end())

    def changed(self) -> bool:
        """Tell whether anything was committed since the last call; costs microseconds.

        Heartbeats count too. All callers in a process share one "last call".
        """
        return self._live.changed()

    def tail(self, after: Cursor, limit: int = 10_000) -> list[Logged]:
        """Return the next readings after a cursor, in order of (epoch, seq), no gap.

        Bulk imports are not part of it: what is old news fires no rule.

        Args:
            after: Last reading that the caller has; ``Cursor()``: none.
            limit: At most this many readings.

        Returns:
            One `Logged` per epoch; empty: there are none yet.
        """
        seq = after.seq if after.epoch == self._live.epoch else 0
        found = self._live.after(seq, limit)
        return [found] if found is not None and len(found) else []

    def latest(self, ids: Sequence[int] | None = None) -> dict[int, Latest]:
        """Return the newest reading of each signal (None: of all) that has any."""
        state: dict[int, Latest] = {}
        for logged in self._all():
            r = logged.readings
            for index in np.argsort(r.observed_at, kind="stable").tolist():
                state[int(r.signal[index])] = Latest(
                    seq=int(logged.seq[index]),
                    epoch=logged.epoch,
                    observed_at=int(r.observed_at[index]),
                    value=float(r.value[index]),
                    code=int(r.code[index]),
                )
        return state if ids is None else {i: state[i] for i in ids if i in state}

    def series(self, ids: Sequence[int], start: int, end: int, points: int) -> list[Series]:
        """Return each signal over [start, end) UTC ms, in at most `points` buckets.

        The readings themselves if they are no more than that. Otherwise whole buckets
        that begin at multiples of their length: the first may begin before `start` and
        the last end after `end`. Buckets without readings are left out.
        """
        names = {row.id: row for row in self.signals().values()}
        parts = {signal: self._of(signal) for signal in ids}
        return [series_of(names[i], parts[i], start, end, points) for i in ids]

    def readings(
        self, ids: Sequence[int] | None, start: int, end: int
    ) -> Iterator[tuple[int, Readings, Ints]]:
        """Yield (signal id, readings, seq) in [start, end) UTC ms, in bounded pieces.

        One signal after the other, each by time.
        """
        wanted = ids if ids is not None else [row.id for row in self.signals().values()]
        for signal in wanted:
            for logged in self._of(signal):
                t = logged.readings.observed_at
                inside = np.flatnonzero((t >= start) & (t < end))
                order = inside[np.argsort(t[inside], kind="stable")]
                if len(order):
                    yield signal, logged.readings.take(order), logged.seq[order]

    def beat(self, process: ProcessState) -> None:
        """Tell that a process lives."""
        board.beat(self._live, process)

    def processes(self) -> list[ProcessState]:
        """Return the last heartbeat of each process, by name."""
        return board.processes(self._live)

    def set_sensor(self, state: SensorState) -> None:
        """Tell how a sensor does."""
        board.set_sensor(self._live, state)

    def sensors(self) -> list[SensorState]:
        """Return how each sensor does, by twin and name."""
        return board.sensors(self._live)

    def health(self) -> StoreHealth:
        """Return sizes, bounds and faults of the store."""
        n, size, _ = self._live.count()
        return StoreHealth(
            epoch=self.epoch,
            incarnation=self.incarnation,
            loss_bound_s=float(self._config.store.durable_every),
            live_readings=n,
            live_bytes=size,
        )

    def _all(self) -> list[Logged]:
        found = self._live.after(0, 1_000_000)
        return [found] if found is not None else []

    def _of(self, signal: int) -> list[Logged]:
        parts = []
        for logged in self._all():
            mine = np.flatnonzero(logged.readings.signal == signal)
            parts.append(
                Logged(
                    epoch=logged.epoch,
                    seq=logged.seq[mine],
                    readings=logged.readings.take(mine),
                )
            )
        return parts
