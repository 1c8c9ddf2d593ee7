"""Whether a stored row is what it was when it was written."""

from typing import Any

from dt.errors import CorruptError
from dt.store import blocks, chunks, journal
from dt.store.resolution import LEVELS

COLUMNS = {
    "epoch": "epoch, incarnation, kind, boot, created, offset_ms, sealed, shift_ms",
    "signal": "id, name, twin, unit, title",
    "journal": "id, epoch, seq0, n, blob",
    "chunk": "id, signal, epoch, unsynced, rolled, seq_min, seq_max, t_min, t_max, n, blob",
    "rollup": "id, signal, level, tier, epoch, t_min, t_max, n, blob",
    "damaged": "id, at, what, blob",
    "shed": 'id, signal, start, "end", resolution, reason, at, n',
}
"""Of each table of ``telemetry.db``; the first is its key."""

Row = tuple[Any, ...]


def text(data: bytes) -> str:
    """Return a stored text; what is no UTF-8 is marked and then refused by `check`."""
    return data.decode("utf-8", "replace")


def check(table: str, row: Row) -> None:
    """Refuse a row that is damaged.

    Args:
        table: Its table.
        row: Its `COLUMNS`.

    Raises:
        CorruptError: With what is wrong.
    """
    test = _CHECKS.get(table)
    try:
        if test is not None:
            test(row)
        elif None in row:
            raise CorruptError(f"a row of {table} has an empty column")
        if any(isinstance(value, str) and "\ufffd" in value for value in row):
            raise CorruptError(f"a row of {table} has a text that is no UTF-8")
    except (TypeError, ValueError, OverflowError, IndexError) as error:
        raise CorruptError(f"a row of {table} cannot be read: {error}") from error


def _chunk(row: Row) -> None:
    _, signal, epoch, _, rolled, *span, n, blob = row
    rows = chunks.unpack(blob, n)
    found = [rows.seq.min(), rows.seq.max(), rows.t.min(), rows.t.max()]
    if span != found or not signal or epoch < 1 or not 0 <= rolled <= chunks.UNROLLED:
        raise CorruptError("a chunk does not say what it holds")


def _rollup(row: Row) -> None:
    _, _, level, tier, _, first, last, n, blob = row
    if not (0 <= level < len(LEVELS) and 0 <= tier < len(blocks.PLACES)):
        raise CorruptError("a roll-up is of no level")
    buckets = blocks.unpack(blob, level) if tier else blocks.unrecord([blob])
    if (len(buckets), int(buckets.t[0]), int(buckets.t[-1])) != (n, first, last):
        raise CorruptError("a roll-up does not say what it holds")


def _journal(row: Row) -> None:
    _, epoch, seq0, n, blob = row
    journal.unpack(epoch, seq0, n, blob)


def _epoch(row: Row) -> None:
    number, incarnation, kind, *_ = row
    if number < 1 or kind not in {"live", "import", "importing"} or len(incarnation) != 16:
        raise CorruptError("an epoch is none")


_CHECKS = {"chunk": _chunk, "rollup": _rollup, "journal": _journal, "epoch": _epoch}
