"""How long each signal is kept, by resolution, and what has had its time.

A twin's signal says it (``retain: {raw: 30d, "1min": 1y}``), else ``store.retain``. Only
whole chunks and blocks go, a few at a time; what is kept is kept at least so long.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dt.config import Store
from dt.store import holdings
from dt.store.holdings import KINDS, RESOLUTIONS, Holding
from dt.store.sqlite import transaction
from dt.store.twins import Twin
from dt.twin.description import TwinDescription
from dt.twin.quantities import Seconds

_FEW = 50


@dataclass(frozen=True, slots=True)
class Policy:
    """How long each resolution of one signal is kept, in ms, fine to coarse."""

    keep_ms: tuple[int, ...]

    @classmethod
    def of(
        cls, usual: Mapping[str, Seconds], own: Mapping[str, Seconds] | None = None
    ) -> "Policy":
        """Return the policy of ``store.retain`` and a signal's own ``retain``."""
        said = {**Store().retain, **usual, **(own or {})}
        return cls(tuple(round(said[name] * 1000) for name in RESOLUTIONS))


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of all signals by full name; any other signal has the usual one."""

    usual: Policy
    own: dict[str, Policy]

    def of(self, name: str) -> Policy:
        """Return the policy of a signal."""
        return self.own.get(name, self.usual)


def policies(usual: Mapping[str, Seconds], twins: list[Twin]) -> Policies:
    """Return what the configuration and the twins say."""
    own = {
        name: Policy.of(usual, retain)
        for twin in twins
        if twin.description is not None
        for name, retain in _retains(twin.description)
    }
    return Policies(Policy.of(usual), own)


def _retains(twin: TwinDescription) -> Iterator[tuple[str, dict[str, Seconds]]]:
    for specs in (twin.signals, twin.derived):
        for name, spec in specs.items():
            if spec.retain:
                yield twin.full_name(name), spec.retain


def expired(
    database: sqlite3.Connection, policy: Policy, signal: int, now_ms: int, limit: int
) -> list[Holding]:
    """Return a signal's rows of which nothing is to be kept at `now_ms`."""
    found: list[Holding] = []
    for kind in KINDS:
        keep = max(policy.keep_ms[kind.first : kind.last + 1])
        left = limit - len(found)
        if left > 0:
            found += holdings.before(database, kind, signal, now_ms - keep, left)
    return found


def retain(
    database: sqlite3.Connection, all_policies: Policies, now_ms: int, limit: int = _FEW
) -> int:
    """Delete some of what has had its time; return how many rows: 0 when done.

    Args:
        database: ``telemetry.db``, in no transaction.
        all_policies: Of all signals.
        now_ms: UTC ms by a clock that can be trusted.
        limit: At most this many rows, so that nobody waits long for the lock.
    """
    signals = database.execute("SELECT id, name FROM signal ORDER BY id").fetchall()
    gone: list[Holding] = []
    for number, name in signals:
        left = limit - len(gone)
        if left <= 0:
            break
        gone += expired(database, all_policies.of(name), number, now_ms, left)
    if gone:
        with transaction(database):
            holdings.delete(database, gone)
    return len(gone)
