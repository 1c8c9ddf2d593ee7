"""Notes that people write on charts: what happened then."""

from collections.abc import Sequence

import msgspec

from dt.clock import Clock
from dt.errors import NotFoundError, RequestError
from dt.store.database import Database, json_of

TABLE = (
    (
        "CREATE TABLE note(id INTEGER PRIMARY KEY, target TEXT NOT NULL,"
        " at INTEGER NOT NULL, ends_at INTEGER, text TEXT NOT NULL, author TEXT NOT NULL,"
        " written_at INTEGER NOT NULL)"
    ),
    "CREATE INDEX note_at ON note(target, at)",
)
_COLUMNS = "id,target,at,ends_at,text,author,written_at"
_LONGEST = 4000


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One note.

    Attributes:
        target: Full name of a signal, or id of a twin.
        at: UTC ms that it is about; with `ends_at` (excluded) a range.
        author: Name of the user.
        written_at: UTC ms.
    """

    id: int
    target: str
    at: int
    ends_at: int | None = None
    text: str
    author: str
    written_at: int


class Notes:
    """The table of notes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self, target: str, at: int, text: str, author: str, ends_at: int | None = None
    ) -> Note:
        """Write a note.

        Raises:
            RequestError: The text is empty or too long, or the range ends before it starts.
        """
        text = _good_text(text)
        if ends_at is not None and ends_at <= at:
            raise RequestError(f"note ends at {ends_at}: expected after {at}")
        note_id = self._database.insert(
            "INSERT INTO note(target,at,ends_at,text,author,written_at)"
            " VALUES(?,?,?,?,?,?)",
            target,
            at,
            ends_at,
            text,
            author,
            self._clock.now_ms(),
        )
        return self.get(note_id)

    def get(self, note_id: int) -> Note:
        """Return a note; NotFoundError if there is none of this id."""
        found = self._where("id=?", note_id)
        if not found:
            raise NotFoundError(f"there is no note {note_id}")
        return found[0]

    def between(
        self, start: int, end: int, targets: Sequence[str] | None = None
    ) -> list[Note]:
        """Return the notes that touch [start, end) UTC ms, by time.

        Args:
            start: UTC ms.
            end: UTC ms, excluded.
            targets: Only notes on these signals and on their twins; None: all.
        """
        wanted = None
        if targets is not None:
            twins = (target.partition("/")[0] for target in targets)
            wanted = json_of(sorted({*targets, *twins}))
        return self._where(
            "at<?2 AND coalesce(ends_at, at+1)>?1"
            " AND (?3 IS NULL OR target IN (SELECT value FROM json_each(?3)))"
            " ORDER BY at, id",
            start,
            end,
            wanted,
        )

    def edit(self, note_id: int, text: str) -> Note:
        """Change the text of a note."""
        with self._database.transaction() as database:
            database.run("UPDATE note SET text=? WHERE id=?", _good_text(text), note_id)
            return self.get(note_id)

    def remove(self, note_id: int) -> Note:
        """Remove a note and return it; NotFoundError if there is none of this id."""
        with self._database.transaction() as database:
            note = self.get(note_id)
            database.run("DELETE FROM note WHERE id=?", note_id)
        return note

    def _where(self, condition: str, *values: str | int | None) -> list[Note]:
        sql = f"SELECT {_COLUMNS} FROM note WHERE {condition}"
        return self._database.structs(Note, sql, *values)


def _good_text(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= _LONGEST:
        raise RequestError(
            f"text of a note has {len(text)} characters: expected 1 to {_LONGEST}"
        )
    return text
