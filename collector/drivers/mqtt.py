"""Messages of an MQTT broker: plain numbers or JSON, with TLS, at any QoS.

A message of QoS 1 or 2 is acknowledged when its readings are in the log. With QoS 1 and
a persistent session nothing is missed while the collector is away or killed; a message
may then come twice.
"""

import threading
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import msgspec
from paho.mqtt.client import MQTTMessage

from collector.batch import sign_of_life
from collector.messages import Messages, Topic
from collector.rubbish import Rubbish
from collector.seam import BusKind, Context, Description, Emit
from dt.clock import Clock
from dt.errors import SourceError
from dt.hardware.bus import Buses
from dt.hardware.mqtt_link import Connection, Link

_GATHER = 2000
_TICK_S = 1.0


class MqttOptions(Link, frozen=True, kw_only=True):
    """Options of the driver; those of the connection are in `Link`.

    `reads` maps a topic (with ``+`` and ``#`` if need be), or a name in `topics`, to a
    signal.

    Attributes:
        value: Path of the value in a JSON message, ``$.value``; empty: a plain number.
        time: Path of the time in a JSON message; empty: when it arrives.
        time_format: ``auto``, ``iso``, ``s``, ``ms``, ``us``, ``ns`` or a pattern.
        topics: Name to topic and paths, where several values are in one message.
        retained: Take old messages too, that the broker kept.
    """

    value: str = ""
    time: str = ""
    time_format: str = "auto"
    topics: dict[str, Topic] = msgspec.field(default_factory=dict)
    retained: bool = False


class Mqtt:
    """Subscribes to what `reads` names; a value that is missing is missing, never 0."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="mqtt", title="MQTT broker", bus=BusKind.NONE, source="MQTT 3.1.1"
    )
    Options: ClassVar[type[msgspec.Struct]] = MqttOptions

    def __init__(
        self, options: MqttOptions, buses: Buses, clock: Clock, context: Context
    ) -> None:
        del buses
        self._options = options
        self._messages = Messages(
            {name: _topic(name, options) for name in context.reads},
            Rubbish(clock, context.twin, context.sensor),
        )
        self._unacknowledged: list[tuple[int, int]] = []
        self._connection = Connection(
            options, Path(context.twin_dir), self._messages.topics, self._arrived
        )

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Emit what arrives until the connection breaks.

        Raises:
            SourceError: The broker cannot be reached, refuses, or went away.
        """
        self._unacknowledged.clear()
        try:
            self._connection.open(stop)
            emit(sign_of_life())
            while not stop.is_set():
                self._gather()
                self._hand_over(emit)
        finally:
            self._connection.close()

    def _gather(self) -> None:
        """Wait for a message; take what came with it, so that all go in together."""
        self._connection.step(0.0 if self._unacknowledged else _TICK_S)
        before = 0
        with suppress(SourceError):  # the next wait will find that it is lost
            while before < len(self._unacknowledged) < _GATHER:
                before = len(self._unacknowledged)
                self._connection.step(0.0)

    def _hand_over(self, emit: Emit) -> None:
        self._messages.hand_over(emit)
        for number, qos in self._unacknowledged:
            self._connection.ack(number, qos)
        self._unacknowledged.clear()

    def _arrived(self, message: MQTTMessage) -> None:
        self._unacknowledged.append((message.mid, message.qos))
        if not message.retain or self._options.retained:
            self._messages.add(message.topic, message.payload)


def _topic(name: str, options: MqttOptions) -> Topic:
    """Return where a quantity is found; its own paths, else those of all."""
    own = options.topics.get(name, Topic())
    return Topic(
        topic=own.topic or name,
        value=own.value or options.value,
        time=own.time or options.time,
        time_format=own.time_format if own.time else options.time_format,
    )
