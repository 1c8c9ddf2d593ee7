"""Files that root makes for a service of another user, e.g. by ``sudo dt status``.

They belong to the data folder's owner: else that service could not open them. SQLite
itself gives the ``-wal`` and ``-shm`` beside a file to the file's owner.
"""

import os
from pathlib import Path


def make_file(path: Path, mode: int) -> None:
    """Make an empty file if there is none; its folder's owner gets it.

    Raises:
        OSError: It cannot be made.
    """
    if path.exists():
        return
    path.touch(mode=mode)
    give(path, path.parent)


def make_folder(path: Path, mode: int, like: Path) -> None:
    """Make a folder if there is none; the owner of `like` gets it.

    Raises:
        OSError: It cannot be made.
    """
    if path.exists():
        return
    path.mkdir(parents=True, exist_ok=True, mode=mode)
    give(path, like)


def give(path: Path, like: Path) -> None:
    """Give a file that root made to the owner of `like`; others make only their own.

    Raises:
        OSError: It cannot be given.
    """
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
