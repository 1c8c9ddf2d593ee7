"""A switch behind an MQTT broker: Zigbee2MQTT, Tasmota, ESPHome and their like.

A thread keeps the connection. What is wanted is sent again after each reconnection, so
that a switch that missed its OFF gets it, and every five seconds while what it says of
itself is something else; messages are never retained.
"""

import threading
import time
from pathlib import Path
from typing import ClassVar

import msgspec
from paho.mqtt.client import MQTTMessage

from controller.seam import Description
from dt.errors import SourceError
from dt.hardware.bus import Buses
from dt.hardware.mqtt_link import Connection, Link
from dt.hardware.mqtt_state import word_of
from dt.twin.command import OFF, ON, Command, Verb

_PATIENCE_S = 5.0
_RETRY_S = 2.0
_TICK_S = 0.2


class MqttSwitchOptions(Link, frozen=True, kw_only=True):
    """Options of the driver; those of the connection are in `Link`.

    Attributes:
        command: Topic that it listens to.
        on, off: What is sent, and what `state` says.
        state: Topic on which it tells its state; empty: it tells none.
        path: Of the state in a JSON message, ``state.relay``; empty: a plain word.
        availability: Topic on which it, or its bridge, says ``offline``.
    """

    command: str
    on: str = "ON"
    off: str = "OFF"
    state: str = ""
    path: str = ""
    availability: str = ""


class MqttSwitch:
    """Sends what is wanted, and reports what the switch says of itself."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="mqtt_switch", title="Switch behind an MQTT broker", source="MQTT 3.1.1"
    )
    Options: ClassVar[type[msgspec.Struct]] = MqttSwitchOptions
    VERBS: frozenset[Verb] = frozenset({Verb.ON, Verb.OFF})

    def __init__(self, options: MqttSwitchOptions, buses: Buses, name: str) -> None:  # noqa: ARG002 - of the seam
        self._options = options
        self.name = name
        topics = [topic for topic in (options.state, options.availability) if topic]
        self._link = Connection(options, Path(), topics, self._heard)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._wanted: Command | None = None
        self._sent: Command | None = None
        self._said: Command | None = None
        self._sent_at = 0.0
        self._offline = False
        self._lost_at: float | None = None

    def apply(self, command: Command) -> None:
        """Send it, now or as soon as the broker is reached.

        Raises:
            SourceError: The broker or the switch has been away for seconds.
        """
        self._wanted = ON if command.on else OFF
        if self._thread is None:
            self._lost_at = time.monotonic()
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()
        self._send()
        lost_at = self._lost_at
        why = "it says that it is offline" if self._offline else ""
        if lost_at is not None and time.monotonic() - lost_at > _PATIENCE_S:
            why = f"the MQTT broker {self._options.address} is away"
        if why:
            raise SourceError(
                f"{self.name} cannot be reached: {why}",
                hint="what is wanted is sent as soon as it is back",
            )

    def report(self) -> Command | None:
        """Return what it says of itself; without a state topic what was sent."""
        if self._lost_at is not None or self._offline:
            return None
        return self._said if self._options.state else self._sent

    def close(self) -> None:
        """End the connection; again does nothing."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_RETRY_S)
            self._thread = None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._link.open(self._stop)
                self._lost_at = None
                while not self._stop.is_set():
                    self._send()
                    self._link.step(_TICK_S)
            except SourceError:  # told by `apply` and `report`
                self._said, self._sent = None, None  # it may have been moved by hand
                if self._lost_at is None:
                    self._lost_at = time.monotonic()
                self._stop.wait(_RETRY_S)
        self._link.close()

    def _send(self) -> None:
        with self._lock:
            done = self._wanted == self._sent and not self._is_deaf()
            if done or not self._link.connected:
                return
            word = self._options.on if self._wanted == ON else self._options.off
            self._link.publish(self._options.command, word.encode(), 1)
            self._sent, self._sent_at = self._wanted, time.monotonic()

    def _is_deaf(self) -> bool:
        """Tell whether it should have said by now that it does what was sent."""
        waited = time.monotonic() - self._sent_at > _PATIENCE_S
        return bool(self._options.state) and self._said != self._sent and waited

    def _heard(self, message: MQTTMessage) -> None:
        self._link.ack(message.mid, message.qos)
        if message.topic == self._options.availability:
            self._offline = word_of(bytes(message.payload), "state").lower() == "offline"
            return
        word = word_of(bytes(message.payload), self._options.path)
        self._said = {self._options.on: ON, self._options.off: OFF}.get(word)
