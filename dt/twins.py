"""The twins of folders and files: found, read, and the bad ones kept apart."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from dt.twin.document import Problem
from dt.twin.reader import Broken, Text, TwinSet, read_all

NAMES = frozenset({"twin.yaml", "twin.yml", "twin.json"})


def find(paths: Iterable[str | Path]) -> list[Path]:
    """Return the twin files at and below the paths, each once, sorted within a path.

    A path that is a file is taken whatever its name. Hidden folders are skipped; a
    folder that was seen (a loop of links) is not entered again.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        for file in [path] if path.is_file() else sorted(_below(path)):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def stamps(paths: Iterable[str | Path]) -> dict[str, tuple[int, int]]:
    """Return time of change (ns) and size of each twin file at and below the paths.

    Two results that are equal mean that nothing changed. It is asked every two seconds,
    for ever, so it does without `Path`.
    """
    found: dict[str, tuple[int, int]] = {}
    seen: set[tuple[int, int]] = set()
    for path in map(str, paths):
        _stamp(path, found, seen)
    return found


def _stamp(
    path: str, found: dict[str, tuple[int, int]], seen: set[tuple[int, int]]
) -> None:
    try:
        inside = os.stat(path)  # noqa: PTH116 - see `stamps`
        if (inside.st_dev, inside.st_ino) in seen:
            return  # a loop of links
        seen.add((inside.st_dev, inside.st_ino))
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name in NAMES:
                    _note(entry.path, found)
                elif entry.is_dir() and not entry.name.startswith("."):
                    _stamp(entry.path, found, seen)
    except NotADirectoryError:
        _note(path, found)
    except OSError:
        return  # it is gone, or nobody may look: `load_all` tells


def _note(path: str, found: dict[str, tuple[int, int]]) -> None:
    try:
        seen = os.stat(path)  # noqa: PTH116 - see `stamps`
    except OSError:
        return
    found[path] = seen.st_mtime_ns, seen.st_size


def _below(folder: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    for at, folders, files in os.walk(folder, followlinks=True):
        inside = Path(at).stat()
        if (inside.st_dev, inside.st_ino) in seen:
            folders.clear()
            continue
        seen.add((inside.st_dev, inside.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if name in NAMES:
                yield Path(at, name)


def load_all(paths: Iterable[str | Path]) -> TwinSet:
    """Return the twins at and below the paths, and the files that are broken.

    A path where nothing is and a file that cannot be read are broken files.
    """
    places = [Path(path) for path in paths]
    broken = [
        _broken(place, "nothing", "a twin file or a folder")
        for place in places
        if not place.exists()
    ]
    texts: list[Text] = []
    for file in find(places):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            broken.append(
                _broken(file, f"a file that cannot be read: {error}", "UTF-8 text")
            )
            continue
        texts.append(Text(file=str(file), text=text, folder=file.resolve().parent.name))
    result = read_all(texts)
    return TwinSet(twins=result.twins, broken=(*broken, *result.broken))


def _broken(path: Path, seen: str, expected: str) -> Broken:
    problem = Problem(file=str(path), line=1, path="", seen=seen, expected=expected)
    return Broken(file=str(path), problems=(problem,))
