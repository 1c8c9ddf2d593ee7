"""What a view may use: configuration, clock, store, and the twins as they are declared."""

import threading
from collections.abc import Callable
from typing import Any

from flask import current_app

from dt.clock import Clock
from dt.config import Config
from dt.store.appliance import Appliance
from dt.store.log import Log
from dt.store.twins import Twin
from dt.twin.description import DerivedSpec, SignalSpec, TwinDescription

_LOOK_EVERY_S = 1.0


class Context:
    """Everything that outlives a request; one per process, safe for all threads.

    Attributes:
        offload: Calls a pure function so that long arithmetic does not hold up others.
        pause: Lets other clients be served, in the midst of a long answer.
        hashing: Held while a password is hashed: each takes 19 MB.
    """

    def __init__(
        self, config: Config, clock: Clock, log: Log, appliance: Appliance
    ) -> None:
        self.config = config
        self.clock = clock
        self.log = log
        self.appliance = appliance
        self.started_at = clock.now_ms()
        self.offload: Callable[..., Any] = _call
        self.pause: Callable[[], None] = _nothing
        self.hashing = threading.BoundedSemaphore(2)
        self._lock = threading.Lock()
        self._files: list[Twin] = []
        self._twins: dict[str, TwinDescription] = {}
        self._looked_at = float("-inf")
        self._version = -1

    @classmethod
    def open(cls, config: Config, clock: Clock) -> "Context":
        """Open the store of a configuration.

        Raises:
            StoreError: It cannot be opened.
        """
        appliance = Appliance.open(config, clock)
        return cls(config, clock, Log.open(config, clock), appliance)

    def twin_files(self) -> list[Twin]:
        """Return every twin file as the collector last saw it, broken ones too."""
        with self._lock:
            self._look()
            return self._files

    def twins(self) -> dict[str, TwinDescription]:
        """Return the twins by id; looks for changes at most once a second."""
        with self._lock:
            self._look()
            return self._twins

    @property
    def twins_version(self) -> int:
        """A number that moves when `twins` does."""
        return self._version

    def _look(self) -> None:
        now = self.clock.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        version = self.appliance.twins.version()
        if version != self._version:
            self._version = version
            self._files = self.appliance.twins.all()
            broken_first = sorted(self._files, key=lambda twin: not twin.error)
            self._twins = {
                twin.id: twin.description
                for twin in broken_first
                if twin.description is not None
            }

    def title(self) -> str:
        """Return what people call this appliance."""
        kept = self.appliance.settings.get("appliance.title", "")
        return kept or self.config.appliance.title or self.config.appliance.id

    def timezone(self) -> str:
        """Return the IANA name of the appliance's time zone."""
        kept = self.appliance.settings.get("appliance.timezone", "")
        return kept or self.config.appliance.timezone or "UTC"

    def spec(self, name: str) -> SignalSpec | DerivedSpec | None:
        """Return what a twin declares about a signal, by its full name, or None."""
        twin_id, _, signal = name.partition("/")
        twin = self.twins().get(twin_id)
        if twin is None:
            return None
        return twin.signals.get(signal) or twin.derived.get(signal)

    def close(self) -> None:
        """Let go of the store; again does nothing."""
        self.log.close()
        self.appliance.close()


def current() -> Context:
    """Return the context of the app that answers this request."""
    context: Context = current_app.extensions["dt"]
    return context


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _nothing() -> None:
    return None
