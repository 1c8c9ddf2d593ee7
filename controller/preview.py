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
    twin: TwinDescription,
    name: str,
    place: tuple[str, float | None, float | None],
    span: tuple[int, int],
) -> list[int]:
    """Return the UTC ms of a routine's slots, oldest first, at most 500.

    Args:
        twin: As it would run.
        name: Of the routine; one that is disabled, wrong or unknown has no slots, and
            neither has an interval, which counts from its last run, nor one with the
            sun while nobody said where the appliance is.
        place: Name of the time zone, latitude and longitude of the appliance.
        span: After the first and up to the second UTC ms.
    """
    zone, latitude, longitude = place
    found = [one for one in routines_of(twin, Reader(twin.source)) if one.id == name]
    if not found or found[0].every is not None:
        return []
    if found[0].sun is not None and (latitude is None or longitude is None):
        return []
    where = Place(zone=zone, latitude=latitude or 0.0, longitude=longitude or 0.0)
    return list(islice(slots_between(found[0], where, *span), _MOST))
