"""How much a reading is worth: quality, reason and score, packed in 16 bits.

A *code* is 0 for the reading that everybody hopes for (good, no reason, full score,
trusted clock), so that a healthy column of codes compresses to nothing.

==========  =======================================================
bits 0–1    quality: 0 good, 1 uncertain, 2 bad
bits 2–6    reason: a member of `Reason`
bit 7       1: taken before the clock could be trusted
bits 8–15   penalty in percent: score = 1 - penalty / 100
==========  =======================================================
"""

from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]

UNSYNCED = 0x80


class Quality(StrEnum):
    """What a reading may be used for. A bad reading has no value."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


QUALITIES = (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD)


class Reason(IntEnum):
    """Why a reading is not good. Numbers are stored: never renumber."""

    NONE = 0
    NOT_A_NUMBER = 1
    OUT_OF_RANGE = 2
    RATE_OF_CHANGE = 3
    STUCK = 4
    HARDWARE_ABSENT = 5
    HARDWARE_FAILED = 6
    CHECKSUM = 7
    TIMEOUT = 8
    SOURCE_FAILED = 9
    INPUT_BAD = 10
    SOURCE_SAID = 11
    CALIBRATION = 12
    FUTURE = 13


def pack(
    quality: Quality,
    reason: Reason = Reason.NONE,
    *,
    score: float | None = None,
    unsynced: bool = False,
) -> int:
    """Return the code of one reading; without a score: good 1, uncertain 0.5, bad 0."""
    if score is None:
        score = {Quality.GOOD: 1.0, Quality.UNCERTAIN: 0.5, Quality.BAD: 0.0}[quality]
    penalty = round((1.0 - min(max(score, 0.0), 1.0)) * 100)
    clock = UNSYNCED if unsynced else 0
    return QUALITIES.index(quality) | reason << 2 | clock | penalty << 8


def quality_of(code: int) -> Quality:
    """Return the quality in a code."""
    return QUALITIES[code & 0x3]


def reason_of(code: int) -> Reason:
    """Return the reason in a code."""
    return Reason(code >> 2 & 0x1F)


def score_of(code: int) -> float:
    """Return the quality score in a code, 0–1."""
    return 1.0 - (code >> 8) / 100.0


def is_bad(codes: Codes) -> NDArray[np.bool_]:
    """Tell for each code whether its reading has no value, shape (n,)."""
    bad: NDArray[np.bool_] = (codes & 0x3) == 2
    return bad


def is_unsynced(codes: Codes) -> NDArray[np.bool_]:
    """Tell for each code whether its clock was not trusted yet, shape (n,)."""
    unsynced: NDArray[np.bool_] = (codes & UNSYNCED) != 0
    return unsynced
