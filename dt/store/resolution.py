"""How long a bucket must be so that a chart gets no more than it can show."""

_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
DAY_MS = 24 * _HOUR

LEVELS = (_MINUTE, 15 * _MINUTE, _HOUR, DAY_MS)
"""Lengths of the roll-ups' buckets, in ms."""

_NICE = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(n * _SECOND for n in (1, 2, 3, 5, 10, 15, 20, 30)),
    *(n * _MINUTE for n in (1, 2, 3, 4, 5, 6, 10, 15, 30, 45)),
    *(n * _HOUR for n in (1, 2, 3, 4, 6, 8, 12)),
    *(n * DAY_MS for n in (1, 2, 3, 4, 5, 7, 10, 14, 30)),
)


def bucket_ms(start: int, end: int, points: int, unit: int = 1) -> int:
    """Return the shortest usual length that cuts [start, end) into ≤ `points` buckets.

    Buckets begin at multiples of their length since 1970, UTC.

    Args:
        start: UTC ms, included.
        end: UTC ms, not included.
        points: At least 1.
        unit: The length is a multiple of this one of `LEVELS`, or of 1 ms.
    """
    for width in _NICE:
        if width % unit == 0 and buckets(start, end, width) <= points:
            return width
    width = _NICE[-1]
    while buckets(start, end, width) > points and width < 2**60:
        width *= 2
    return width


def buckets(start: int, end: int, width: int) -> int:
    """Return how many buckets of this length [start, end) touches."""
    return (end - 1) // width - start // width + 1 if end > start else 0


def level_of(width: int) -> int:
    """Return the index of the longest roll-up that divides a width; -1: only readings."""
    found = -1
    for index, length in enumerate(LEVELS):
        if width % length == 0:
            found = index
    return found
