"""A week of simulated history for the demo, so that its charts are not empty.

It is computed from the same world that the simulated sensors measure, judged by the real
processor, imported as an epoch of its own and told in the events as what it is. Only
twins on simulated chips get one: of this computer nothing is invented.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from collector.world import Climate, State, climate_of
from dt.clock import Clock
from dt.config import Config
from dt.errors import DtError
from dt.hardware.world_files import WorldFiles
from dt.processing.calibrate import Calibration
from dt.processing.pipeline import Processor
from dt.store.appliance import Appliance
from dt.store.bulk import BulkWriter
from dt.store.events import Event
from dt.store.log import Log
from dt.twin.description import TwinDescription
from dt.twin.readings import Readings

log = logging.getLogger(__name__)

DAYS = 7
STEP_MS = 60_000
_YOUNG_MS = 3_600_000
_DONE = "demo.history"
_PIECE = 1440
_UNITS = {
    "air.temperature": "Cel",
    "air.humidity": "%",
    "air.pressure": "hPa",
    "light": "lx",
    "soil.moisture": "%",
    "soil.temperature": "Cel",
    "leaf.green": "%",
}
"""What the world gives its quantities in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The history of one twin, not judged yet.

    Attributes:
        twin: What it declares.
        signals: Signal (in the twin) to the world's quantity and every how many minutes.
        climate: The laws of its world.
        states: Of each minute, the last one now.
    """

    twin: TwinDescription
    signals: dict[str, tuple[str, int]]
    climate: Climate
    states: list[State]


class Demo:
    """Makes the history of the demo, once.

    Args:
        config: Of this appliance.
        clock: Of this machine.
        store: Where readings go.
        appliance: Where it is noted that it is done.
        simulator: Name of a driver to its simulator, or None.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        store: Log,
        appliance: Appliance,
        simulator: Callable[[str], Any],
    ) -> None:
        self._config = config
        self._clock = clock
        self._store = store
        self._appliance = appliance
        self._simulator = simulator

    def wanted(self) -> bool:
        """Tell whether there is anything to do: a demo whose store is new."""
        if not (self._config.demo and self._config.hardware == "sim"):
            return False
        if self._appliance.settings.get(_DONE, default=False) or not self._clock.trusted():
            return False
        oldest = self._store.health().oldest
        return oldest is None or oldest > self._clock.now_ms() - _YOUNG_MS

    def live_through(self, twins: tuple[TwinDescription, ...]) -> list[Past]:
        """Let the worlds of simulated twins live a week; the last state is where they are.

        Call it before anything measures these worlds.
        """
        end = self._clock.now_ms() // STEP_MS * STEP_MS
        pasts = []
        for twin in twins:
            signals = dict(self._signals(twin))
            if signals:
                climate = climate_of(self._config, twin.id)
                states = list(_states(climate, end))
                files = WorldFiles.of(self._config, twin.id)
                files.save(states[-1], self._clock.monotonic(), at_once=True)
                pasts.append(
                    Past(twin=twin, signals=signals, climate=climate, states=states)
                )
        return pasts

    def write(self, pasts: list[Past]) -> int:
        """Judge and import what was lived through; return how many readings that is.

        Raises:
            StoreError: They cannot be stored.
        """
        count = 0
        with BulkWriter(self._store, self._clock) as writer:
            for past in pasts:
                for readings in _judged(past, self._store):
                    writer.write(readings)
                    count += len(readings)
        self._appliance.settings.set(_DONE, value=True, by="collector")
        names = ", ".join(past.twin.name for past in pasts)
        self._appliance.events.add(
            Event(
                kind="SimulatedHistoryImported",
                source="demo",
                twin=pasts[0].twin.id if len(pasts) == 1 else "",
                text=f"simulated history imported: {DAYS} days of {names}",
                body={"readings": count, "days": DAYS},
            )
        )
        log.info("simulated history imported", extra={"readings": count, "days": DAYS})
        return count

    def _signals(self, twin: TwinDescription) -> Iterator[tuple[str, tuple[str, int]]]:
        for sensor in twin.sensors.values():
            try:
                senses = getattr(self._simulator(sensor.driver), "SENSES", {})
            except DtError:
                continue
            every = max(round(float(sensor.every) * 1000) // STEP_MS, 1)
            for quantity, signal in sensor.reads.items():
                if senses.get(quantity) in _UNITS and signal in twin.signals:
                    yield signal, (senses[quantity], every)


def _states(climate: Climate, end_ms: int) -> Iterator[State]:
    state = State(at=end_ms - DAYS * 86_400_000)
    while state.at < end_ms:
        state = climate.advance(state, state.at + STEP_MS, {})
        yield state


def _judged(past: Past, store: Log) -> Iterator[Readings]:
    """Yield the readings of a twin, a day at a time."""
    twin = past.twin
    known = store.signals()
    ids = {
        full: known[full].id for full in map(twin.full_name, (*twin.signals, *twin.derived))
    }
    calibrations = {
        name: Calibration.between(_UNITS[quantity], twin.signals[name].unit)
        for name, (quantity, _) in past.signals.items()
    }
    processor = Processor.of(twin, ids, None, calibrations)
    indices = {name: processor.index(twin.full_name(name)) for name in past.signals}
    for first in range(0, len(past.states), _PIECE):
        part = list(enumerate(past.states[first : first + _PIECE], first))
        rows = [
            (indices[name], state.at, past.climate.seen(state, quantity, {}))
            for minute, state in part
            for name, (quantity, every) in past.signals.items()
            if minute % every == 0
        ]
        index, at, value = zip(*rows, strict=True)
        yield processor.process(
            np.array(index, np.int32),
            np.array(at, np.int64),
            np.array([round(v, 2) for v in value], np.float64),
        )
