"""The twins as the collector last loaded them, broken files included."""

from collections.abc import Sequence

import msgspec

from dt.clock import Clock
from dt.store.database import Database
from dt.twin.description import TwinDescription

TABLE = (
    (
        "CREATE TABLE twin(file TEXT PRIMARY KEY, id TEXT NOT NULL,"
        " description TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',"
        " loaded_at INTEGER NOT NULL) WITHOUT ROWID"
    ),
    "CREATE INDEX twin_id ON twin(id)",
)
_VERSION = "twins.version"


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """One twin file.

    Attributes:
        file: Its path.
        id: Of the twin; empty when the file does not say one.
        description: What it declares, or None: it is broken.
        error: What is wrong with it; a file that broke keeps its last good description.
        loaded_at: UTC ms when this was last different.
    """

    file: str
    id: str = ""
    description: TwinDescription | None = None
    error: str = ""
    loaded_at: int = 0


class Twins:
    """The table of twins; the collector writes it, everybody reads it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def replace(self, twins: Sequence[Twin]) -> None:
        """Store what a scan of the twin folders found, instead of what was there.

        Only what differs is written. A broken file keeps the description that it had.
        """
        with self._database.transaction() as database:
            before = {twin.file: twin for twin in self.all()}
            gone = before.keys() - {twin.file for twin in twins}
            for file in gone:
                database.run("DELETE FROM twin WHERE file=?", file)
            written = [self._put(twin, before.get(twin.file)) for twin in twins]
            if gone or any(written):
                database.run(
                    "INSERT INTO setting VALUES(?1,1,?2,'') ON CONFLICT(key)"
                    " DO UPDATE SET value=value+1, changed_at=?2",
                    _VERSION,
                    self._clock.now_ms(),
                )

    def _put(self, twin: Twin, before: Twin | None) -> bool:
        if before is not None and twin.description is None:
            twin = msgspec.structs.replace(
                twin, id=twin.id or before.id, description=before.description
            )
        at = before.loaded_at if before else 0
        if before is not None and msgspec.structs.replace(twin, loaded_at=at) == before:
            return False
        text = ""
        if twin.description is not None:
            text = msgspec.json.encode(twin.description, enc_hook=_plain).decode()
        self._database.run(
            "INSERT OR REPLACE INTO twin VALUES(?,?,?,?,?)",
            twin.file,
            twin.id,
            text,
            twin.error,
            self._clock.now_ms(),
        )
        return True

    def all(self) -> list[Twin]:
        """Return all twins by id."""
        rows = self._database.all(
            "SELECT file,id,description,error,loaded_at FROM twin ORDER BY id, file"
        )
        return [_twin(*row) for row in rows]

    def get(self, twin_id: str) -> Twin | None:
        """Return a twin, or None; of several files with this id, one without error."""
        rows = self._database.all(
            "SELECT file,id,description,error,loaded_at FROM twin WHERE id=?"
            " ORDER BY error<>'', file LIMIT 1",
            twin_id,
        )
        return _twin(*rows[0]) if rows else None

    def version(self) -> int:
        """Return a number that grows when a twin changes: reload when it moved."""
        row = self._database.one("SELECT value FROM setting WHERE key=?", _VERSION)
        return int(row[0]) if row else 0


def _twin(file: str, twin_id: str, text: str, error: str, loaded_at: int) -> Twin:
    description = None
    if text:
        description = msgspec.json.decode(text, type=TwinDescription, dec_hook=_quantity)
    return Twin(
        file=file,
        id=twin_id,
        description=description,
        error=error,
        loaded_at=loaded_at,
    )


def _plain(value: object) -> object:
    if isinstance(value, float):  # a duration or a rate
        return float(value)
    raise NotImplementedError(type(value).__name__)


def _quantity(kind: type, value: object) -> object:
    return value if kind is object else kind(value)  # free keys stay as they are
