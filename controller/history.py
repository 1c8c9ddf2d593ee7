"""What actuators did and loops wanted, as signals of the log, so that charts show it.

``<twin>/actuator.<name>`` is the reported share 0–1, ``<twin>/loop.<name>.setpoint`` and
``.output`` are a loop's. A value is told when it changes, and once a minute.
"""

import math

import numpy as np

from controller.plant import Plant
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.quality import Quality, pack
from dt.twin.readings import Readings

HEARTBEAT_S = 60.0


class History:
    """Tells the log. One thread uses it.

    Args:
        log: Of this appliance.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._ids: dict[str, int] = {}
        self._told: dict[str, tuple[float, float]] = {}
        self._waiting: list[tuple[str, float, float]] = []

    @staticmethod
    def rows(plant: Plant) -> list[SignalRow]:
        """Return the signals of all actuators and loops."""
        found = []
        for settings in plant.limits.actuators:
            twin, _, name = settings.actuator.rpartition("/")
            full = f"{twin}/actuator.{name}"
            found.append(SignalRow(name=full, twin=twin, unit="1", title=name.capitalize()))
        for key, entry in plant.loops.items():
            twin, _, name = key.rpartition("/")
            spec = plant.twins[twin].signals.get(entry.spec.input)
            unit = spec.unit if spec is not None else "1"
            what = entry.spec.title or name.capitalize()
            for part, its in (("setpoint", unit), ("output", "1")):
                full = f"{twin}/loop.{name}.{part}"
                found.append(
                    SignalRow(name=full, twin=twin, unit=its, title=f"{what} {part}")
                )
        return found

    def begin(self, rows: list[SignalRow]) -> None:
        """Make these signals known to the log."""
        self._ids = self._log.register(rows)
        self._told = {n: told for n, told in self._told.items() if n in self._ids}

    def tell(self, name: str, value: float, now: float, least: float = 0.0) -> None:
        """Note a value; it is told by `flush` if it says something new.

        Args:
            name: Full name of the signal.
            value: NaN: it cannot be told.
            now: Monotonic s.
            least: Change that says nothing.
        """
        told = self._told.get(name)
        if told is not None and now - told[1] < HEARTBEAT_S:
            same = value == told[0] or abs(value - told[0]) < least
            if same or (math.isnan(value) and math.isnan(told[0])):
                return
        if name in self._ids:
            self._told[name] = value, now
            self._waiting.append((name, value, now))

    def flush(self) -> None:
        """Append what is new to the log, in one batch.

        Raises:
            StoreBusyError: The log is locked; the values wait.
        """
        if not self._waiting:
            return
        rows = self._waiting
        stamps = [self._log.stamp(now) for _, _, now in rows]
        codes = [
            pack(Quality.BAD if math.isnan(value) else Quality.GOOD, unsynced=provisional)
            for (_, value, _), (_, provisional) in zip(rows, stamps, strict=True)
        ]
        self._log.append(
            Readings(
                signal=np.array([self._ids[name] for name, _, _ in rows], np.int32),
                observed_at=np.array([at for at, _ in stamps], np.int64),
                value=np.array([value for _, value, _ in rows], np.float64),
                code=np.array(codes, np.uint16),
            )
        )
        self._waiting = []
