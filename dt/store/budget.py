"""The size that the history may have, and what goes first when it is too large.

The order: readings that roll-ups represent, then the finer roll-ups, then what nothing
else represents; the oldest first in each. Everything given up is a declared hole.
"""

import sqlite3
from collections.abc import Iterator

import msgspec

from dt.store import holdings, retention, sheds
from dt.store.holdings import KINDS, RESOLUTIONS, Holding
from dt.store.retention import Policies
from dt.store.sqlite import transaction

_FEW = 50
_ALL = 1_000_000_000
ORDER = tuple(
    tuple(kind for kind in KINDS if kind.last == last) for last in range(len(RESOLUTIONS))
)
"""Kinds of rows in the order in which they are given up."""


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What would go of one signal.

    Attributes:
        signal: Full name.
        resolution: The coarsest that would be gone.
        reason: ``retention`` or ``budget``.
        start: UTC ms of the oldest that would go.
        end: UTC ms of the newest, excluded.
        rows: Chunks or blocks.
        n: Readings or buckets in them.
        size: Bytes.
    """

    signal: str
    resolution: str
    reason: str
    start: int
    end: int
    rows: int
    n: int
    size: int


def shed(
    database: sqlite3.Connection, need: int, reason: str, now_ms: int, limit: int = _FEW
) -> int:
    """Give up some of the history; return about how many bytes: 0 if nothing is left.

    Args:
        database: ``telemetry.db``, in no transaction.
        need: Bytes that are wanted.
        reason: ``budget`` or ``disk full``.
        now_ms: UTC ms, recorded.
        limit: At most this many rows.
    """
    gone: list[Holding] = []
    freed = 0
    for row in _order(database, limit):
        if freed >= need:
            break
        gone.append(row)
        freed += row.size
    if gone:
        with transaction(database):
            sheds.record(database, gone, reason, now_ms)
            holdings.delete(database, gone)
    return freed


def _order(database: sqlite3.Connection, limit: int) -> Iterator[Holding]:
    """Yield rows as they would be given up; all of one rank before the next."""
    for kinds in ORDER:
        found = holdings.oldest(database, kinds, limit)
        yield from found
        if len(found) >= limit:
            return


def preview(
    database: sqlite3.Connection, all_policies: Policies, budget: int, now_ms: int
) -> list[Loss]:
    """Return what would go now, by retention and then by the budget; changes nothing.

    Args:
        database: ``telemetry.db``.
        all_policies: Of all signals.
        budget: Bytes that the file may use.
        now_ms: UTC ms.
    """
    names = dict(database.execute("SELECT id, name FROM signal").fetchall())
    old = [
        row
        for number, name in names.items()
        for row in retention.expired(database, all_policies.of(name), number, now_ms, _ALL)
    ]
    need = holdings.used_bytes(database) - sum(row.size for row in old) - budget
    gone = {(row.kind.table, row.id) for row in old}
    large: list[Holding] = []
    for row in _order(database, _ALL) if need > 0 else ():
        if need <= 0:
            break
        if (row.kind.table, row.id) not in gone:
            large.append(row)
            need -= row.size
    return [*_losses(old, "retention", names), *_losses(large, "budget", names)]


def _losses(rows: list[Holding], reason: str, names: dict[int, str]) -> Iterator[Loss]:
    groups: dict[tuple[str, int], list[Holding]] = {}
    for row in rows:
        name = names.get(row.signal, f"signal {row.signal}")
        groups.setdefault((name, row.kind.last), []).append(row)
    for (name, last), found in sorted(groups.items()):
        yield Loss(
            signal=name,
            resolution=RESOLUTIONS[last],
            reason=reason,
            start=min(row.start for row in found),
            end=max(row.end for row in found),
            rows=len(found),
            n=sum(row.n for row in found),
            size=sum(row.size for row in found),
        )
