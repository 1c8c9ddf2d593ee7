"""Which live log belongs to which data folder, also after that was moved or deleted.

A live log lies in memory, in a folder named after the path of its data folder. Each of
the two keeps a note of the other: a data folder that was moved takes its live log along,
and one that was deleted leaves a folder that can be told from one in use.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from dt.errors import StoreBusyError
from dt.store.ownership import give
from dt.store.paths import Paths

log = logging.getLogger(__name__)

MEMORY = Path("/dev/shm")  # noqa: S108 - memory is the point
_OWNER = "belongs-to"
_AT = "live-at"
_MODE = 0o640


class Stale(msgspec.Struct, frozen=True, kw_only=True):
    """A folder in memory whose data folder is gone.

    Attributes:
        folder: Its path.
        data: Where its data folder was.
        size: Bytes of memory that it takes.
        held: Ids of processes that have a file of it open.
    """

    folder: str
    data: str
    size: int
    held: tuple[int, ...] = ()


def follow(paths: Paths) -> None:
    """Take the live log along if the data folder was moved; note both.

    A copy of a data folder, whose original is still there, takes nothing along.
    """
    data, live = paths.telemetry.parent.resolve(), paths.live.parent
    before = _read(data / _AT)
    if before and Path(before) != live and not paths.live.exists():
        old = Path(before)
        owner = _read(old / _OWNER)
        if owner and not Path(owner).exists() and not _holders(old):
            log.info("live log moved along", extra={"before": before, "now": str(live)})
            with suppress(OSError):  # another file system: a new epoch begins
                if live.is_dir():
                    live.rmdir()
                old.rename(live)
    if live.is_dir() and not live.resolve().is_relative_to(data):
        _note(live / _OWNER, str(data))
        _note(data / _AT, str(live))


def stale(memory: Path = MEMORY) -> list[Stale]:
    """Return the folders in memory whose data folder is gone, by name."""
    found = []
    for folder in sorted(memory.glob("dt-*")):
        data = _read(folder / _OWNER)
        if data and not Path(data).exists():
            held = tuple(sorted(_holders(folder)))
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            found.append(Stale(folder=str(folder), data=data, size=size, held=held))
    return found


def remove(one: Stale) -> None:
    """Remove such a folder.

    Raises:
        StoreBusyError: A process has a file of it open.
        OSError: It cannot be removed.
    """
    held = _holders(Path(one.folder))
    if held:
        raise StoreBusyError(
            f"{one.folder} is held by process {min(held)}: expected none",
            hint="stop it first",
        )
    shutil.rmtree(one.folder)


def _holders(folder: Path) -> set[int]:
    """Return the processes, of those that can be seen, that have a file of it open."""
    inside = f"{folder.resolve()}/"
    return {pid for pid, name in _open_files() if name.startswith(inside)}


def _open_files() -> Iterator[tuple[int, str]]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended, or is somebody else's
            for file in (process / "fd").iterdir():
                with suppress(OSError):
                    yield int(process.name), str(file.readlink())


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _note(file: Path, text: str) -> None:
    if _read(file) == text:
        return
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
        file.chmod(_MODE)
        give(file, file.parent)
    except OSError as error:  # one who only looks may not write
        log.debug("whereabouts not noted", extra={"error": str(error)})
