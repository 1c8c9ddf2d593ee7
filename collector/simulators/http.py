"""A client that pushes readings in batches, as a logger in the field would.

It keeps what was refused for a reason that passes (no answer, 429, 5xx) and sends it
again; what is refused for good (other 4xx) it drops and counts.
Source: docs/http.md, batch schema version 1.
"""

import http.client
import itertools
import json
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Http:
    """One client.

    Attributes:
        url: Of the appliance, ``http://127.0.0.1:8080``.
        token: Scoped for writing readings.
        signal: Full name of the signal that it fills.
        unit: UCUM code of its values.
        most: Readings in a batch at most.
        stored: How many were taken.
        refused: How many were refused for good.
    """

    url: str
    token: str
    signal: str
    unit: str
    most: int = 1000
    stored: int = 0
    refused: int = 0
    _waiting: deque[tuple[int, float]] = field(default_factory=deque)

    def measure(self, at_ms: int, value: float) -> None:
        """Take one value at a time in UTC ms."""
        self._waiting.append((at_ms, value))

    def push(self) -> bool:
        """Send what waits, oldest first; return whether all of it is gone."""
        while self._waiting:
            count = min(len(self._waiting), self.most)
            part = [self._waiting[index] for index in range(count)]
            status = self._post(self._batch(part))
            if status == 429 or status >= 500:
                return False
            for _ in part:
                self._waiting.popleft()
            if status < 300:
                self.stored += count
            else:
                self.refused += count
        return True

    def _batch(self, part: list[tuple[int, float]]) -> bytes:
        times = [at for at, _ in part]
        steps = [0, *(b - a for a, b in itertools.pairwise(times))]
        batch = {
            "v": 1,
            "n": len(part),
            "signals": [{"id": self.signal, "unit": self.unit}],
            "t0": times[0],
            "dt": steps,
            "s": [0] * len(part),
            "x": [value for _, value in part],
        }
        return json.dumps(batch).encode()

    def _post(self, body: bytes) -> int:
        """Return the status of the answer; 503: there was none."""
        address = urlsplit(self.url)
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        link = http.client.HTTPConnection(address.netloc, timeout=10)
        try:
            link.request("POST", "/api/v1/readings", body, head)
            return link.getresponse().status
        except OSError:
            return 503
        finally:
            link.close()
