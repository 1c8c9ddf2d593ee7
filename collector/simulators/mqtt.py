"""The other end of an MQTT connection: one socket that speaks for a broker.

It takes one client at a time, answers CONNECT, SUBSCRIBE and PINGREQ, publishes what it
is told and notes acknowledgements; it can refuse, hang up and talk rubbish.
Source: MQTT 3.1.1 (OASIS), sections 2 and 3.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

_CONNECT, _PUBLISH, _PUBACK, _PUBREC, _PUBREL, _PUBCOMP = 1, 3, 4, 5, 6, 7
_SUBSCRIBE, _PINGREQ = 8, 12


class Mqtt:
    """A broker for one client, on a free port of this machine.

    Attributes:
        port: Where it listens.
        refuse: Return code of CONNACK: 0 accepts, 4 bad password, 5 not authorised.
        subscriptions: Filters that the client asked for, in order.
        acknowledged: Packet ids that the client acknowledged, in order.
        connected: Set while a client that subscribed is there.
    """

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.refuse = 0
        self.subscriptions: list[str] = []
        self.acknowledged: list[int] = []
        self.connected = threading.Event()
        self._client: socket.socket | None = None
        self._next_id = 0
        self._seen = threading.Condition()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, *, retain: bool = False
    ) -> int:
        """Send a message to the client; return its packet id."""
        name = topic.encode()
        self._next_id += 1
        number = struct.pack("!H", self._next_id) if qos else b""
        body = struct.pack("!H", len(name)) + name + number + payload
        self.send(bytes([_PUBLISH << 4 | qos << 1 | retain]) + _length(len(body)) + body)
        return self._next_id

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self._client is None:
            raise ConnectionError("no client is connected")
        self._client.sendall(data)

    def wait_acknowledged(self, count: int, timeout_s: float = 5.0) -> bool:
        """Wait for so many acknowledgements; return whether they came."""
        with self._seen:
            return self._seen.wait_for(lambda: len(self.acknowledged) >= count, timeout_s)

    def hang_up(self) -> None:
        """Cut the connection to the client."""
        client, self._client = self._client, None
        self.connected.clear()
        if client is not None:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.hang_up()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._client = client
            with (
                contextlib.suppress(OSError, EOFError),
                client,
                client.makefile("rb") as file,
            ):
                while True:
                    head = _exactly(file.read(1))
                    body = file.read(_read_length(file.read))
                    self._answer(client, head[0] >> 4, body)
            self.connected.clear()

    def _answer(self, client: socket.socket, kind: int, body: bytes) -> None:
        if kind == _CONNECT:
            client.sendall(bytes([0x20, 2, 0, self.refuse]))
        elif kind == _SUBSCRIBE:
            self._subscribed(client, body)
        elif kind in (_PUBACK, _PUBCOMP):
            with self._seen:
                self.acknowledged.append(struct.unpack("!H", body[:2])[0])
                self._seen.notify_all()
        elif kind == _PUBREC:
            client.sendall(bytes([_PUBREL << 4 | 2, 2]) + body[:2])
        elif kind == _PINGREQ:
            client.sendall(bytes([0xD0, 0]))

    def _subscribed(self, client: socket.socket, body: bytes) -> None:
        at, codes = 2, b""
        while at < len(body):
            size = struct.unpack("!H", body[at : at + 2])[0]
            self.subscriptions.append(body[at + 2 : at + 2 + size].decode())
            codes += body[at + 2 + size : at + 3 + size]
            at += 3 + size
        answer = body[:2] + codes
        client.sendall(bytes([0x90]) + _length(len(answer)) + answer)
        self.connected.set()


def _exactly(data: bytes) -> bytes:
    if not data:
        raise EOFError
    return data


def _length(size: int) -> bytes:
    """Return a remaining length, 7 bits a byte (2.2.3)."""
    out = bytearray()
    while True:
        size, low = divmod(size, 128)
        out.append(low | (0x80 if size else 0))
        if not size:
            return bytes(out)


def _read_length(read: Callable[[int], bytes]) -> int:
    size, shift = 0, 0
    while True:
        byte = _exactly(read(1))[0]
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return size
