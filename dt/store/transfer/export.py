"""Readings of the log as the bytes of a file, for the command line and for HTTP."""

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

import numpy as np

from dt.errors import NotFoundError
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.store.transfer import formats
from dt.store.transfer.piece import Exported

_ROWS = 8192


def export_rows(
    log: Log,
    ids: Sequence[int],
    start: int,
    end: int,
    fmt: str,
    told: Callable[[int, int], None] | None = None,
) -> Iterator[bytes]:
    """Yield a file of all readings of some signals in [start, end), in bounded memory.

    Args:
        log: Where they are.
        ids: Of the signals, in the order of the file; each by time.
        start: UTC ms.
        end: UTC ms, excluded.
        fmt: One of `formats.NAMES`.
        told: Called with (signal id, UTC ms of the last reading) after each piece.

    Raises:
        RequestError: There is no such format.
    """
    found = _exported(log, ids, start, end, told)
    return formats.named(fmt).write(found if fmt == "parquet" else _sliced(found))


def _exported(
    log: Log,
    ids: Sequence[int],
    start: int,
    end: int,
    told: Callable[[int, int], None] | None,
) -> Iterator[Exported]:
    rows = {row.id: row for row in log.signals().values()}
    for number, readings, _ in log.readings(ids, start, end):
        if len(readings):
            yield rows[number], readings
            if told is not None:
                told(number, int(readings.observed_at[-1]))


def _sliced(found: Iterator[Exported]) -> Iterator[Exported]:
    """Yield shorter pieces: as text they take twenty times the room."""
    for row, readings in found:
        for start in range(0, len(readings), _ROWS):
            stop = min(start + _ROWS, len(readings))
            yield row, readings.take(np.arange(start, stop))


def matching(log: Log, patterns: Sequence[str]) -> list[SignalRow]:
    """Return the signals whose full names match any pattern (``*`` and ``?``), by name.

    Args:
        log: Where they are.
        patterns: None: all signals.

    Raises:
        NotFoundError: A pattern matches nothing.
    """
    rows = log.signals()
    if not patterns:
        return [rows[name] for name in sorted(rows)]
    found = set()
    for pattern in patterns:
        names = [name for name in rows if fnmatchcase(name, pattern)]
        if not names:
            raise NotFoundError(
                f"no signal is named {pattern!r}", hint="see dt twin list for the names"
            )
        found.update(names)
    return [rows[name] for name in sorted(found)]
