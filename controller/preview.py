"""When routines will be due: the entry point ``dt.previews`` → ``routines``.

The dashboard's editor asks it, without importing the controller.
"""

from itertools import islice

from controller.routine_entries import routines_of
from controller.routines import Place, slots_between
from dt.twin.description import TwinDescription
from dt.twin.document import Reader

_MOST = 500


def upcoming(
    twin: TwinDescription, name: str, zone: str, span: tuple[int, int]
) -> list[int]:
    """Return the UTC ms of a routine's slots, oldest first, at most 500.

    Args:
        twin: As it would run.
        name: Of the routine; one that is disabled, wrong or unknown has no slots, and
            neither has an interval, which counts from its last run.
        zone: Name of the time zone.
        span: After the first and up to the second UTC ms.
    """
    found = [one for one in routines_of(twin, Reader(twin.source)) if one.id == name]
    if not found or found[0].every is not None:
        return []
    return list(islice(slots_between(found[0], place_of(twin, zone), *span), _MOST))


def place_of(twin: TwinDescription, zone: str) -> Place:
    """Return where a twin is: ``metadata: {latitude: 60.2, longitude: 24.9}``."""
    said = twin.metadata
    found = {
        key: float(value)
        for key in ("latitude", "longitude")
        if isinstance(value := said.get(key), int | float)
    }
    return Place(zone=zone, **found)
