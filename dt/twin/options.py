"""The part of a sensor that belongs to its driver: options and quantities, checked."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from dt.twin.description import SensorSpec, TwinDescription
from dt.twin.document import Node, Reader

S = TypeVar("S", bound=msgspec.Struct)
_BESIDE = tuple(key for key in SensorSpec.__struct_fields__ if key != "options")


def options_of(
    twin: TwinDescription, sensor: str, kind: type[S], reader: Reader
) -> S | None:
    """Return a sensor's options as the struct of its driver, or None with problems noted.

    Args:
        twin: Where the sensor is declared.
        sensor: Its name there.
        kind: The driver's `Options`.
        reader: Takes the problems, with the lines of the twin's file.
    """
    path = f"sensors.{sensor}"
    root = node_of(twin, path, twin.sensors[sensor].options)
    return reader.struct(kind, root, path, _BESIDE)


def check_reads(
    twin: TwinDescription, sensor: str, quantities: Sequence[str], reader: Reader
) -> None:
    """Note a problem for each quantity that the driver has not.

    ``cpu.0`` is a part of ``cpu``. A driver without quantities takes any name.
    """
    for quantity in twin.sensors[sensor].reads if quantities else ():
        stem, _, part = quantity.rpartition(".")
        if quantity not in quantities and not (stem in quantities and part.isdecimal()):
            path = f"sensors.{sensor}.reads.{quantity}"
            reader.unknown(twin.line(path), path, quantity, list(quantities))


def node_of(twin: TwinDescription, path: str, value: object) -> Node:
    """Return a plain value with the lines where it stands in the file."""
    line = twin.line(path)
    if isinstance(value, Mapping):
        inner = {k: node_of(twin, f"{path}.{k}", child) for k, child in value.items()}
        return Node(inner, line)
    if isinstance(value, list | tuple):
        items = [node_of(twin, f"{path}[{i}]", child) for i, child in enumerate(value)]
        return Node(items, line)
    return Node(value, line)
