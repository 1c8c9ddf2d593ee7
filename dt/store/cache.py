"""The last decoded rows, so that a chart asked twice is decoded once."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


class Cache:
    """Remembers what was made last, up to a number of bytes. Not for several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._held: OrderedDict[tuple[str, int], tuple[object, int]] = OrderedDict()

    def get(
        self, kind: type[_T], key: tuple[str, int], make: Callable[[], _T], size: int
    ) -> _T:
        """Return what is remembered under a key, else make it.

        Args:
            kind: Its class.
            key: Of a row that never changes.
            make: Makes it.
            size: About how many bytes it takes.
        """
        if key in self._held:
            self._held.move_to_end(key)
            found = self._held[key][0]
            if isinstance(found, kind):
                return found
        made = make()
        self._held[key] = (made, size)
        self._size += size
        while self._size > self._limit:
            _, (_, freed) = self._held.popitem(last=False)
            self._size -= freed
        return made
