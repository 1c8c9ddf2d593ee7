"""What others do: one row per reading and an index over (signal, time). The peer."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from dt.twin.readings import Readings


class Rows:
    """A plain row table in SQLite; each batch is on the disk when `append` returns."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        for line in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE reading(signal INTEGER, at INTEGER, value REAL, code INTEGER)",
            "CREATE INDEX reading_time ON reading(signal, at)",
        ):
            self._database.execute(line)

    def append(self, readings: Readings) -> None:
        """Store a batch in one transaction."""
        columns = (
            readings.signal.tolist(),
            readings.observed_at.tolist(),
            readings.value.tolist(),
            readings.code.tolist(),
        )
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO reading VALUES(?,?,?,?)", zip(*columns, strict=True)
        )
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def rate(path: Path, batches: Sequence[Readings]) -> float:
    """Return how many readings/s of these batches the row table takes."""
    rows = Rows(path)
    begin = time.perf_counter()
    for batch in batches:
        rows.append(batch)
    took = time.perf_counter() - begin
    rows.close()
    return sum(map(len, batches)) / took
