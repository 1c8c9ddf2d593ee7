"""A YAML file with its line numbers, and its conversion into structs.

One reader serves dt.yaml and every twin.yaml: YAML 1.2 (``OFF`` is a word, ``22:00`` is
not a number), unknown keys refused, every problem told with file, line, path, value
seen, value expected and the nearest known key; all problems of a file at once.
"""

import difflib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from dt.errors import DtError
from dt.twin.quantities import (
    Bytes,
    PerSecond,
    Seconds,
    per_second,
    seconds,
    size,
)

_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "a mapping",
    "str": "text",
}
"""msgspec's names of kinds, in words."""
_READERS: dict[object, Callable[[object], object]] = {
    Seconds: seconds,
    Bytes: size,
    PerSecond: per_second,
}


S = typing.TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a file."""

    file: str
    line: int
    path: str
    seen: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {self.path or 'top level'}"
        text = f"{where}: saw {self.seen}, expected {self.expected}"
        return f"{text} ({self.hint})" if self.hint else text


@dataclass(slots=True)
class Node:
    """One YAML value with the line where it starts."""

    value: object
    line: int

    def plain(self) -> typing.Any:
        """Return the value and all below it without line numbers."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def plain_nodes(value: object) -> Node:
    """Return plain values as nodes of line 1."""
    if isinstance(value, dict):
        return Node({key: plain_nodes(child) for key, child in value.items()}, 1)
    if isinstance(value, list):
        return Node([plain_nodes(child) for child in value], 1)
    return Node(value, 1)


@dataclass(slots=True)
class Reader:
    """Reads one document into structs and collects what is wrong with it.

    Attributes:
        file: Name for the messages.
        variables: What ``${VAR}`` in a value stands for; None: it stands for itself.
    """

    file: str
    variables: Mapping[str, str] | None = None
    problems: list[Problem] = field(default_factory=list)

    def parse(self, text: str) -> Node:
        """Return the document; an empty one is an empty mapping.

        Duplicate keys and aliases that loop are problems, not exceptions.
        """
        from dt.twin import yaml_text  # noqa: PLC0415 - not every process reads YAML

        return yaml_text.YamlText(self).parse(text)

    def report(
        self, line: int, path: str, seen: str, expected: str, hint: str = ""
    ) -> None:
        """Note one problem."""
        self.problems.append(
            Problem(
                file=self.file,
                line=line,
                path=path,
                seen=seen,
                expected=expected,
                hint=hint,
            )
        )

    def struct(
        self, kind: type[S], node: Node, path: str = "", beside: tuple[str, ...] = ()
    ) -> S | None:
        """Return the struct that a mapping says, or None with problems noted.

        Args:
            kind: Of the struct.
            node: The mapping.
            path: Where it stands in the file.
            beside: Other keys that may stand there, which somebody else reads.
        """
        if not isinstance(node.value, dict):
            self.report(node.line, path, _seen(node), "a mapping of keys to values")
            return None
        hints = typing.get_type_hints(kind, include_extras=True)
        fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
        before = len(self.problems)
        values: dict[str, object] = {}
        for key, child in node.value.items():
            if key not in fields:
                known = [*fields, *beside]
                self.unknown(child.line, join(path, key), key, known)
                continue
            name = fields[key].name
            values[name] = self.value(hints[name], child, join(path, key))
        for key, info in fields.items():
            if info.required and key not in node.value:
                self.report(node.line, join(path, key), "nothing", "this key")
        if len(self.problems) > before:
            return None
        try:
            return kind(**values)
        except ValueError as error:
            self._refused(node, path, error)
            return None

    def _refused(self, node: Node, path: str, error: ValueError) -> None:
        """Note what a struct does not take: ``ValueError(key, expected)``, or all of it."""
        key, said = error.args if len(error.args) == 2 else ("", str(error))
        child = node.value.get(key) if isinstance(node.value, dict) else None
        if child is None:
            self.report(node.line, path, "its values", said)
        else:
            self.report(child.line, join(path, key), _seen(child), said)

    def unknown(self, line: int, path: str, key: str, known: list[str]) -> None:
        """Note a key that nobody knows, with the nearest that is known."""
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else ""
        self.report(line, path, "an unknown key", f"one of {', '.join(known)}", hint)

    def value(self, kind: object, node: Node, path: str) -> object:
        """Return the value that a node says as `kind`, or None with problems noted."""
        kind = _without_none(kind) if node.value is not None else kind
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.struct(kind, node, path)
        arguments = typing.get_args(kind)
        if typing.get_origin(kind) is dict and _holds_struct(arguments[1]):
            return self._structs(arguments[1], node, path)
        if typing.get_origin(kind) is tuple and _holds_struct(arguments[0]):
            return self._list(arguments[0], node, path)
        return self._plain(kind, node, path)

    def _structs(self, kind: object, node: Node, path: str) -> object:
        if not isinstance(node.value, dict):
            self.report(node.line, path, _seen(node), "a mapping of names to mappings")
            return {}
        return {
            key: self.value(kind, child, join(path, key))
            for key, child in node.value.items()
        }

    def _list(self, kind: object, node: Node, path: str) -> object:
        if not isinstance(node.value, list):
            self.report(node.line, path, _seen(node), "a list")
            return ()
        return tuple(
            self.value(kind, child, f"{path}[{index}]")
            for index, child in enumerate(node.value)
        )

    def _plain(self, kind: object, node: Node, path: str) -> object:
        try:
            return msgspec.convert(node.plain(), kind, dec_hook=_special)
        except (msgspec.ValidationError, ValueError) as error:
            said = _bounds(kind) or str(error).split(" - at ")[0].removeprefix("Expected ")
            said = said.split(", got")[0].replace("`", "")
            said = said.replace("Invalid enum value", "a word that is known here, not")
            said = " or ".join(_WORDS.get(kind, kind) for kind in said.split(" | "))
            self.report(node.line, path, _seen(node), said)
            return None

    def finish(self, error: type[DtError], hint: str = "") -> None:
        """Raise `error` with every problem in its message, if there is any."""
        if self.problems:
            ordered = sorted(self.problems, key=lambda p: p.line)
            raise error("\n".join(str(p) for p in ordered), hint=hint)


def _special(kind: type, value: object) -> object:
    if kind is object:
        return value
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f"a {kind.__name__}")
    return reader(value)


def _bounds(kind: object) -> str:
    """Return what a number with a least and a greatest value must be, in words."""
    for note in typing.get_args(kind)[1:]:
        if isinstance(note, msgspec.Meta) and None not in (note.ge, note.le):
            what = "a whole number" if typing.get_args(kind)[0] is int else "a number"
            return f"{what} of {note.ge:g} to {note.le:g}"
    return ""


def _without_none(kind: object) -> object:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(kind) if a is not type(None)]
        if len(rest) == 1:
            return rest[0]
    return kind


def _holds_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def join(path: str, key: str) -> str:
    """Return the path of a key in the mapping at a path."""
    return f"{path}.{key}" if path else key


def _seen(node: Node) -> str:
    plain = node.plain()
    if isinstance(plain, Mapping):
        return "a mapping"
    text = repr(plain)
    return text if len(text) <= 80 else text[:77] + "..."
