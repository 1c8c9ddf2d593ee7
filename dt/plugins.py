"""Entry points: the one loader of drivers, simulators, rules, services and commands.

Only what is named is imported. A package of anybody's may add to a group.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from dt.errors import PluginError

GROUPS = (
    "dt.services",
    "dt.commands",
    "dt.sensors",
    "dt.simulators",
    "dt.rules",
    "dt.checks",
    "dt.actuators",
    "dt.loads",
    "dt.previews",
)


@cache
def _found(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


def names(group: str) -> list[str]:
    """Return the names in a group, sorted."""
    return sorted(_found(group))


def instances(group: str) -> dict[str, Any]:
    """Return an instance of every class in a group, by name.

    Raises:
        PluginError: An import failed.
    """
    return {name: load(group, name)() for name in names(group)}


def load(group: str, name: str) -> Any:
    """Return the object that an entry point names.

    Raises:
        PluginError: There is no such name, or its import failed.
    """
    point = _found(group).get(name)
    if point is None:
        known = ", ".join(names(group)) or "none"
        raise PluginError(f"{group} has no {name!r}: known are {known}")
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"{group} {name!r} ({point.value}) cannot be loaded: {error}",
            hint="install its extra, e.g. pip install 'dt-appliance[rpi]'",
        ) from error
