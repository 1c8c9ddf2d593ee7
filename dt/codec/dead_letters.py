"""A record that was refused: its own bytes and headers, and why it was.

The value of a dead letter is that of the record, unchanged, so it can be replayed; all
else stands in headers.
"""

from collections.abc import Iterable

import msgspec

from dt.codec.headers import LONGEST, Headers, needed, texts
from dt.errors import CodecError

_PREFIX = "dt-dead-"


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why and from where a record came to the dead letters, whose value is its own.

    Attributes:
        code: Of the error: ``codec.signature``.
        reason: Its message.
        topic, partition, offset: Where the record stands.
        at: UTC ms at which it was refused.
    """

    code: str
    reason: str
    topic: str
    partition: int
    offset: int
    at: int


def headers_of(refused: Refused, before: Headers) -> Headers:
    """Return the headers of a dead letter: those it had, and why it is one."""
    told = msgspec.structs.asdict(refused).items()
    kept = tuple((name, value) for name, value in before if not name.startswith(_PREFIX))
    short = LONGEST // 4  # a character of UTF-8 has four bytes at most
    return kept + tuple(
        (_PREFIX + name, str(value)[:short].encode()) for name, value in told
    )


def read(headers: Iterable[tuple[str, bytes | None]]) -> Refused:
    """Return why a record is among the dead letters.

    Raises:
        CodecError: Its headers do not tell it.
    """
    told = texts(headers, _PREFIX)
    names = [field.name for field in msgspec.structs.fields(Refused)]
    found = {name: needed(told, _PREFIX + name) for name in names}
    try:
        return msgspec.convert(found, Refused, strict=False)
    except msgspec.ValidationError as error:
        raise CodecError(f"headers of a dead letter: {error}".replace("`", "")) from error
