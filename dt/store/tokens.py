"""Tokens: how programs sign in. A token has a role and, if it is to do less, scopes."""

import secrets

import msgspec

from dt.clock import Clock
from dt.errors import ConflictError, NotFoundError, RequestError
from dt.store.database import Database, json_of
from dt.store.sessions import digest
from dt.store.users import Role, good_role

TABLE = (
    (
        "CREATE TABLE token(id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " role TEXT NOT NULL, scopes TEXT NOT NULL DEFAULT '[]',"
        " secret_hash BLOB NOT NULL UNIQUE, created_at INTEGER NOT NULL,"
        " created_by TEXT NOT NULL DEFAULT '', used_at INTEGER, expires_at INTEGER,"
        " revoked_at INTEGER)"
    ),
)
_COLUMNS = "id,name,role,scopes,created_at,created_by,used_at,expires_at,revoked_at"
_USED_MS = 60_000
_PREFIX = "dt_"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One token, without its secret. Times are UTC ms; `used_at` is right to a minute.

    Attributes:
        scopes: Words like ``readings:write``; empty: all that the role allows.
    """

    id: int
    name: str
    role: Role
    scopes: tuple[str, ...] = ()
    created_at: int
    created_by: str = ""
    used_at: int | None = None
    expires_at: int | None = None
    revoked_at: int | None = None


class Tokens:
    """The table of tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        name: str,
        role: Role | str,
        *,
        scopes: tuple[str, ...] = (),
        expires_at: int | None = None,
        created_by: str = "",
    ) -> tuple[Token, str]:
        """Make a token; return it with its secret, which nobody can read again.

        Raises:
            RequestError: The name or role is impossible.
            ConflictError: A token of this name is in use.
        """
        name = name.strip()
        if not 1 <= len(name) <= 64 or not name.isprintable():
            raise RequestError(
                f"name of a token is {name!r}: expected 1 to 64 printable characters"
            )
        secret = _PREFIX + secrets.token_urlsafe(32)
        with self._database.transaction() as database:
            if self.named(name) is not None:
                raise ConflictError(f"there is a token {name!r} already")
            token_id = database.insert(
                "INSERT INTO token(name,role,scopes,secret_hash,created_at,created_by,"
                "expires_at) VALUES(?,?,?,?,?,?,?)",
                name,
                good_role(role),
                json_of(scopes),
                digest(secret),
                self._clock.now_ms(),
                created_by,
                expires_at,
            )
            return self.get(token_id), secret

    def find(self, secret: str) -> Token | None:
        """Return the token of a secret if it may be used, and note that it was."""
        now = self._clock.now_ms()
        found = self._where(
            "secret_hash=? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at>?)",
            digest(secret),
            now,
        )
        if not found:
            return None
        token = found[0]
        if token.used_at is None or abs(now - token.used_at) >= _USED_MS:
            self._database.run("UPDATE token SET used_at=? WHERE id=?", now, token.id)
            token = msgspec.structs.replace(token, used_at=now)
        return token

    def get(self, token_id: int) -> Token:
        """Return a token; NotFoundError if there is none of this id."""
        found = self._where("id=?", token_id)
        if not found:
            raise NotFoundError(f"there is no token {token_id}")
        return found[0]

    def named(self, name: str) -> Token | None:
        """Return the token of this name that is not revoked, or None."""
        found = self._where("name=? AND revoked_at IS NULL", name)
        return found[0] if found else None

    def all(self) -> list[Token]:
        """Return all tokens, revoked ones last, newest first."""
        return self._where("1 ORDER BY revoked_at IS NOT NULL, id DESC")

    def revoke(self, token_id: int) -> Token:
        """Make a token worthless for ever; again changes nothing."""
        with self._database.transaction() as database:
            database.run(
                "UPDATE token SET revoked_at=? WHERE id=? AND revoked_at IS NULL",
                self._clock.now_ms(),
                token_id,
            )
            return self.get(token_id)

    def _where(self, condition: str, *values: str | int | bytes) -> list[Token]:
        sql = f"SELECT {_COLUMNS} FROM token WHERE {condition}"
        return self._database.structs(Token, sql, *values, json=("scopes",))
