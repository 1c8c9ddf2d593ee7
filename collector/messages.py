"""From messages to raw values: topics, plain numbers, JSON paths, times."""

import math
from contextlib import suppress

import msgspec
from paho.mqtt.client import topic_matches_sub

from collector.batch import Batch
from collector.jsonpath import Steps, find, steps_of
from collector.moments import moment_ms
from collector.rubbish import Rubbish
from collector.seam import Emit
from dt.errors import SourceError

_LARGEST = 1_000_000


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one quantity is found.

    Attributes:
        topic: May hold ``+`` and ``#``.
        value: Path of the value in a JSON message; empty: the message is a number.
        time: Path of its time in the message; empty: now.
        time_format: ``auto``, ``iso``, ``s``, ``ms``, ``us``, ``ns`` or a pattern.
    """

    topic: str = ""
    value: str = ""
    time: str = ""
    time_format: str = "auto"


class Messages:
    """Reads messages into a batch; what cannot be read is counted, never raised.

    Args:
        topics: Quantity to where it is found.
        rubbish: Counts what cannot be read.

    Raises:
        SourceError: A path is wrong.
    """

    def __init__(self, topics: dict[str, Topic], rubbish: Rubbish) -> None:
        self.batch = Batch(tuple(topics))
        self.topics = sorted({topic.topic for topic in topics.values()})
        self._rubbish = rubbish
        self._routes = [
            (which, topic, _steps(topic.value), _steps(topic.time))
            for which, topic in enumerate(topics.values())
        ]

    def add(self, topic: str, payload: bytes | bytearray) -> None:
        """Read one message."""
        if len(payload) > _LARGEST:
            self._rubbish.add(f"{len(payload)} bytes", topic)
            return
        document: object = None
        decoded = False
        for which, route, value, time in self._routes:
            if not topic_matches_sub(route.topic, topic):
                continue
            try:
                if not route.value:
                    self._add(which, number(payload.decode()), None)
                    continue
                if not decoded:
                    document, decoded = msgspec.json.decode(payload), True
                self._read(which, document, (value, time), route.time_format)
            except (ValueError, msgspec.DecodeError, RecursionError) as error:
                self._rubbish.add(f"{payload[:80]!r}: {error}", topic)

    def hand_over(self, emit: Emit) -> None:
        """Emit what was read."""
        self.batch.hand_over(emit)

    def _read(
        self, which: int, document: object, paths: tuple[Steps, Steps], form: str
    ) -> None:
        values = [number(value) for value in find(document, paths[0])]
        if not paths[1]:
            for value in values:
                self._add(which, value, None)
            return
        times = list(find(document, paths[1]))
        times = times * len(values) if len(times) == 1 else times
        if values and len(times) != len(values):
            raise ValueError(f"{len(values)} values with {len(times)} times")
        for value, time in zip(values, times, strict=False):
            if value is not None:
                self._add(which, value, moment_ms(time, form))

    def _add(self, which: int, value: float | None, at: int | None) -> None:
        if value is not None:
            self.batch.add(which, value, at)


def number(value: object) -> float | None:
    """Return a number that was sent as one, as text or as true or false; None: missing.

    Raises:
        ValueError: It is none of these, or not finite.
    """
    if value is None or (isinstance(value, str) and value.strip() in ("", "null")):
        return None
    found = math.nan
    if isinstance(value, (int, float)):
        with suppress(OverflowError):
            found = float(value)
    elif isinstance(value, str) and "_" not in value:
        found = float(value)
    if not math.isfinite(found):
        raise ValueError(f"{str(value)[:80]!r} is no finite number")
    return found


def _steps(path: str) -> Steps:
    try:
        return steps_of(path)
    except ValueError as error:
        raise SourceError(str(error)) from error
