"""Paths into JSON documents: ``$.value``, ``$.a.b[0]``, ``$['a key']``, ``$.list[*].v``.

A subset of RFC 9535: names, indices and the wildcard for lists.
"""

import re
from collections.abc import Iterator

_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]'"]+) | \[\s*(?P<index>-?\d+)\s*\] | \[(?P<all>\*)\]
    | \[\s*(?P<quote>['"])(?P<key>.*?)(?P=quote)\s*\]""",
    re.VERBOSE,
)
Steps = tuple[str | int | None, ...]


def steps_of(path: str) -> Steps:
    """Return a path as steps: a name, an index, or None for every element of a list.

    Raises:
        ValueError: It is not a path of this kind.
    """
    rest = path.strip().removeprefix("$")
    if rest and rest[0] not in ".[":
        rest = "." + rest
    steps: list[str | int | None] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            raise ValueError(f"{path!r} is no path like $.value or $.list[0].value")
        at = found.end()
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            steps.append(None if found["all"] else found["name"] or found["key"])
    return tuple(steps)


def find(document: object, steps: Steps) -> Iterator[object]:
    """Yield what is at the end of the path, for each element where it has a wildcard.

    What is not there is left out; within a list it is None, so that two paths through
    the same list stay side by side.
    """
    for number, step in enumerate(steps):
        if step is None:
            if isinstance(document, list):
                rest = steps[number + 1 :]
                for element in document:
                    yield from find(element, rest) if None in rest else _one(element, rest)
            return
        if not _has(document, step):
            return
        document = document[step]  # type: ignore[index]
    yield document


def _one(document: object, steps: Steps) -> Iterator[object]:
    yield next(find(document, steps), None)


def _has(document: object, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(document, list) and -len(document) <= step < len(document)
    return isinstance(document, dict) and step in document
