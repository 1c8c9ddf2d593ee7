"""Progress bars, and files that move them or appear only when they are whole."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from dt.errors import RequestError, StoreError

Moved = Callable[[int], None]


@contextmanager
def bar(length: int, label: str, *, quiet: bool = False) -> Iterator[Moved]:
    """Show how far a job is, with the time left; yield what moves it.

    Args:
        length: Of the whole job; 0: not known, and no bar is shown.
        label: What is done.
        quiet: Show nothing.
    """
    if quiet or not length or not sys.stderr.isatty():
        yield _still
        return
    with click.progressbar(
        length=length, label=label, show_eta=True, file=sys.stderr
    ) as shown:
        yield shown.update


def _still(_steps: int) -> None:
    """Show nothing."""


@contextmanager
def read(path: Path, moved: Moved) -> Iterator[BinaryIO]:
    """Open a file (``-``: stdin) for reading; `moved` is told of each block's bytes.

    Raises:
        RequestError: It cannot be opened.
    """
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        plain = path.open("rb", buffering=0)
    except OSError as error:
        raise RequestError(f"cannot read {str(path)!r}: {error.strerror}") from error
    with io.BufferedReader(_Counted(plain, moved), 1 << 18) as stream:
        yield stream


class _Counted(io.RawIOBase):
    """A file that tells how far it was read."""

    def __init__(self, plain: io.FileIO, moved: Moved) -> None:
        super().__init__()
        self._plain = plain
        self._moved = moved

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._plain.seek(offset, whence)

    def tell(self) -> int:
        return self._plain.tell()

    def readinto(self, buffer: Any) -> int:
        n = self._plain.readinto(buffer)
        self._moved(n)
        return n

    def close(self) -> None:
        self._plain.close()
        super().close()


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Open a file (``-``: stdout) for writing; it takes its name when it is whole.

    Raises:
        StoreError: It cannot be written.
    """
    if str(path) == "-":
        out = sys.stdout.buffer
        yield out
        out.flush()
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {str(path)!r}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
