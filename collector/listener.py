"""Listens in the log to what others push, for the derived signals that need it too."""

import logging
import threading
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from collector.lines import Said
from collector.pipeline import Pipeline
from dt.clock import Clock
from dt.errors import StoreError
from dt.store.log import Log
from dt.twin.readings import Cursor, Readings

log = logging.getLogger(__name__)

EVERY_S = 0.2
_NOBODY: Mapping[int, str] = MappingProxyType({})


class Listener:
    """One thread that passes pushed readings on to the lines of their twins.

    It begins with what is pushed from now on, and costs nothing while nobody needs it.

    Args:
        store: The log that is listened to.
        pipeline: Where the lines are.
        clock: Of this appliance.
    """

    def __init__(self, store: Log, pipeline: Pipeline, clock: Clock) -> None:
        self._store = store
        self._pipeline = pipeline
        self._clock = clock
        self._wanted = _NOBODY
        self._after: Cursor | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self, signals: Mapping[int, str]) -> None:
        """Listen to these signals from now on.

        Args:
            signals: Id in the store to the name of the line, see `collector.lines`.
        """
        self._wanted = dict(signals)
        if self._wanted and self._thread is None:
            self._after = self._store.end()
            self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End; again does nothing."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def step(self) -> None:
        """Pass on what came since the last time.

        Raises:
            StoreError: The log cannot be read now.
        """
        wanted = self._wanted
        for logged in self._store.tail(self._after or Cursor()):
            self._after = Cursor(logged.epoch, int(logged.seq[-1]))
            signal = logged.readings.signal
            for line in set(wanted.values()):
                ids = [number for number, name in wanted.items() if name == line]
                mine = np.flatnonzero(np.isin(signal, ids))
                if len(mine):
                    self._pass(line, logged.readings.take(mine))

    def _pass(self, line: str, readings: Readings) -> None:
        self._pipeline.hear(Said(line, self._clock.monotonic(), heard=readings))

    def _run(self) -> None:
        failed = ""
        while not self._stop.wait(EVERY_S):
            if not self._wanted:
                self._after = self._store.end()
                continue
            try:
                self.step()
                failed = ""
            except StoreError as error:
                if error.code != failed:
                    log.warning("cannot listen", extra={"code": error.code})
                failed = error.code
