"""Failed sign-ins, counted across processes and restarts, so that guessing is slow."""

from dt.clock import Clock
from dt.store.database import Database

TABLE = (
    "CREATE TABLE attempt(id INTEGER PRIMARY KEY, key TEXT NOT NULL, at INTEGER NOT NULL)",
    "CREATE INDEX attempt_key ON attempt(key, at)",
)
_KEEP_MS = 86_400_000


class Attempts:
    """The table of failed attempts; a key is a user's name or an address."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def failed(self, *keys: str) -> None:
        """Note one failure under each key; forgets those older than a day."""
        now = self._clock.now_ms()
        with self._database.transaction() as database:
            database.run(
                "DELETE FROM attempt WHERE at NOT BETWEEN ? AND ?",
                now - _KEEP_MS,
                now + _KEEP_MS,
            )
            for key in keys:
                database.run("INSERT INTO attempt(key,at) VALUES(?,?)", key, now)

    def count(self, key: str, within_s: float) -> int:
        """Return how many failures a key had in the last `within_s` seconds."""
        now = self._clock.now_ms()
        row = self._database.one(
            "SELECT count(*) FROM attempt WHERE key=? AND at BETWEEN ? AND ?",
            key,
            now - round(within_s * 1000),
            now,
        )
        return int(row[0]) if row else 0

    def succeeded(self, *keys: str) -> None:
        """Forget the failures of each key."""
        with self._database.transaction() as database:
            for key in keys:
                database.run("DELETE FROM attempt WHERE key=?", key)
