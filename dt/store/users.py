"""The people who may sign in to this appliance."""

import unicodedata
from enum import StrEnum

import msgspec

from dt.clock import Clock
from dt.errors import ConflictError, NotFoundError, RequestError
from dt.store import second_factors
from dt.store.database import Database

TABLE = (
    (
        "CREATE TABLE user(id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " name_key TEXT NOT NULL UNIQUE, role TEXT NOT NULL, password_hash TEXT NOT NULL,"
        " created_at INTEGER NOT NULL, password_at INTEGER NOT NULL DEFAULT 0,"
        " disabled INTEGER NOT NULL DEFAULT 0, locale TEXT NOT NULL DEFAULT '',"
        " timezone TEXT NOT NULL DEFAULT '', theme TEXT NOT NULL DEFAULT 'auto',"
        f"{second_factors.COLUMNS})"
    ),
)
_COLUMNS = (
    "id,name,role,password_hash,created_at,password_at,disabled,locale,timezone,theme,"
    "second_secret<>'' AS second_factor"
)
_LONGEST = 64


class Role(StrEnum):
    """What a user or token may do; each may do what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def allows(self, needed: "Role") -> bool:
        """Tell whether this role may do what `needed` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One person.

    Attributes:
        id: Never used again for somebody else.
        name: Unique, whatever its capitals.
        role: What they may do.
        password_hash: As `dt.passwords` made it.
        created_at: UTC ms.
        password_at: UTC ms when the password was set; older sessions are void.
        disabled: May not sign in.
        locale: ``de``; empty: as the browser asks.
        timezone: IANA name; empty: the appliance's.
        theme: ``auto``, ``light`` or ``dark``.
        second_factor: The password is not enough.
    """

    id: int
    name: str
    role: Role
    password_hash: str
    created_at: int
    password_at: int = 0
    disabled: bool = False
    locale: str = ""
    timezone: str = ""
    theme: str = "auto"
    second_factor: bool = False


class Users:
    """The table of users."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, name: str, role: Role | str, password_hash: str) -> User:
        """Add a user.

        Raises:
            RequestError: The name or role is impossible.
            ConflictError: The name is taken.
        """
        name = _good_name(name)
        now = self._clock.now_ms()
        with self._database.transaction() as database:
            if self.named(name) is not None:
                raise ConflictError(f"there is a user {name!r} already")
            user_id = database.insert(
                "INSERT INTO user(name,name_key,role,password_hash,created_at,password_at)"
                " VALUES(?,?,?,?,?,?)",
                name,
                key_of(name),
                good_role(role),
                password_hash,
                now,
                now,
            )
        return self.get(user_id)

    def add_first(self, name: str, password_hash: str) -> User:
        """Add the first admin; two browsers at once cannot both be first.

        Raises:
            ConflictError: There is an admin already, or a user of this name.
        """
        with self._database.transaction():
            if self.has_admin():
                raise ConflictError("this appliance has its first account already")
            return self.add(name, Role.ADMIN, password_hash)

    def get(self, user_id: int) -> User:
        """Return a user.

        Raises:
            NotFoundError: There is none of this id.
        """
        found = self._where("id=?", user_id)
        if not found:
            raise NotFoundError(f"there is no user {user_id}")
        return found[0]

    def named(self, name: str) -> User | None:
        """Return the user of a name, whatever its capitals, or None."""
        found = self._where("name_key=?", key_of(name))
        return found[0] if found else None

    def all(self) -> list[User]:
        """Return all users by name."""
        return self._where("1 ORDER BY name_key")

    def has_admin(self) -> bool:
        """Tell whether there is an admin who may sign in."""
        return bool(self._where("role='admin' AND NOT disabled LIMIT 1"))

    def count(self) -> int:
        """Return how many there are; 0: the appliance is not set up."""
        row = self._database.one("SELECT count(*) FROM user")
        return int(row[0]) if row else 0

    def set_role(self, user_id: int, role: Role | str) -> User:
        """Give a user another role; ConflictError for the last admin."""
        return self._change(user_id, role=good_role(role))

    def set_disabled(self, user_id: int, disabled: bool) -> User:
        """Let a user sign in or not; ConflictError for the last admin."""
        return self._change(user_id, disabled=int(disabled))

    def set_password(self, user_id: int, password_hash: str) -> User:
        """Change a user's password; ends all sessions of that user."""
        with self._database.transaction() as database:
            database.run("DELETE FROM session WHERE user_id=?", user_id)
            now = self._clock.now_ms()
            return self._change(user_id, password_hash=password_hash, password_at=now)

    def set_preferences(
        self,
        user_id: int,
        *,
        locale: str | None = None,
        timezone: str | None = None,
        theme: str | None = None,
    ) -> User:
        """Change what is given of a user's preferences."""
        given = {"locale": locale, "timezone": timezone, "theme": theme}
        return self._change(user_id, **{k: v for k, v in given.items() if v is not None})

    def remove(self, user_id: int) -> User:
        """Remove a user with all sessions; return who it was.

        Raises:
            NotFoundError: There is none of this id.
            ConflictError: It is the last admin.
        """
        with self._database.transaction() as database:
            user = self.get(user_id)
            database.run("DELETE FROM user WHERE id=?", user_id)
            self._keep_an_admin(user)
        return user

    def _change(self, user_id: int, **columns: str | int) -> User:
        with self._database.transaction() as database:
            before = self.get(user_id)
            for column, value in columns.items():
                database.run(f"UPDATE user SET {column}=? WHERE id=?", value, user_id)
            self._keep_an_admin(before)
            return self.get(user_id)

    def _keep_an_admin(self, before: User) -> None:
        if before.role != Role.ADMIN or before.disabled:
            return
        if not self.has_admin():
            raise ConflictError(
                f"{before.name!r} is the last admin of this appliance",
                hint="make another user an admin first",
            )

    def _where(self, condition: str, *values: str | int) -> list[User]:
        sql = f"SELECT {_COLUMNS} FROM user WHERE {condition}"
        return self._database.structs(User, sql, *values)


def good_role(role: Role | str) -> Role:
    """Return the role of a name; RequestError if there is none."""
    if role not in list(Role):
        raise RequestError(f"role is {str(role)!r}: expected {', '.join(Role)}")
    return Role(role)


def _good_name(name: str) -> str:
    name = unicodedata.normalize("NFKC", name).strip()
    if not 1 <= len(name) <= _LONGEST or not name.isprintable():
        raise RequestError(
            f"name of a user is {name!r}: expected 1 to {_LONGEST} printable characters"
        )
    return name


def key_of(name: str) -> str:
    """Return what two names have in common that are one."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
