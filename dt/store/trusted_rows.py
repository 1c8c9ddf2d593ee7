"""Whether a row of ``appliance.db`` is what its table holds, column by column."""

import msgspec

from dt.passwords import is_hash
from dt.store.database import Database
from dt.store.rows import Row
from dt.store.users import Role, key_of

_PYTHON = {"INTEGER": int, "REAL": float, "TEXT": str, "BLOB": bytes}
_JSON = {
    "after",
    "before",
    "body",
    "coefficients",
    "commands",
    "description",
    "points",
    "recovery",
    "scopes",
    "trace",
    "value",
}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column as its table declares it.

    Attributes:
        kind: ``INTEGER``, ``REAL``, ``TEXT`` or ``BLOB``.
        needed: It is never empty.
        key: It is of the table's key.
    """

    name: str
    kind: str
    needed: bool
    key: bool


def columns(file: Database, table: str) -> list[Column]:
    """Return the columns of a table."""
    return [
        Column(name=name, kind=kind, needed=bool(needed or key), key=bool(key))
        for _, name, kind, needed, _, key in file.all(f"PRAGMA table_info({table})")
    ]


def wrong(table: str, declared: list[Column], row: Row) -> str:
    """Return what is wrong with a row, or nothing.

    Args:
        table: Its table.
        declared: Its columns, in the order of the row.
        row: Its values.
    """
    for column, value in zip(declared, row, strict=True):
        if not _fits(column, value):
            return f"{column.name} of a row of {table} is no {column.kind}"
    named = {column.name: value for column, value in zip(declared, row, strict=True)}
    if "role" in named and named["role"] not in list(Role):
        return f"a row of {table} has no role"
    if table == "user" and not (
        is_hash(named["password_hash"]) and named["name_key"] == key_of(named["name"])
    ):
        return "a row of user has no password, or another's name"
    return ""


def _fits(column: Column, value: object) -> bool:
    if value is None:
        return not column.needed
    if not isinstance(value, _PYTHON.get(column.kind, object)):
        return False
    if not isinstance(value, str):
        return True
    return "\ufffd" not in value and (column.name not in _JSON or _is_json(value))


def _is_json(text: str) -> bool:
    if not text:
        return True  # a broken twin has no description
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True
