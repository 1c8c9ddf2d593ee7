"""The JSON Schema of a batch, for other programs."""

from typing import Any

import msgspec

from dt.codec.document import Document


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a batch of version 1.

    What it cannot say: `dt`, `s`, `x` have n elements each, indices are below n, those of
    `s` below the length of `signals`.
    """
    made, parts = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    for part in parts.values():
        about, _, keys = part.pop("description").partition("\n\nAttributes:\n")
        part["description"] = about
        for name, words in _keys(keys).items():
            part["properties"][name]["description"] = words
    for key in "qrp":
        names = {"pattern": "^(0|[1-9][0-9]{0,2})$"}
        parts["Document"]["properties"][key]["propertyNames"] = names
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Batch of readings, version 1",
        **made[0],
        "$defs": dict(sorted(parts.items())),
    }


def text() -> str:
    """Return the schema as it is published, indented, with a last line feed."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def _keys(section: str) -> dict[str, str]:
    """Return what the Attributes section of a docstring says of each key."""
    told: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        words = line.strip().replace("``", "`")
        if line.startswith("     "):
            told[name] += f" {words}"
        elif words:
            name, _, told[name] = words.partition(": ")
    return told
