"""What was given up before its time because there was no room: declared holes."""

import sqlite3
from collections.abc import Sequence

import msgspec

from dt.store.holdings import RESOLUTIONS, Holding
from dt.store.migrations import Step
from dt.times import day_text

TABLE = (
    """CREATE TABLE shed (
            id INTEGER PRIMARY KEY,
            signal INTEGER NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            resolution TEXT NOT NULL,
            reason TEXT NOT NULL,
            at INTEGER NOT NULL,
            n INTEGER NOT NULL
        )""",
    "CREATE INDEX shed_signal ON shed(signal, resolution, start)",
)
_NEAR_MS = 900_000
_LOST = {
    "raw": "single readings",
    "1min": "all below 15 min",
    "15min": "all below 1 h",
    "1h": "all below 1 day",
    "1day": "everything",
}
STEP = Step(version=2, name="what was given up is declared", sql=TABLE)


class Shed(msgspec.Struct, frozen=True, kw_only=True):
    """A range in which a signal has lost detail.

    Attributes:
        signal: Its id.
        start: UTC ms.
        end: UTC ms, excluded.
        resolution: The coarsest that is gone, with all finer ones: ``raw`` (the
            roll-ups are there), ``1min`` … ``1day`` (nothing is left).
        reason: ``budget``, ``disk full`` or ``damaged``.
        at: UTC ms when it was last added to.
        n: How many readings and buckets went.
    """

    signal: int
    start: int
    end: int
    resolution: str
    reason: str
    at: int
    n: int


def record(
    database: sqlite3.Connection, rows: Sequence[Holding], reason: str, at: int
) -> None:
    """Note what goes; within the transaction that deletes it."""
    for row in rows:
        resolution = RESOLUTIONS[row.kind.last]
        near = database.execute(
            'SELECT id, start, "end" FROM shed WHERE signal=? AND resolution=?'
            ' AND reason=? AND start<=? AND "end">=? ORDER BY id DESC LIMIT 1',
            (row.signal, resolution, reason, row.end + _NEAR_MS, row.start - _NEAR_MS),
        ).fetchone()
        if near is None:
            database.execute(
                'INSERT INTO shed(signal,start,"end",resolution,reason,at,n)'
                " VALUES(?,?,?,?,?,?,?)",
                (row.signal, row.start, row.end, resolution, reason, at, row.n),
            )
            continue
        number, start, end = near
        database.execute(
            'UPDATE shed SET start=?, "end"=?, at=?, n=n+? WHERE id=?',
            (min(start, row.start), max(end, row.end), at, row.n, number),
        )


def between(
    database: sqlite3.Connection, signals: Sequence[int], start: int, end: int
) -> list[Shed]:
    """Return what some signals have lost in [start, end) UTC ms, by signal and time."""
    marks = ",".join("?" * len(signals))
    found = database.execute(
        'SELECT signal, start, "end", resolution, reason, at, n FROM shed'
        f' WHERE signal IN ({marks}) AND start<? AND "end">? ORDER BY signal, start',
        (*signals, end, start),
    )
    return [_shed(row) for row in found]


def newest(database: sqlite3.Connection, limit: int = 20) -> list[Shed]:
    """Return what was given up last, newest first."""
    found = database.execute(
        'SELECT signal, start, "end", resolution, reason, at, n FROM shed'
        " ORDER BY at DESC, id DESC LIMIT ?",
        (limit,),
    )
    return [_shed(row) for row in found]


def texts(database: sqlite3.Connection, limit: int = 20) -> list[str]:
    """Return what was given up last as people should read it, newest first."""
    names = dict(database.execute("SELECT id, name FROM signal").fetchall())
    return [
        f"{names.get(shed.signal, shed.signal)}: {_LOST[shed.resolution]} from"
        f" {day_text(shed.start)} to {day_text(shed.end)} ({shed.reason})"
        for shed in newest(database, limit)
    ]


def _shed(row: tuple[int, int, int, str, str, int, int]) -> Shed:
    names = ("signal", "start", "end", "resolution", "reason", "at", "n")
    return Shed(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]
