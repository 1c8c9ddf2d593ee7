"""Whether what is imported is in the log already: by its content, and by its times."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from dt.errors import CorruptError, ImportedError
from dt.store import chunks, epochs
from dt.store.audit import Audit
from dt.store.log import Log
from dt.store.sqlite import translated
from dt.times import iso_text
from dt.twin.readings import Ints, Readings

ACTION = "readings.import"
_HINT = "nothing of it was taken; give --again to store it a second time"
_CACHED = 32


class Again:
    """Looks at the readings of one import, piece by piece.

    Args:
        log: Where they go.
        audit: Where imports are noted.
    """

    def __init__(self, log: Log, audit: Audit) -> None:
        self._path: Path = log.paths.telemetry
        self._audit = audit
        self._names = {row.id: row.name for row in log.signals().values()}
        self._times: dict[int, Ints] = {}
        self._digest = hashlib.sha256()

    def note(self, readings: Readings) -> None:
        """Take the next piece into the digest."""
        for column in (
            readings.signal,
            readings.observed_at,
            readings.value,
            readings.code,
        ):
            self._digest.update(np.ascontiguousarray(column).tobytes())

    def check(self, readings: Readings) -> None:
        """Refuse a piece of which a reading's signal and time are stored already.

        Raises:
            ImportedError: They are.
        """
        with (
            translated(self._path),
            closing(epochs.open_telemetry(self._path)) as database,
        ):
            for signal in np.unique(readings.signal).tolist():
                if signal in self._names:
                    at = readings.observed_at[readings.signal == signal]
                    self._of_signal(database, signal, at)

    def _of_signal(self, database: sqlite3.Connection, signal: int, at: Ints) -> None:
        first, last = int(at.min()), int(at.max())
        found = database.execute(
            "SELECT chunk.id, n, blob FROM chunk JOIN epoch USING (epoch) WHERE signal = ?"
            " AND unsynced = 0 AND t_max >= ? AND t_min <= ? AND kind != 'importing'",
            (signal, first, last),
        )
        for number, n, blob in found:
            held = self._held(number, n, blob)
            twice = int(np.isin(at, held).sum())
            if twice:
                raise ImportedError(
                    f"{self._names[signal]}: {twice} of {len(at)} readings from"
                    f" {iso_text(first)} to {iso_text(last)} are stored already:"
                    " expected new ones",
                    hint=_HINT,
                )

    def _held(self, number: int, n: int, blob: bytes) -> Ints:
        if number not in self._times:
            if len(self._times) >= _CACHED:
                self._times.pop(next(iter(self._times)))
            try:
                self._times[number] = chunks.unpack(blob, n).t
            except CorruptError:  # the scrub tells it
                self._times[number] = np.empty(0, np.int64)
        return self._times[number]

    def finish(self) -> None:
        """Refuse the whole if the very same was imported before.

        Raises:
            ImportedError: It was.
        """
        for entry in self._audit.newest(1, target=self.target):
            raise ImportedError(
                f"this content was imported on {iso_text(entry.at)}: expected new readings",
                hint=_HINT,
            )

    @property
    def target(self) -> str:
        """What the audit calls this content."""
        return f"content {self._digest.hexdigest()[:32]}"
