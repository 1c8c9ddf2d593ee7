"""The drivers of a twin's actuators: options read and checked, nothing switched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from controller.declared import ActuatorSpec
from dt import plugins
from dt.errors import DtError, TwinError
from dt.hardware.bus import Buses
from dt.twin.description import TwinDescription
from dt.twin.document import Reader
from dt.twin.options import node_of


@dataclass(slots=True, kw_only=True)
class Made:
    """Drivers by the actuator's name in the twin, and what is wrong with the others."""

    drivers: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def drivers_of(twin: TwinDescription, names: Sequence[str], buses: Buses) -> Made:
    """Return the drivers of some actuators of a twin; one that is wrong stops no other."""
    made = Made()
    for name in names:
        try:
            made.drivers[name] = _driver(twin, name, buses)
        except DtError as error:
            made.problems[name] = str(error)
    return made


def _driver(twin: TwinDescription, name: str, buses: Buses) -> Any:
    path, declared = f"actuators.{name}", twin.actuators[name]
    cls = plugins.load("dt.actuators", str(declared.get("driver")))
    common = ActuatorSpec.__struct_fields__
    own = {key: value for key, value in declared.items() if key not in common}
    reader = Reader(twin.source)
    options = reader.struct(cls.Options, node_of(twin, path, own), path, common)
    reader.finish(TwinError, f"docs/actuators.md tells of {declared.get('driver')}")
    return cls(options, buses, name)
