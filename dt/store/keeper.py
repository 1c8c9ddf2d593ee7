"""The keeper: one thread that makes durable what the live log holds."""

import threading

from dt.clock import Clock
from dt.config import Config
from dt.store.log import Log


class Keeper:
    """Journals, seals, compacts and prunes for all writers; there is one per appliance."""

    def __init__(self, log: Log, config: Config, clock: Clock) -> None:
        self._log = log
        self._config = config
        self._clock = clock
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to work in a thread of its own."""

    def stop(self) -> None:
        """End, with everything journalled."""
        self._stop.set()

    def step(self, now: float) -> None:
        """Do what is due at this monotonic time, in s."""
