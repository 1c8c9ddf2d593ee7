"""A connection to an MQTT broker that one thread drives.

Source: MQTT 3.1.1 (OASIS), paho-mqtt 2 documentation.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from dt.errors import SourceError
from dt.twin.quantities import Seconds

_ANSWER_S = 10.0
_TICK_S = 0.2


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach a broker.

    Attributes:
        host: Name or address.
        port: 0: 1883, with TLS 8883.
        tls: Encrypt, and check the broker's certificate.
        ca: File of the authorities to trust; empty: those of the system.
        cert: File of our own certificate, if the broker wants one.
        key: File of its key.
        username: Name of the account; empty: none.
        password_file: File whose first line is its password.
        client_id: Who we are; empty: the broker invents one.
        persistent: Let the broker keep messages while we are away; wants a `client_id`.
        keepalive: Between signs of life.
        qos: 0, 1 or 2.
    """

    host: str = "127.0.0.1"
    port: int = 0
    tls: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""
    username: str = ""
    password_file: str = ""
    client_id: str = ""
    persistent: bool = False
    keepalive: Seconds = Seconds(30)
    qos: int = 0

    @property
    def address(self) -> str:
        """Return ``host:port``."""
        return f"{self.host}:{self.port or (8883 if self.tls else 1883)}"


OnMessage = Callable[[paho.MQTTMessage], None]


class Connection:
    """One broker; the same object connects again and again.

    Args:
        link: How to reach it.
        folder: Where relative file names start.
        topics: What to subscribe to.
        on_message: Called in `step` with each message.
    """

    def __init__(
        self, link: Link, folder: Path, topics: Sequence[str], on_message: OnMessage
    ) -> None:
        self._link = link
        self._folder = folder
        self._topics = list(topics)
        self._on_message = on_message
        self._client: paho.Client | None = None
        self._subscribed = False
        self._refused = ""

    def open(self, stop: threading.Event) -> None:
        """Connect and subscribe; return early when `stop` is set.

        Raises:
            SourceError: The broker cannot be reached or refuses.
        """
        self._subscribed, self._refused = False, ""
        link = self._link
        if self._client is None:
            self._client = self._made()
        host, port = link.address.rsplit(":", 1)
        try:
            self._client.connect(host, int(port), max(round(link.keepalive), 1))
        except (OSError, ValueError) as error:
            raise SourceError(
                f"cannot reach the MQTT broker {link.address}: {error}",
                hint="check host, port and tls of the sensor, and that the broker runs",
            ) from error
        for _ in range(round(_ANSWER_S / _TICK_S)):
            self.step(_TICK_S)
            if self._subscribed or stop.is_set():
                return
        raise SourceError(f"the MQTT broker {link.address} does not answer")

    def step(self, timeout_s: float) -> None:
        """Wait for messages and handle what is there.

        Raises:
            SourceError: The connection broke, or the broker refuses something.
        """
        if self._client is None:
            raise SourceError(f"not connected to the MQTT broker {self._link.address}")
        code = self._client.loop(timeout_s)
        if self._refused:
            raise SourceError(f"the MQTT broker {self._link.address} {self._refused}")
        if code != paho.MQTT_ERR_SUCCESS:
            said = paho.error_string(code)
            raise SourceError(f"lost the MQTT broker {self._link.address}: {said}")

    def ack(self, number: int, qos: int) -> None:
        """Tell the broker that a message is safe."""
        if self._client is not None:
            self._client.ack(number, qos)

    @property
    def connected(self) -> bool:
        """Tell whether the broker answers."""
        return self._client is not None and self._client.is_connected()

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Send a message.

        Raises:
            SourceError: There is no connection.
        """
        if self._client is None or not self._client.is_connected():
            raise SourceError(f"not connected to the MQTT broker {self._link.address}")
        self._client.publish(topic, payload, qos)

    def close(self) -> None:
        """Say good-bye, close what is open; again does nothing."""
        if self._client is None:
            return
        if self._client.is_connected():
            self._client.disconnect()
            self._client.loop(0.0)
        # The library closes a broken connection, and the pair of sockets that wakes its
        # loop, only when it is collected as garbage.
        self._client._reset_sockets()  # noqa: SLF001

    def _made(self) -> paho.Client:
        link = self._link
        if link.persistent and not link.client_id:
            raise SourceError("persistent is true: expected a client_id with it")
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=link.client_id,
            clean_session=not link.persistent,
            manual_ack=True,
        )
        client.on_connect = self._connected
        client.on_subscribe = self._answered
        client.on_message = self._arrived
        try:
            if link.tls or link.ca:
                client.tls_set(
                    ca_certs=self._file(link.ca),
                    certfile=self._file(link.cert),
                    keyfile=self._file(link.key),
                )
            if link.username:
                client.username_pw_set(link.username, self._password())
        except (OSError, ValueError) as error:
            raise SourceError(
                f"cannot use the files for the MQTT broker {link.address}: {error}"
            ) from error
        return client

    def _file(self, name: str) -> str | None:
        return str(self._folder / name) if name else None

    def _password(self) -> str | None:
        name = self._file(self._link.password_file)
        if name is None:
            return None
        return (Path(name).read_text(encoding="utf-8").splitlines() or [""])[0]

    def _connected(
        self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _props: Any
    ) -> None:
        if reason.is_failure:
            self._refused = f"refuses us: {reason}"
        elif self._topics:
            client.subscribe([(topic, self._link.qos) for topic in self._topics])
        else:
            self._subscribed = True

    def _answered(
        self, _client: Any, _data: Any, _mid: int, reasons: list[Any], _props: Any
    ) -> None:
        for topic, reason in zip(self._topics, reasons, strict=False):
            if reason.is_failure:
                self._refused = f"refuses a subscription to {topic!r}: {reason}"
        self._subscribed = True

    def _arrived(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._on_message(message)
