"""The JSON Schema of twin files, for editors and other programs."""

from typing import Any

import msgspec

from dt.twin.checks import RESOLUTIONS, STATUSES
from dt.twin.description import DerivedSpec, SensorSpec, SignalSpec
from dt.twin.quantities import Bytes, PerSecond, Seconds, duration_text
from dt.twin.reader import TwinFile

_OPEN = frozenset({"SensorSpec"})  # driver options stand beside its own keys


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a twin file."""
    made, parts = msgspec.json.schema_components(
        [TwinFile], schema_hook=_special, ref_template="#/$defs/{name}"
    )
    for name, part in parts.items():
        if part.get("type") == "object":
            part["additionalProperties"] = name in _OPEN
            part["description"] = part.get("description", "").split("\n")[0]
    for example in (SignalSpec(), SensorSpec(driver=""), DerivedSpec(formula="")):
        for key, value in _durations(example):
            parts[type(example).__name__]["properties"][key]["default"] = value
    parts["SignalSpec"]["properties"]["retain"]["propertyNames"] = {"enum": [*RESOLUTIONS]}
    metadata = parts["TwinFile"]["properties"]["metadata"]
    metadata["properties"] = {"status": {"enum": [*STATUSES]}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "twin.yaml",
        **made[0],
        "$defs": dict(sorted(parts.items())),
    }


def text() -> str:
    """Return the schema as it is published, indented, with a last line feed."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def _durations(spec: msgspec.Struct) -> list[tuple[str, str]]:
    """Return the keys that are durations by default, as one writes them."""
    values = ((key, getattr(spec, key)) for key in spec.__struct_fields__)
    return [(key, duration_text(v)) for key, v in values if isinstance(v, Seconds)]


def _special(kind: type) -> dict[str, Any]:
    if kind is Seconds:
        pattern = r"^[0-9.]+(ms|s|sec|m|min|h|hour|d|day|w|week|mo|y|a)$"
        return {"anyOf": [{"type": "number", "minimum": 0}, _words(pattern, "10min")]}
    if kind is PerSecond:
        number = {"type": "number", "exclusiveMinimum": 0}
        return {"anyOf": [number, _words(r"^[0-9.eE+-]+ */ *[a-z]+$", "1.0/min")]}
    if kind is Bytes:
        number = {"type": "integer", "minimum": 0}
        return {"anyOf": [number, _words(r"^[0-9.]+[kMGT]i?B$", "4GB")]}
    return {"description": "any value"}


def _words(pattern: str, example: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "examples": [example]}
