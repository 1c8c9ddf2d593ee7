"""A process with as many Socket.IO clients as a class of pupils has browsers.

``python -m dt.bench.viewer URL TOKEN COUNT SECONDS PROBE SIGNAL…`` subscribes COUNT
clients to all the signals and prints one JSON object (`Seen`). The value of the PROBE is
the wall-clock time at which its sensor was read, in s.
"""

import sys
import threading
import time
from typing import Any

import msgspec
import socketio

NAMESPACE = "/live"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the clients saw.

    Attributes:
        delays_ms: From the sensor to the client, of each reading of the probe.
        readings: How many readings each client was sent.
        batches: In how many messages.
    """

    delays_ms: list[float]
    readings: list[int]
    batches: list[int]


class Viewer:
    """One client that keeps the delay of each reading of the probe."""

    def __init__(self, url: str, token: str, signals: list[str]) -> None:
        self.delays_ms: list[float] = []
        self.batches = 0
        self.readings = 0
        self._signals = signals
        self._client = socketio.Client(reconnection=False)
        self._client.on("connect", self._connected, namespace=NAMESPACE)
        self._client.on("readings", self._sent, namespace=NAMESPACE)
        self._client.connect(
            url,
            auth={"token": token},
            namespaces=[NAMESPACE],
            transports=["websocket"],
            wait_timeout=10,
        )

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()

    def _connected(self) -> None:
        self._client.emit("subscribe", {"signals": self._signals}, namespace=NAMESPACE)

    def _sent(self, batch: Any) -> None:
        now = time.time()
        if batch.get("catch_up"):
            return
        self.batches += 1
        self.readings += len(batch["x"])
        names = batch["signals"]
        self.delays_ms += [
            (now - value) * 1e3
            for index, value in zip(batch["s"], batch["x"], strict=True)
            if names[index] == self._signals[0]
        ]


def main(url: str, token: str, count: str, seconds: str, *signals: str) -> None:
    """Run the clients and print what they saw."""
    viewers = [Viewer(url, token, list(signals)) for _ in range(int(count))]
    threading.Event().wait(float(seconds))
    for viewer in viewers:
        viewer.close()
    seen = Seen(
        delays_ms=[round(ms, 3) for viewer in viewers for ms in viewer.delays_ms],
        readings=[viewer.readings for viewer in viewers],
        batches=[viewer.batches for viewer in viewers],
    )
    sys.stdout.write(msgspec.json.encode(seen).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
