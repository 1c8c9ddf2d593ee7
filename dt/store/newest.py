"""The newest reading of each signal, kept up to date in each process."""

import sqlite3
from collections.abc import Iterable

import numpy as np

from dt.store import chunks
from dt.store.records import Latest
from dt.twin.readings import Logged

_Key = tuple[int, int, int]  # time, epoch, seq: the greatest is the newest


class Newest:
    """Remembers one reading of each signal. Used under its owner's lock."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[_Key, float, int]] = {}
        self._asked: set[int] = set()
        self._imports: tuple[int, int] = (0, 0)

    def clear(self) -> None:
        """Forget everything: times have changed."""
        self._found.clear()
        self._asked.clear()

    def notice(self, parts: Iterable[Logged]) -> None:
        """Take in readings that are new in the head."""
        for part in parts:
            r = part.readings
            order = np.lexsort((part.seq, r.observed_at, r.signal))
            ends = np.append(r.signal[order[1:]] != r.signal[order[:-1]], True)
            for row in order[ends].tolist():
                key = (int(r.observed_at[row]), part.epoch, int(part.seq[row]))
                self._take(int(r.signal[row]), key, float(r.value[row]), int(r.code[row]))

    def of(
        self, database: sqlite3.Connection, ids: Iterable[int], shown: str = ""
    ) -> dict[int, Latest]:
        """Return the newest reading of each of the signals that has any.

        Args:
            database: ``telemetry.db`` inside a read transaction.
            ids: Of the signals.
            shown: What hides rows of unfinished imports, in SQL.

        Raises:
            CorruptError: A chunk is damaged.
        """
        count, total = database.execute(
            "SELECT count(*), coalesce(sum(sealed), 0) FROM epoch WHERE kind = 'import'"
        ).fetchone()
        if (count, total) != self._imports:
            self._imports = (count, total)
            self._asked.clear()
        wanted = list(ids)
        for signal in wanted:
            if signal not in self._asked:
                self._from_chunks(database, signal, shown)
                self._asked.add(signal)
        return {i: _latest(*self._found[i]) for i in wanted if i in self._found}

    def _take(self, signal: int, key: _Key, value: float, code: int) -> None:
        held = self._found.get(signal)
        if held is None or key > held[0]:
            self._found[signal] = (key, value, code)

    def _from_chunks(self, database: sqlite3.Connection, signal: int, shown: str) -> None:
        for rolled in range(chunks.UNROLLED + 1):
            row = database.execute(
                "SELECT max(t_max) FROM chunk"
                f" WHERE signal = ? AND unsynced = 0 AND rolled = ?{shown}",
                (signal, rolled),
            ).fetchone()
            if row[0] is not None:
                self._from_rows(
                    database.execute(
                        "SELECT signal, epoch, n, blob, NULL FROM chunk WHERE signal = ?"
                        f" AND unsynced = 0 AND rolled = ? AND t_max = ?{shown}",
                        (signal, rolled, row[0]),
                    )
                )
        self._from_rows(
            database.execute(
                "SELECT signal, epoch, n, blob, shift_ms"
                " FROM chunk JOIN epoch USING (epoch) WHERE signal = ? AND unsynced = 1",
                (signal,),
            )
        )

    def _from_rows(self, found: sqlite3.Cursor) -> None:
        for signal, epoch, n, blob, shift in found:
            rows = chunks.unpack(blob, n)
            if shift is not None:
                rows = chunks.right(rows, shift)
            last = int(np.lexsort((rows.seq, rows.t))[-1])
            key = (int(rows.t[last]), epoch, int(rows.seq[last]))
            self._take(signal, key, float(rows.value[last]), int(rows.code[last]))


def _latest(key: _Key, value: float, code: int) -> Latest:
    t, epoch, seq = key
    return Latest(seq=seq, epoch=epoch, observed_at=t, value=value, code=code)
