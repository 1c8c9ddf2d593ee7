"""What of the history may go, row by row: chunks and roll-ups with what they stand for.

A row stands for one or more resolutions: a chunk for the readings and for each roll-up
that would save no room (see `dt.store.seal`), a block of roll-ups for its own and, while
it is young, for longer ones. A row may go when none of them is to be kept any more.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from dt.store.blocks import PLACES
from dt.store.resolution import LEVELS

RESOLUTIONS = ("raw", "1min", "15min", "1h", "1day")
"""From fine to coarse: the keys of ``store.retain``."""

ROW_BYTES = 60
"""About what a row costs besides its blob: columns and indexes."""


class Kind(NamedTuple):
    """Rows that stand for the same resolutions.

    Attributes:
        table: ``chunk`` or ``rollup``.
        where: What makes a row one of them, in SQL.
        first, last: Finest and coarsest resolution, indices of `RESOLUTIONS`.
        reach: How far a row reaches from its ``t_max``, in ms.
    """

    table: str
    where: str
    first: int
    last: int
    reach: int


class Holding(NamedTuple):
    """One row.

    Attributes:
        kind: What it stands for.
        id: Of the row.
        signal: Id of its signal.
        start: UTC ms of what it holds.
        end: UTC ms, excluded.
        n: Readings or buckets.
        size: About how many bytes it takes.
    """

    kind: Kind
    id: int
    signal: int
    start: int
    end: int
    n: int
    size: int


def _of_blocks() -> list[Kind]:
    stands: dict[tuple[int, int], list[int]] = {}
    for level, places in enumerate(PLACES):
        for place in places:
            stands.setdefault(place, []).append(level + 1)
    return [
        Kind(
            "rollup",
            f"level={level} AND tier={tier}",
            min(found),
            max(found),
            LEVELS[level],
        )
        for (level, tier), found in stands.items()
    ]


KINDS: tuple[Kind, ...] = (
    *(
        Kind("chunk", f"rolled={rolled} AND unsynced=0", 0, rolled, 1)
        for rolled in range(len(RESOLUTIONS))
    ),
    *_of_blocks(),
)


def before(
    database: sqlite3.Connection, kind: Kind, signal: int, end: int, limit: int
) -> list[Holding]:
    """Return a signal's rows of a kind that end at or before a time, oldest first.

    Args:
        database: ``telemetry.db``.
        kind: Which.
        signal: Id of the signal.
        end: UTC ms.
        limit: At most this many.
    """
    rest = f"signal={signal:d} AND t_max <= {end - kind.reach:d}"
    return _rows(database, kind, f"{rest} ORDER BY t_max LIMIT {limit:d}")


def oldest(
    database: sqlite3.Connection, kinds: Iterable[Kind], limit: int
) -> list[Holding]:
    """Return the oldest rows of some kinds, of all signals."""
    found = [
        row
        for kind in kinds
        for row in _rows(database, kind, f"signal > 0 ORDER BY t_max LIMIT {limit:d}")
    ]
    return sorted(found, key=lambda row: row.end)[:limit]


def delete(database: sqlite3.Connection, rows: Iterable[Holding]) -> None:
    """Delete rows; within a transaction."""
    for row in rows:
        database.execute(f"DELETE FROM {row.kind.table} WHERE id=?", (row.id,))


def used_bytes(database: sqlite3.Connection) -> int:
    """Return how much of the file is in use: its free pages are not."""
    pages, free, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def free_bytes(database: sqlite3.Connection) -> int:
    """Return how much can be written into the file before it grows."""
    free, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("freelist_count", "page_size")
    )
    return int(free * size)


def _rows(database: sqlite3.Connection, kind: Kind, rest: str) -> list[Holding]:
    found = database.execute(
        f"SELECT id, signal, t_min, t_max, n, length(blob) FROM {kind.table}"
        f" WHERE {kind.where} AND {rest}"
    )
    return [
        Holding(kind, number, signal, start, end + kind.reach, n, size + ROW_BYTES)
        for number, signal, start, end, n, size in found
    ]
