"""The form of a backup: a gzipped tar of a manifest and the databases.

``manifest.json`` comes first and tells of each database its size, SHA-256, schema version
and rows, so that a backup is checked while it is read, without room for a copy.
"""

import gzip
import hashlib
import io
import os
import sqlite3
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import msgspec

from dt.errors import CorruptError, SchemaError
from dt.store import appliance, schema
from dt.store.migrations import version_of

FILES = ("telemetry.db", "appliance.db")
FORMAT = 1
_MANIFEST = "manifest.json"
_BLOCK = 1 << 20
_LARGEST_MANIFEST = 1_000_000
_NEWEST = {
    "telemetry.db": schema.TELEMETRY.version,
    "appliance.db": appliance.SCHEMA.version,
}

Told = Callable[[int], None]
Members = Iterator[tuple[str, IO[bytes]]]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One database in a backup.

    Attributes:
        name: Of the file.
        size: Bytes.
        sha256: Of the file, hex.
        version: Of its schema.
        rows: Rows of each table.
    """

    name: str
    size: int
    sha256: str
    version: int
    rows: dict[str, int]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is.

    Attributes:
        format: 1.
        program: Version of this program.
        appliance: Id of the appliance.
        epoch: The last epoch that it had begun.
        made_at: UTC ms.
        parts: The files.
    """

    format: int
    program: str
    appliance: str
    epoch: int
    made_at: int
    parts: tuple[Part, ...]


def part_of(path: Path) -> Part:
    """Return what a manifest tells of a database file that nobody has open."""
    with closing(sqlite3.connect(path)) as database:
        version = version_of(database)
        tables = database.execute(
            "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name"
        ).fetchall()
        rows = {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for (name,) in tables
        }
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    return Part(name=path.name, size=size, sha256=digest, version=version, rows=rows)


def write(target: Path, folder: Path, manifest: Manifest, told: Told) -> None:
    """Write a backup of the files in a folder, and see that it is on the disk."""
    with target.open("wb") as out:
        os.fchmod(out.fileno(), 0o600)  # it holds password hashes
        with (
            gzip.GzipFile("", "wb", 1, out, 0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            data = msgspec.json.format(msgspec.json.encode(manifest))
            tar.addfile(_info(_MANIFEST, len(data), manifest), io.BytesIO(data))
            for part in manifest.parts:
                with (folder / part.name).open("rb") as file:
                    tar.addfile(_info(part.name, part.size, manifest), _Counted(file, told))
        out.flush()
        os.fsync(out.fileno())


def read(path: Path, folder: Path | None, told: Told) -> Manifest:
    """Read a whole backup and compare it with its manifest.

    Args:
        path: The backup.
        folder: Where to put its files; None: nowhere.
        told: Called with the bytes of each block.

    Raises:
        CorruptError: It is no backup, or damaged.
        SchemaError: A newer version of this program made it.
    """
    with _members(path) as members:
        manifest = _manifest(path, members)
        for part in manifest.parts:
            name, stream = next(members, ("", io.BytesIO()))
            if name != part.name:
                raise CorruptError(f"{path.name} has no {part.name}")
            digest = _taken(stream, folder / name if folder else None, told)
            if digest != part.sha256:
                raise CorruptError(
                    f"{part.name} in {path.name} is damaged: its SHA-256 is"
                    f" {digest[:12]}…, expected {part.sha256[:12]}…"
                )
    return manifest


def _info(name: str, size: int, manifest: Manifest) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, manifest.made_at // 1000
    return info


class _Counted(io.RawIOBase):
    """A file that tells how far it was read."""

    def __init__(self, file: IO[bytes], told: Told) -> None:
        super().__init__()
        self._file = file
        self._told = told

    def read(self, n: int = -1) -> bytes:
        data = self._file.read(n)
        self._told(len(data))
        return data


@contextmanager
def _members(path: Path) -> Iterator[Members]:
    """Give the members of a backup one after the other, as (name, stream)."""
    try:
        with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            yield (
                (info.name, stream)
                for info in tar
                if (stream := tar.extractfile(info)) is not None
            )
            while packed.read(_BLOCK):
                pass  # to the end, where the checksum of all is compared
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorruptError(
            f"{path.name} is damaged or no backup: {error}",
            hint="take another backup; this one was left alone",
        ) from error


def _manifest(path: Path, members: Members) -> Manifest:
    name, stream = next(members, ("", io.BytesIO()))
    if name != _MANIFEST:
        raise CorruptError(f"{path.name} is no backup: its first file is {name!r}")
    try:
        manifest = msgspec.json.decode(stream.read(_LARGEST_MANIFEST), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptError(f"{path.name} is no backup: {error}") from error
    if tuple(part.name for part in manifest.parts) != FILES:
        raise CorruptError(f"{path.name} is no backup: it has not {', '.join(FILES)}")
    for part in manifest.parts:
        if manifest.format > FORMAT or part.version > _NEWEST[part.name]:
            raise SchemaError(
                f"{path.name} was made by version {manifest.program} of this program",
                hint="install that version, then restore",
            )
    return manifest


def _taken(stream: IO[bytes], target: Path | None, told: Told) -> str:
    digest = hashlib.sha256()
    with target.open("wb") if target else io.BytesIO() as out:
        while block := stream.read(_BLOCK):
            digest.update(block)
            told(len(block))
            if target:
                out.write(block)
        if target:
            out.flush()
            os.fsync(out.fileno())
    return digest.hexdigest()
