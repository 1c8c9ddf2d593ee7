"""The live feed: who sees which signals, and what they get, at most ten times a second.

Viewers of the same signals form a group, so that a batch is made and encoded once. A
viewer who does not keep up leaves the group, and gets what was missed, merged, when the
line is free again: nothing piles up.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import msgspec
import numpy as np

from dt.store.log import Log
from dt.twin.readings import Cursor, Logged, Readings
from webapp.batches import Batch, batch_of, cursor_of, cursor_text, newest_of_each

EVERY_S = 0.1
LARGEST = 2_000
CATCH_UP = 5_000
SLOW_AT = 20
_READ = 10_000
_TOO_FAR = 50_000
_MOST_SIGNALS = 1_000
_ALL = "*"


class Outlet(Protocol):
    """How the feed reaches viewers."""

    def send(self, to: str, event: str, data: object) -> None:
        """Send an event to one viewer or a whole group."""
        ...

    def join(self, viewer: str, group: str) -> None:
        """Let a viewer get what is sent to a group."""
        ...

    def leave(self, viewer: str, group: str) -> None:
        """End that."""
        ...

    def backlog(self, viewer: str) -> int:
        """Return how many messages wait to be sent to a viewer."""
        ...


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """What a viewer is told after subscribing.

    Attributes:
        cursor: ``epoch:seq``: all that comes later will be sent.
        signals: Full names of what will be sent.
        unknown: Names that no signal has.
    """

    cursor: str
    signals: list[str]
    unknown: list[str] = []


@dataclass(slots=True, kw_only=True)
class _Group:
    """Viewers of the same signals; `sent` is how far they have got what there is."""

    name: str
    ids: tuple[int, ...] | None
    viewers: set[str] = field(default_factory=set)
    waiting: list[Readings] = field(default_factory=list)
    rows: int = 0
    merged: int = 0
    next_at: float = 0.0
    sent: Cursor = field(default_factory=Cursor)

    def add(self, readings: Readings) -> None:
        """Keep what belongs to the group; if it is too much, the newest of each signal."""
        mine = chosen(readings, self.ids)
        if not len(mine):
            return
        self.waiting.append(mine)
        self.rows += len(mine)
        if self.rows > LARGEST:
            newest = newest_of_each(Readings.join(self.waiting))
            self.merged += self.rows - len(newest)
            self.waiting, self.rows = [newest], len(newest)


@dataclass(slots=True, kw_only=True)
class _Viewer:
    group: _Group
    behind_since: Cursor | None = None


class Feed:
    """Groups of viewers, and how far the log has been read for them.

    Args:
        log: Where readings come from.
        outlet: Where they go.
        monotonic: Seconds that never step.
    """

    def __init__(self, log: Log, outlet: Outlet, monotonic: Callable[[], float]) -> None:
        self._log = log
        self._outlet = outlet
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._groups: dict[str, _Group] = {}
        self._viewers: dict[str, _Viewer] = {}
        self._cursor = log.end()
        self._more = False
        self.merged = 0

    def subscribe(self, viewer: str, names: Sequence[str], since: str | int) -> Subscribed:
        """Let a viewer see these signals, instead of those before.

        Args:
            viewer: Any id of the connection.
            names: Full names; ``*`` is all; empty: none.
            since: Cursor or UTC ms of the last reading that the viewer has: what came
                later is sent at once. Empty or 0: the newest of each signal is sent.
        """
        rows = self._log.signals()
        every = _ALL in names
        wanted = list(rows) if every else list(dict.fromkeys(names))[:_MOST_SIGNALS]
        known = [name for name in wanted if name in rows]
        ids = None if every else tuple(sorted(rows[name].id for name in known))
        with self._lock:
            self._leave(viewer)
            if not self._viewers:
                self._cursor = self._log.end()
            cursor = self._cursor
            if known or every:
                self._catch_up(viewer, ids, since)
                self._join(viewer, ids)
        unknown = [] if every else [name for name in wanted if name not in rows]
        return Subscribed(cursor=cursor_text(cursor), signals=known, unknown=unknown)

    def leave(self, viewer: str) -> None:
        """Forget a viewer; again does nothing."""
        with self._lock:
            self._leave(viewer)

    def viewers(self) -> int:
        """Return how many viewers see any signal."""
        return len(self._viewers)

    def skip(self) -> None:
        """Begin with what comes next, if nobody has seen anything so far."""
        with self._lock:
            if not self._viewers:
                self._cursor = self._log.end()

    def pump(self) -> Readings:
        """Send what is new and due; return what is new, whoever sees it."""
        with self._lock:
            changed = self._log.changed()
            fresh = self._read() if changed or self._more else []
            now = self._monotonic()
            for group in list(self._groups.values()):
                if not group.waiting:
                    group.sent = self._cursor
                elif now >= group.next_at:
                    self._flush(group)
                    group.next_at = now + EVERY_S
            for name, viewer in self._viewers.items():
                if viewer.behind_since is not None and not self._outlet.backlog(name):
                    self._resume(name, viewer)
        return Readings.join(fresh)

    def _read(self) -> list[Readings]:
        """Hand new readings to the groups; after a flood, only the newest."""
        fresh: list[Readings] = []
        end = self._log.end()
        if end.epoch == self._cursor.epoch and end.seq - self._cursor.seq > _TOO_FAR:
            skipped = end.seq - self._cursor.seq
            fresh.append(self._newest(None))
            self.merged += max(0, skipped - len(fresh[0]))
            self._cursor = end
        else:
            for logged in self._log.tail(self._cursor, _READ):
                fresh.append(logged.readings)
                self._cursor = _last(logged)
        self._more = sum(map(len, fresh)) >= _READ
        for readings in fresh:
            for group in self._groups.values():
                group.add(readings)
        return fresh

    def _flush(self, group: _Group) -> None:
        if not group.waiting:
            group.sent = self._cursor
            return
        batch = self._batch(Readings.join(group.waiting), group.merged)
        self.merged += group.merged
        group.waiting, group.rows, group.merged = [], 0, 0
        for name in sorted(group.viewers):
            if self._outlet.backlog(name) >= SLOW_AT:
                self._fall_behind(name, group)
        if group.viewers:
            self._outlet.send(group.name, "readings", batch)
        group.sent = self._cursor

    def _fall_behind(self, name: str, group: _Group) -> None:
        """Send nothing more to a viewer until the line is free."""
        self._outlet.leave(name, group.name)
        group.viewers.discard(name)
        self._viewers[name].behind_since = group.sent

    def _resume(self, name: str, viewer: _Viewer) -> None:
        since = viewer.behind_since
        self._flush(viewer.group)
        self._catch_up(name, viewer.group.ids, cursor_text(since) if since else "")
        viewer.behind_since = None
        viewer.group.viewers.add(name)
        self._outlet.join(name, viewer.group.name)

    def _join(self, viewer: str, ids: tuple[int, ...] | None) -> None:
        name = _ALL if ids is None else ",".join(map(str, ids))
        group = self._groups.setdefault(name, _Group(name=name, ids=ids))
        self._flush(group)
        group.viewers.add(viewer)
        self._viewers[viewer] = _Viewer(group=group)
        self._outlet.join(viewer, name)

    def _leave(self, name: str) -> None:
        viewer = self._viewers.pop(name, None)
        if viewer is None:
            return
        group = viewer.group
        if name in group.viewers:
            group.viewers.discard(name)
            self._outlet.leave(name, group.name)
        if not any(v.group is group for v in self._viewers.values()):
            del self._groups[group.name]

    def _catch_up(self, viewer: str, ids: tuple[int, ...] | None, since: str | int) -> None:
        """Send what a viewer missed; if that is too much, the newest of each signal."""
        missed = self._missed(ids, since)
        rows = len(missed) if missed is not None else 0
        if missed is None or rows > CATCH_UP:
            missed = self._newest(ids)
        merged = max(0, rows - len(missed))
        for start in range(0, len(missed), LARGEST):
            part = missed.take(np.arange(start, min(start + LARGEST, len(missed))))
            batch = self._batch(part, merged, catch_up=True)
            self._outlet.send(viewer, "readings", batch)
            merged = 0

    def _missed(self, ids: tuple[int, ...] | None, since: str | int) -> Readings | None:
        """Return what came after `since`; None: nobody can say."""
        if isinstance(since, int) and since > 0:
            return self._after_time(ids, since)
        cursor = cursor_of(str(since))
        if cursor is None or cursor.epoch != self._cursor.epoch:
            return None
        if not 0 <= self._cursor.seq - cursor.seq <= _TOO_FAR:
            return None
        parts = []
        while cursor < self._cursor:
            found = self._log.tail(cursor, min(_READ, self._cursor.seq - cursor.seq))
            if not found:
                break
            parts += [chosen(logged.readings, ids) for logged in found]
            cursor = _last(found[-1])
        return Readings.join(parts)

    def _after_time(self, ids: tuple[int, ...] | None, since: int) -> Readings:
        pieces = self._log.readings(ids, since + 1, 253_402_300_800_000)
        parts = list(islice(_until(pieces, CATCH_UP), 1_000))
        missed = Readings.join(parts)
        return missed.take(np.argsort(missed.observed_at, kind="stable"))

    def _newest(self, ids: tuple[int, ...] | None) -> Readings:
        """Return the newest reading of each signal as the store has it."""
        latest = sorted(self._log.latest(ids).items(), key=lambda item: item[1].observed_at)
        return Readings(
            signal=np.array([i for i, _ in latest], np.int32),
            observed_at=np.array([one.observed_at for _, one in latest], np.int64),
            value=np.array([one.value for _, one in latest], np.float64),
            code=np.array([one.code for _, one in latest], np.uint16),
        )

    def _batch(self, readings: Readings, merged: int, *, catch_up: bool = False) -> Batch:
        names = {row.id: row.name for row in self._log.signals().values()}
        return batch_of(readings, names, self._cursor, merged, catch_up=catch_up)


def chosen(readings: Readings, ids: tuple[int, ...] | None) -> Readings:
    """Return the readings of these signals; None: of all."""
    if ids is None:
        return readings
    return readings.take(np.isin(readings.signal, np.array(ids, np.int32)))


def _last(logged: Logged) -> Cursor:
    return Cursor(logged.epoch, int(logged.seq[-1]))


def _until(pieces: Iterator[tuple[int, Readings, object]], most: int) -> Iterator[Readings]:
    """Yield readings until there are more than `most`."""
    seen = 0
    for _, readings, _ in pieces:
        yield readings
        seen += len(readings)
        if seen > most:
            return
