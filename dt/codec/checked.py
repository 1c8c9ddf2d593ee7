"""JSON bytes become frozen structs, or an error that says where, seen and expected.

Nothing else ever leaves here: whatever the bytes are, the answer is a struct or a
`CodecError`. Unknown keys are passed over, so that a newer sender of the same version
is understood.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from dt.errors import CodecError, VersionError

T = TypeVar("T")
Readers = Mapping[int, Callable[[bytes], T]]
"""Of each version that is understood: what makes a struct of the bytes."""

VERSION = 1
"""Of all that is sent. It grows when an old reader would misread; a new optional key is
no new version."""
LONGEST = 1_000_000
"""More bytes are not looked at: Kafka's own limit of a record is a little more."""
LARGEST_MS = 253_402_300_799_999  # the end of year 9999
LARGEST_INT = (1 << 53) - 1  # what every reader of JSON can hold exactly

_PLAIN = r"^[^\u0000-\u001f\u007f]*(?![\s\S])"  # Python's $ would let a line feed pass
_NO_NUL = r"^[^\u0000]*(?![\s\S])"
Count = Annotated[int, Meta(ge=0, le=LARGEST_INT)]
Number = Annotated[int, Meta(ge=1, le=LARGEST_INT)]
Moment = Annotated[int, Meta(ge=0, le=LARGEST_MS)]
"""UTC ms, 1970 to 9999."""
Name = Annotated[str, Meta(min_length=1, max_length=400, pattern=_PLAIN)]
"""Without control characters: databases refuse a NUL."""
ShortName = Annotated[str, Meta(min_length=1, max_length=128, pattern=_PLAIN)]
Label = Annotated[str, Meta(max_length=400, pattern=_PLAIN)]
"""As a name, or empty."""
Text = Annotated[str, Meta(max_length=4000, pattern=_NO_NUL)]
"""For people, of any lines."""

_SHOWN = 60
_STEP = re.compile(r"\.?([A-Za-z_@]\w*)|\[(\d+)\]")


class _Head(msgspec.Struct, frozen=True):
    v: int


_HEAD = msgspec.json.Decoder(_Head)


def readers(kind: Any) -> Readers[Any]:
    """Return what reads a struct, or a union of them, of the version of today."""
    return MappingProxyType({VERSION: msgspec.json.Decoder(kind).decode})


def decode(data: bytes, known: Readers[T], what: str) -> T:
    """Return what the bytes hold.

    Args:
        data: As they came.
        known: By version.
        what: They should be, for people: ``batch``.

    Raises:
        CodecError: They do not hold it.
        VersionError: They are of a version that is not read here.
    """
    if len(data) > LONGEST:
        raise CodecError(
            f"{what} has {len(data)} bytes: expected {LONGEST} at most",
            hint="send less at once",
        )
    try:
        version = _HEAD.decode(data).v
        if version in known:
            return known[version](data)
    except (ValueError, RecursionError) as error:
        raise _told(error, data, what) from error
    raise VersionError(
        f"{what} is of version {shown(version)}: expected {', '.join(map(str, known))}",
        hint="upgrade this program, then replay the dead letters",
    )


def wrong(what: str, where: str, seen: object, expected: str) -> CodecError:
    """Return what to say about a value that is not what it must be."""
    return CodecError(f"{what}, {where}: saw {shown(seen)}, expected {expected}")


def shown(value: object) -> str:
    """Return a value as an error may repeat it: short."""
    if isinstance(value, dict | list | tuple):
        kind = "an object" if isinstance(value, dict) else "a list"
        return f"{kind} of {len(value)}"
    if isinstance(value, int) and not -LARGEST_INT <= value <= LARGEST_INT:
        return "a huge number"
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _told(error: Exception, data: bytes, what: str) -> CodecError:
    if isinstance(error, RecursionError):
        return CodecError(f"{what}: saw lists in lists without end, expected JSON as said")
    said, _, where = str(error).partition(" - at ")
    path = where.replace("`", "").removeprefix("key in ").removeprefix("$").lstrip(".")
    path = path.replace("[...]", "") or "top level"
    unknown, _, word = said.partition("nvalid enum value ")
    if unknown == "I":
        return CodecError(f"{what}, {path}: saw {word}, expected a word of docs/wire.md")
    said = said[:1].lower() + said[1:].replace("`", "")
    if not said.startswith("expected"):
        return CodecError(f"{what}, {path}: {said}"[:400])
    said = said.split(", got ")[0].removeprefix("expected ")
    return wrong(what, path, _at(data, path), said)


def _at(data: bytes, path: str) -> object:
    """Return the value at a path of msgspec; the nearest one that can be found."""
    try:
        value = msgspec.json.decode(data)
        for name, index in _STEP.findall(path):
            value = value[name] if name else value[int(index)]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ...
    else:
        return value
