"""A file that takes room while there is room, so that there is some when there is none.

A full disk cannot even delete: SQLite needs room to write what is to go. So the ballast
is let go first, and taken up again when there is room for it twice over.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

FILE = "ballast"


class Ballast:
    """The file in the data folder.

    Args:
        folder: Where the databases are.
        size: Bytes; 0: none.
        room: Tells the bytes that may still be written to the disk of a folder.
    """

    def __init__(
        self, folder: Path, size: int, room: Callable[[Path], int] | None = None
    ) -> None:
        self._path = folder / FILE
        self._size = size
        self._room = room or _room_of

    @property
    def held(self) -> bool:
        """Tell whether it takes its room."""
        return self._size == 0 or _size(self._path) == self._size

    def free(self) -> int:
        """Return the bytes that this process may still write on the disk."""
        return self._room(self._path.parent)

    def low(self) -> bool:
        """Tell whether the ballast should go: less than half its size is free besides."""
        return self.free() < self._size // 2

    def short(self) -> bool:
        """Tell whether history must go, to take the ballast up again."""
        return not self.held and self.free() < 2 * self._size

    def release(self) -> None:
        """Let it go; again does nothing."""
        if self._path.exists():
            self._path.unlink(missing_ok=True)
            log.warning("disk is nearly full", extra={"free": self.free()})

    def hold(self) -> bool:
        """Take it up if there is room for it twice over; tell whether it is held."""
        if self.held:
            return True
        if self.free() + _size(self._path) < 2 * self._size:
            return False
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError as error:
            self._path.unlink(missing_ok=True)
            log.warning("no room for the ballast", extra={"error": str(error)})
            return False
        return True


def _room_of(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
