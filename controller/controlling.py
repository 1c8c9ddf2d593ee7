"""The controller's loop, and everything that it is wired to.

Two threads: this one reads, judges, writes down and switches; the other (`Switch`) ends
runs on time, whatever this one waits for. A second process (`Guardian`) makes all safe
if this one dies or hangs.
"""

import logging
import time
from contextlib import ExitStack, closing

from controller.fitting import Fitted, fit
from controller.guardian import Guardian
from controller.work import Work
from dt.clock import Clock, SystemClock
from dt.config import Config
from dt.errors import ServiceError, StoreError
from dt.hardware.buses import open_buses, wire
from dt.service import Life
from dt.store.appliance import Appliance
from dt.store.log import Log
from dt.twin.description import TwinDescription
from dt.twins import load_all, stamps

log = logging.getLogger(__name__)

POLL_S = 0.05
LOOK_S = 2.0
_SWITCH_WITHIN_S = 5.0


def control(config: Config, life: Life, guardian: Guardian) -> None:
    """Control until `life` ends.

    Raises:
        StoreError: The store cannot be opened.
        ServiceError: A thread that must live has died.
    """
    clock = SystemClock(config.clock.trust)
    with ExitStack() as stack:
        appliance = stack.enter_context(closing(Appliance.open(config, clock)))
        store = stack.enter_context(closing(Log.open(config, clock)))
        Controlling(config, life, clock, store, appliance).run(guardian)


class Controlling:
    """The controller at work; see the module.

    Args:
        config: Of this appliance.
        life: Of this process.
        clock: Of this machine.
        store: Where readings are.
        appliance: Where commands, alerts and what people wrote are.
    """

    def __init__(
        self, config: Config, life: Life, clock: Clock, store: Log, appliance: Appliance
    ) -> None:
        self._config = config
        self._life = life
        self._clock = clock
        self._store = store
        self._appliance = appliance
        self._buses = open_buses(config)
        self._files: dict[str, tuple[int, int]] = {}
        self._seen = (-1, -1)
        self._twins: tuple[TwinDescription, ...] = ()
        self._fitted: dict[str, Fitted] = {}
        self.work = Work(config, clock, store, appliance)

    def run(self, guardian: Guardian) -> None:
        """Start everything, loop until the end, make everything safe."""
        work = self.work
        work.switch.start()
        try:
            self._look()
            self._life.ready()
            look_at = 0.0
            while not self._life.stop.is_set():
                now = self._clock.monotonic()
                if now >= look_at:
                    look_at = now + LOOK_S
                    guardian.alive()
                    self._life.alive()
                    self._look()
                self._once()
                if not work.switch.healthy(_SWITCH_WITHIN_S):
                    raise ServiceError("the thread that ends runs has died or hangs")
                time.sleep(POLL_S)
        finally:
            work.end()
            self._buses.close()

    def _once(self) -> None:
        try:
            self.work.tick()
        except StoreError as error:
            if not error.retriable:
                raise
            self.work.fail_safe(error)

    def _look(self) -> None:
        """Load twins again if their files, or what people wrote, changed."""
        files = stamps(self._config.twins)
        try:
            entries = self._appliance.automation.version()
        except StoreError as error:
            if not error.retriable:
                raise
            return
        versions = (entries, self._store.epoch)
        same = files == self._files and versions == self._seen
        if same and not self.work.news():
            return
        if files != self._files:
            self._twins = load_all(self._config.twins).twins
            self._refit()
        self._files, self._seen = files, versions
        self.work.load(self._twins, self._fitted)

    def _refit(self) -> None:
        """Give each actuator its driver; one whose declaration is the same keeps it."""
        wire(self._buses, self._twins, self._config)
        self._fitted = fit(self._twins, self._buses, self._fitted)
