"""The formats by name and by the end of a file's name."""

from pathlib import Path

from dt.errors import RequestError
from dt.store.transfer import csv, lines, parquet, senml
from dt.store.transfer.piece import Format

_FORMATS: dict[str, Format] = {
    "csv": csv,
    "jsonl": lines,
    "parquet": parquet,
    "senml": senml,
}
_ENDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".senml": "senml",
    ".json": "senml",
}
NAMES = tuple(_FORMATS)
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "senml": "application/senml+json",
}


def named(name: str) -> Format:
    """Return the format of a name.

    Raises:
        RequestError: There is none.
    """
    if name not in _FORMATS:
        raise RequestError(f"format is {name!r}: expected {', '.join(NAMES)}")
    return _FORMATS[name]


def name_for(path: Path, said: str | None = None) -> str:
    """Return the name of the format that was said, or else that a file's name means.

    Raises:
        RequestError: Neither says a known one.
    """
    name = said or _ENDS.get(path.suffix.lower(), "")
    if not name:
        raise RequestError(
            f"{str(path)!r} does not say its format: expected {', '.join(_ENDS)}",
            hint=f"say it by --format {'|'.join(NAMES)}",
        )
    named(name)
    return name
