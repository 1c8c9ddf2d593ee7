"""Times from before the clock could be trusted (D10).

Such a reading is stamped with monotonic time plus an offset that is fixed for the epoch,
and flagged. Once the clock is trusted, the epoch's row in ``telemetry.db`` tells what to
add; it is added whenever such readings are read, and they are then no longer flagged.
"""

import sqlite3

import numpy as np

from dt.clock import Clock
from dt.store.sqlite import transaction
from dt.twin.quality import UNSYNCED, is_unsynced
from dt.twin.readings import Readings


def stamp(clock: Clock, offset_ms: int, monotonic: float) -> tuple[int, bool]:
    """Return UTC ms of a moment of this boot, and whether that is provisional.

    Args:
        clock: Of this boot.
        offset_ms: UTC minus monotonic time, as believed when the epoch began.
        monotonic: The moment, in s.
    """
    moment = round(monotonic * 1000)
    if not clock.trusted():
        return offset_ms + moment, True
    return clock.now_ms() - round(clock.monotonic() * 1000) + moment, False


def repaired(readings: Readings, shift_ms: int | None) -> Readings:
    """Return readings of one epoch with right times, as far as they are known."""
    if shift_ms is None:
        return readings
    wrong = is_unsynced(readings.code)
    if not wrong.any():
        return readings
    return Readings(
        signal=readings.signal,
        observed_at=readings.observed_at + wrong * np.int64(shift_ms),
        value=readings.value,
        code=np.where(wrong, readings.code & np.uint16(0xFFFF ^ UNSYNCED), readings.code),
    )


def learn(database: sqlite3.Connection, clock: Clock) -> bool:
    """Write what to add to the provisional times of this boot, once that is known.

    Args:
        database: ``telemetry.db``.
        clock: Of this boot.

    Returns:
        True: something was learned.
    """
    if not clock.trusted():
        return False
    boot = clock.boot_id()
    (waiting,) = database.execute(
        "SELECT count(*) FROM epoch WHERE boot = ? AND shift_ms IS NULL AND kind = 'live'",
        (boot,),
    ).fetchone()
    if not waiting:
        return False
    offset = clock.now_ms() - round(clock.monotonic() * 1000)
    with transaction(database):
        database.execute(
            "UPDATE epoch SET shift_ms = ? - offset_ms"
            " WHERE boot = ? AND shift_ms IS NULL AND kind = 'live'",
            (offset, boot),
        )
    return True
