"""Roll-ups as rows of ``telemetry.db``: blocks of buckets, small ones gathered into large.

=====  ==============================  ==========================================
tier   holds                           written
=====  ==============================  ==========================================
0      1 min                           when chunks are sealed; up to an hour
1      1 min, 15 min, 1 h              from 24 blocks of tier 0
2      15 min, 1 h, 1 day              from 30 blocks of tier 1
3      1 h, 1 day                      from 12 blocks of tier 2
=====  ==============================  ==========================================

So each bucket is written three times at most, and a year by hours lies in few rows.
Blocks may overlap (late readings): buckets of one start are added up when read.
"""

import sqlite3
import zlib
from typing import NamedTuple

import numpy as np

from dt.errors import CorruptError
from dt.store import columns
from dt.store.resolution import LEVELS
from dt.store.rollups import Buckets, none

PLACES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((0, 0), (0, 1)),
    ((0, 0), (1, 1), (1, 2)),
    ((0, 0), (2, 1), (2, 2), (2, 3)),
    ((0, 0), (2, 1), (3, 2), (3, 3)),
)
"""For each level, the (level, tier) pairs whose blocks together represent it."""

# Tier 0 is read in large numbers: fixed records, so that many decode as one.
_RECORD = np.dtype(
    [
        ("minute", "<i8"),
        ("count", "<u4"),
        ("bad", "<u4"),
        ("after", "<u4"),
        ("sum", "<f8"),
        ("min", "<f8"),
        ("max", "<f8"),
        ("last", "<f8"),
    ]
)


class Block(NamedTuple):
    """Where a block belongs.

    Attributes:
        signal: Id of the signal.
        level: Index of `resolution.LEVELS`.
        tier: See above.
        epoch: Of the bulk import that it belongs to; 0: of none.
    """

    signal: int
    level: int
    tier: int
    epoch: int = 0


def add(database: sqlite3.Connection, block: Block, buckets: Buckets) -> None:
    """Write a block; within a transaction."""
    blob = record(buckets) if block.tier == 0 else pack(buckets, block.level)
    database.execute(
        "INSERT INTO rollup (signal, level, tier, epoch, t_min, t_max, n, blob)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*block, int(buckets.t[0]), int(buckets.t[-1]), len(buckets), blob),
    )


def pack(buckets: Buckets, level: int) -> bytes:
    """Return buckets as columns: time, count, bad, time of last; sum, min, max, last."""
    some = buckets.count > 0
    scale = columns.scale_of(np.concatenate([buckets.last[some], buckets.min[some]]))
    total = buckets.sum
    if scale is not None:  # a sum of decimal fractions is one, but for float's error
        rounded = np.round(total, scale)
        total = np.where(np.abs(rounded - total) < 10.0 ** -(scale + 4), rounded, total)
    return columns.encode(
        [
            buckets.t // LEVELS[level],
            buckets.count,
            buckets.bad,
            buckets.last_t - buckets.t,
        ],
        [total, buckets.min, buckets.max, buckets.last],
    )


def unpack(blob: bytes, level: int) -> Buckets:
    """Return the buckets of a block of tier 1 or above.

    Raises:
        CorruptError: The blob is damaged.
    """
    (t, count, bad, after), (total, low, high, last) = columns.decode(blob, 4, 4)
    t = t * LEVELS[level]
    return Buckets(
        t=t, count=count, bad=bad, sum=total, min=low, max=high, last=last, last_t=t + after
    )


def record(buckets: Buckets) -> bytes:
    """Return the block of tier 0 of some buckets."""
    rows = np.empty(len(buckets), _RECORD)
    rows["minute"] = buckets.t // LEVELS[0]
    rows["count"], rows["bad"] = buckets.count, buckets.bad
    rows["after"] = buckets.last_t - buckets.t
    rows["sum"], rows["min"], rows["max"] = buckets.sum, buckets.min, buckets.max
    rows["last"] = buckets.last
    data = rows.tobytes()
    return zlib.crc32(data).to_bytes(4, "little") + zlib.compress(data, 6)


def unrecord(blobs: list[bytes]) -> Buckets:
    """Return the buckets of blocks of tier 0, one block after the other.

    Raises:
        CorruptError: A blob is damaged.
    """
    if not blobs:
        return none()
    try:
        data = [zlib.decompress(memoryview(blob)[4:]) for blob in blobs]
        rows = np.frombuffer(b"".join(data), _RECORD)
    except (zlib.error, ValueError) as error:
        raise CorruptError(f"a roll-up is damaged: {error}") from error
    for blob, plain in zip(blobs, data, strict=True):
        if zlib.crc32(plain) != int.from_bytes(blob[:4], "little"):
            raise CorruptError(f"a roll-up of {len(blob)} bytes does not fit its CRC")
    t = rows["minute"] * LEVELS[0]
    return Buckets(
        t=t,
        count=rows["count"].astype(np.int64),
        bad=rows["bad"].astype(np.int64),
        sum=rows["sum"],
        min=rows["min"],
        max=rows["max"],
        last=rows["last"],
        last_t=t + rows["after"],
    )
