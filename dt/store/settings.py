"""Settings that people change in the dashboard: a key and a JSON value each."""

from typing import TypeVar

import msgspec

from dt.clock import Clock
from dt.errors import CorruptError
from dt.store.database import Database, json_of

TABLE = (
    (
        "CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL,"
        " changed_at INTEGER NOT NULL, changed_by TEXT NOT NULL DEFAULT '') WITHOUT ROWID"
    ),
)
_T = TypeVar("_T")


class Settings:
    """The table of settings."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, key: str, default: _T) -> _T:
        """Return a setting of the default's type, or the default.

        Raises:
            CorruptError: What is stored is of another type.
        """
        found = self.struct(key, type(default))
        return default if found is None else found

    def struct(self, key: str, kind: type[_T]) -> _T | None:
        """Return a setting of this type (a struct, a list, a number …), or None.

        Raises:
            CorruptError: What is stored is of another type.
        """
        row = self._database.one("SELECT value FROM setting WHERE key=?", key)
        if row is None:
            return None
        try:
            return msgspec.json.decode(row[0], type=kind)
        except msgspec.ValidationError as error:
            raise CorruptError(
                f"setting {key!r} is {row[0]!r}: expected {kind.__name__}"
            ) from error

    def set(self, key: str, value: object, by: str = "") -> None:
        """Store a setting; anything that msgspec writes as JSON."""
        self._database.run(
            "INSERT INTO setting VALUES(?1,?2,?3,?4) ON CONFLICT(key) DO UPDATE"
            " SET value=?2, changed_at=?3, changed_by=?4",
            key,
            json_of(value),
            self._clock.now_ms(),
            by,
        )

    def forget(self, key: str) -> bool:
        """Go back to the default; tell whether anything was stored."""
        return bool(self._database.run("DELETE FROM setting WHERE key=?", key))

    def keys(self) -> list[str]:
        """Return the keys of all stored settings, sorted."""
        return [row[0] for row in self._database.all("SELECT key FROM setting ORDER BY 1")]
