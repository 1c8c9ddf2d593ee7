"""Headers of records: names and short texts."""

from collections.abc import Iterable

from dt.errors import CodecError

Headers = tuple[tuple[str, bytes], ...]
LONGEST = 1024
"""Bytes of one header."""


def texts(headers: Iterable[tuple[str, bytes | None]], prefix: str) -> dict[str, str]:
    """Return the headers with a prefix, by their names in small letters.

    Raises:
        CodecError: One is no short text.
    """
    found = {}
    for name, value in headers:
        if not name.lower().startswith(prefix):
            continue
        if value is None or len(value) > LONGEST:
            seen = "nothing" if value is None else f"{len(value)} bytes"
            raise CodecError(f"header {name}: saw {seen}, expected a short text")
        try:
            found[name.lower()] = value.decode()
        except UnicodeDecodeError as error:
            raise CodecError(f"header {name}: saw bytes that are no UTF-8 text") from error
    return found


def needed(told: dict[str, str], name: str) -> str:
    """Return a header; CodecError if it is missing or empty."""
    if not told.get(name):
        raise CodecError(f"header {name} is missing or empty: expected a text")
    return told[name]
