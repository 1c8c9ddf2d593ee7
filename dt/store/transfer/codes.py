"""The 16 bits of quality as words, and back, so that nothing is lost in a file."""

from functools import lru_cache
from typing import NamedTuple

from dt.twin.quality import (
    UNSYNCED,
    Quality,
    Reason,
    pack,
    quality_of,
    reason_of,
    score_of,
)


class Words(NamedTuple):
    """A code as a file says it; empty text means the usual.

    Attributes:
        quality: ``good``, ``uncertain`` or ``bad``.
        reason: ``out_of_range``, …; empty: none.
        score: 0–1; empty: good 1, uncertain 0.5, bad 0.
        clock: ``unsynced``: taken before the clock could be trusted.
    """

    quality: str = "good"
    reason: str = ""
    score: str = ""
    clock: str = ""


GOOD = Words()


@lru_cache(maxsize=1024)
def words(code: int) -> Words:
    """Return a code as words."""
    quality = quality_of(code)
    reason = reason_of(code)
    clock = "unsynced" if code & UNSYNCED else ""
    usual = pack(quality, reason, unsynced=bool(clock)) == code
    return Words(
        quality=quality.value,
        reason="" if reason == Reason.NONE else reason.name.lower(),
        score="" if usual else f"{score_of(code):.2f}",
        clock=clock,
    )


@lru_cache(maxsize=1024)
def code_of(said: Words) -> int:
    """Return the code that words mean.

    Raises:
        ValueError: With what was expected.
    """
    quality = said.quality.strip().lower() or Quality.GOOD
    if quality not in list(Quality):
        raise ValueError(f"quality is {said.quality!r}: expected {', '.join(Quality)}")
    reason = said.reason.strip().upper().replace("-", "_") or "NONE"
    if reason not in Reason.__members__:
        raise ValueError(f"reason is {said.reason!r}: expected like out_of_range")
    if said.clock.strip() not in {"", "unsynced", "synced"}:
        raise ValueError(f"clock is {said.clock!r}: expected unsynced or nothing")
    try:
        score = float(said.score) if said.score.strip() else None
    except ValueError:
        score = -1.0
    if score is not None and not 0 <= score <= 1:
        raise ValueError(f"score is {said.score!r}: expected 0 to 1")
    return pack(
        Quality(quality),
        Reason[reason],
        score=score,
        unsynced=said.clock.strip() == "unsynced",
    )
