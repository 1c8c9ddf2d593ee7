"""What really switches: a thread that ends each run on time, whatever the rest does.

A store that is locked, a slow card or a rule that takes long must not make a dose
longer. So the planned end of a run is known here before the run begins, and this
thread, which does nothing else, drives the safe state when it comes.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from dt.errors import DtError
from dt.twin.command import Command

log = logging.getLogger(__name__)

_LONGEST_S = 0.5


class Actuator(Protocol):
    """What a driver of ``dt.actuators`` is to the controller."""

    def apply(self, command: Command) -> None:
        """Do it; raises a HardwareError."""
        ...

    def report(self) -> Command | None:
        """Return what the hardware says that it does; None: that cannot be told."""
        ...

    def close(self) -> None:
        """Let go of the hardware; again does nothing."""
        ...


@dataclass(slots=True)
class _End:
    at: float
    safe: Command


class Switch:
    """All actuators of this appliance; any thread may call any method.

    Args:
        monotonic: Seconds that never step.
        actuators: By key, ``<twin>/<name>``.
    """

    def __init__(
        self, monotonic: Callable[[], float], actuators: Mapping[str, Actuator]
    ) -> None:
        self._monotonic = monotonic
        self._actuators = dict(actuators)
        self._lock = threading.Condition()
        self._ends: dict[str, _End] = {}
        self._problems: dict[str, str] = {}
        self._stop = False
        self._looked_at = monotonic()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """End runs on time from now on."""
        self._thread = threading.Thread(target=self._run, name="switch", daemon=True)
        self._thread.start()

    def drive(self, key: str, command: Command, end: tuple[float, Command] | None) -> bool:
        """Switch an actuator; return False if it could not be done (see `problem`).

        Args:
            key: Of the actuator.
            command: What it shall do now.
            end: Monotonic s at which it must be in its safe state, and that state;
                None: nothing ends it.
        """
        with self._lock:
            if end is None:
                self._ends.pop(key, None)
            else:
                self._ends[key] = _End(*end)
            done = self._apply(key, command)
            self._lock.notify()
        return done

    def plan(self, key: str, end: tuple[float, Command] | None) -> None:
        """Change when a run ends, without switching now."""
        with self._lock:
            if end is None:
                self._ends.pop(key, None)
            else:
                self._ends[key] = _End(*end)
            self._lock.notify()

    def report(self, key: str) -> Command | None:
        """Return what an actuator says that it does; None: that cannot be told."""
        with self._lock:
            actuator = self._actuators.get(key)
            try:
                found = None if actuator is None else actuator.report()
            except DtError as error:
                self._note(key, str(error))
                return None
        return found

    def problem(self, key: str) -> str:
        """Return what is wrong with an actuator; empty: nothing."""
        return self._problems.get(key, "")

    def keys(self) -> list[str]:
        """Return the keys of all actuators."""
        return list(self._actuators)

    def replace(self, actuators: Mapping[str, Actuator]) -> None:
        """Use other actuators from now on; the caller drove the old ones to safety."""
        with self._lock:
            for key, actuator in self._actuators.items():
                if actuators.get(key) is not actuator:
                    actuator.close()
            self._actuators = dict(actuators)
            self._ends = {k: end for k, end in self._ends.items() if k in actuators}
            self._problems = {k: p for k, p in self._problems.items() if k in actuators}

    def healthy(self, within_s: float) -> bool:
        """Tell whether the thread has looked at its clock lately."""
        alive = self._thread is not None and self._thread.is_alive()
        return alive and self._monotonic() - self._looked_at <= within_s

    def stop(self) -> None:
        """End the thread and let go of the hardware."""
        with self._lock:
            self._stop = True
            self._lock.notify()
        if self._thread is not None:
            self._thread.join(_LONGEST_S * 4)
        with self._lock:
            for actuator in self._actuators.values():
                actuator.close()

    def end_due(self) -> None:
        """Drive what is due into its safe state; once."""
        with self._lock:
            now = self._looked_at = self._monotonic()
            for key in [key for key, end in self._ends.items() if end.at <= now]:
                end = self._ends[key]
                if self._apply(key, end.safe):
                    del self._ends[key]
                else:
                    end.at = now + _LONGEST_S  # again soon: it must get there

    def _run(self) -> None:
        while True:
            self.end_due()
            with self._lock:
                if self._stop:
                    return
                soonest = min((end.at for end in self._ends.values()), default=None)
                wait = _LONGEST_S
                if soonest is not None:
                    wait = min(max(soonest - self._monotonic(), 0.0), _LONGEST_S)
                self._lock.wait(wait)

    def _apply(self, key: str, command: Command) -> bool:
        actuator = self._actuators.get(key)
        if actuator is None:
            return False
        try:
            actuator.apply(command)
        except DtError as error:
            self._note(key, str(error))
            return False
        self._note(key, "")
        return True

    def _note(self, key: str, problem: str) -> None:
        """Log once when an actuator is lost, once when it is back."""
        before = self._problems.get(key, "")
        if problem and not before:
            log.error("actuator lost", extra={"actuator": key, "error": problem})
        if before and not problem:
            log.info("actuator is back", extra={"actuator": key})
        self._problems[key] = problem
