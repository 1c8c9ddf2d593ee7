"""Time quality: what is late, what comes from the future, and times set right later.

All times are UTC ms. Before the clock can be trusted, readings carry provisional times
and the flag `dt.twin.quality.UNSYNCED`; differences between them are right, because the
monotonic clock gave them. When the clock becomes trusted, one offset per boot mends all.
"""

import numpy as np
from numpy.typing import NDArray

from dt.twin.quality import UNSYNCED, Codes
from dt.twin.readings import Floats, Ints

FUTURE_MS = 600_000
"""A reading so far ahead of a trusted clock is uncertain."""

Bools = NDArray[np.bool_]


def ahead(at: Ints, now_ms: int) -> Bools:
    """Tell which readings say to be more than 10 min ahead of now, shape (n,)."""
    result: Bools = at > now_ms + FUTURE_MS
    return result


def late(at: Ints) -> Bools:
    """Tell which readings are older than one that arrived before them, shape (n,)."""
    result: Bools = at < np.maximum.accumulate(at) if len(at) else np.empty(0, np.bool_)
    return result


def marked(code: Codes, *, unsynced: bool) -> Codes:
    """Return the codes with the flag of a clock that is not trusted yet, or without."""
    return code | np.uint16(UNSYNCED) if unsynced else code & np.uint16(0xFFFF ^ UNSYNCED)


def utc_of(monotonic_s: Floats, now_ms: int, now_monotonic_s: float) -> Ints:
    """Return the UTC ms of moments on the monotonic clock.

    Args:
        monotonic_s: The moments, in s, shape (n,).
        now_ms: UTC ms now.
        now_monotonic_s: The monotonic clock now, in s.
    """
    ms = np.rint((monotonic_s - now_monotonic_s) * 1000.0)
    return now_ms + ms.astype(np.int64)


def offset_ms(provisional_now_ms: int, trusted_now_ms: int) -> int:
    """Return what must be added to a boot's provisional times to set them right."""
    return trusted_now_ms - provisional_now_ms


def restamped(at: Ints, code: Codes, offset: int) -> tuple[Ints, Codes]:
    """Return times set right by an offset, where they were provisional; flags stay.

    The flag stays because it tells that the time was set right afterwards.
    """
    provisional = (code & UNSYNCED) != 0
    return np.where(provisional, at + offset, at), code
