"""Who is signed in: kept on this side, so that a session can be ended at any time.

A browser holds a random secret; only its SHA-256 is stored, so a stolen file opens no
session.
"""

import hashlib
import secrets

import msgspec

from dt.clock import Clock
from dt.store.database import Database
from dt.twin.quantities import Seconds

TABLE = (
    (
        "CREATE TABLE session(id INTEGER PRIMARY KEY, secret_hash BLOB NOT NULL UNIQUE,"
        " user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,"
        " created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL,"
        " expires_at INTEGER NOT NULL, agent TEXT NOT NULL DEFAULT '')"
    ),
    "CREATE INDEX session_user ON session(user_id)",
)
_COLUMNS = "id,user_id,created_at,seen_at,expires_at,agent"
_TOUCH_MS = 60_000
_LONGEST_AGENT = 200


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser of one user. Times are UTC ms; `seen_at` is right to a minute."""

    id: int
    user_id: int
    created_at: int
    seen_at: int
    expires_at: int
    agent: str = ""


class Sessions:
    """The table of sessions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def start(self, user_id: int, lasts: Seconds | float, agent: str = "") -> str:
        """Sign a user in; return the secret for the browser's cookie."""
        secret = secrets.token_urlsafe(32)
        now = self._clock.now_ms()
        self._database.run(
            "INSERT INTO session(secret_hash,user_id,created_at,seen_at,expires_at,agent)"
            " VALUES(?,?,?,?,?,?)",
            digest(secret),
            user_id,
            now,
            now,
            now + round(lasts * 1000),
            agent[:_LONGEST_AGENT],
        )
        return secret

    def find(self, secret: str) -> Session | None:
        """Return the session of a secret if it has not ended, and note that it lives."""
        now = self._clock.now_ms()
        found = self._database.structs(
            Session,
            f"SELECT {_COLUMNS} FROM session WHERE secret_hash=? AND expires_at>?",
            digest(secret),
            now,
        )
        if not found:
            return None
        session = found[0]
        if abs(now - session.seen_at) >= _TOUCH_MS:
            self._database.run("UPDATE session SET seen_at=? WHERE id=?", now, session.id)
            session = msgspec.structs.replace(session, seen_at=now)
        return session

    def of(self, user_id: int) -> list[Session]:
        """Return a user's sessions, last seen first."""
        return self._database.structs(
            Session,
            f"SELECT {_COLUMNS} FROM session WHERE user_id=? AND expires_at>?"
            " ORDER BY seen_at DESC, id DESC",
            user_id,
            self._clock.now_ms(),
        )

    def end(self, session_id: int, user_id: int | None = None) -> bool:
        """End one session (of this user only, if given); tell whether it was there."""
        return bool(
            self._database.run(
                "DELETE FROM session WHERE id=?1 AND (?2 IS NULL OR user_id=?2)",
                session_id,
                user_id,
            )
        )

    def end_all(self, user_id: int, but: int | None = None) -> int:
        """End all sessions of a user, but one if given; return how many ended."""
        return self._database.run(
            "DELETE FROM session WHERE user_id=? AND id IS NOT ?", user_id, but
        )

    def sweep(self) -> int:
        """Forget what has expired; return how many."""
        now = self._clock.now_ms()
        return self._database.run("DELETE FROM session WHERE expires_at<=?", now)


def digest(secret: str) -> bytes:
    """Return what is stored of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()
