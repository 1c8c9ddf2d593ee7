"""YAML 1.2 as nodes with their lines; a module of its own, since its library is large."""

import re

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from dt.twin.document import Node, Reader, join

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_DEEPEST = 40
_LARGEST = 100_000


class YamlText:
    """One text.

    Args:
        reader: Takes the problems; its variables stand for ``${VAR}``.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._report = reader.report
        self._count = 0

    def parse(self, text: str) -> Node:
        """Return the document; an empty one is an empty mapping.

        Duplicate keys and aliases that loop are problems, not exceptions.
        """
        yaml = YAML(typ="safe", pure=True)
        try:
            root = yaml.compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark
            line = mark.line + 1 if mark else 1
            said = str(error.problem or error).removeprefix("expected ")
            said = f"valid YAML: {said}" if said.startswith("found") else said
            shown = "".join(text.splitlines()[line - 1 : line])
            hint = "inside { } or [ ] write it in quotes" if "${" in shown else ""
            self._report(line, "", "text that is not YAML", said, hint)
            return Node({}, line)
        except (YAMLError, ValueError, RecursionError) as error:
            said = str(error).splitlines()[0][:200] if str(error) else "less nesting"
            self._report(1, "", "text that is not YAML", said)
            return Node({}, 1)
        return Node({}, 1) if root is None else self._node(yaml, root, "", 0)

    def _node(self, yaml: YAML, node: object, path: str, depth: int) -> Node:
        if not isinstance(node, (MappingNode, SequenceNode, ScalarNode)):
            return Node(None, 1)
        line = node.start_mark.line + 1
        self._count += 1
        if depth > _DEEPEST or self._count > _LARGEST:
            if self._count <= _LARGEST + 1:
                seen = f"more than {_DEEPEST} levels or {_LARGEST} values"
                self._report(line, path[:60], seen, "a smaller file, no loops")
            return Node(None, line)
        if isinstance(node, MappingNode):
            return Node(self._mapping(yaml, node, path, depth), line)
        if isinstance(node, SequenceNode):
            items = [
                self._node(yaml, item, f"{path}[{index}]", depth + 1)
                for index, item in enumerate(node.value)
                if self._count <= _LARGEST
            ]
            return Node(items, line)
        return Node(self._scalar(yaml, node, path), line)

    def _mapping(
        self, yaml: YAML, node: MappingNode, path: str, depth: int
    ) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                line = key_node.start_mark.line + 1
                self._report(line, join(path, key), "this key twice", "each key once")
            found[key] = self._node(yaml, value_node, join(path, key), depth + 1)
        return found

    def _scalar(self, yaml: YAML, node: ScalarNode, path: str) -> object:
        if self._reader.variables is not None and "${" in node.value:
            node = self._substituted(yaml, node, path)
        if node.tag == "tag:yaml.org,2002:timestamp":
            return str(node.value)
        try:
            return yaml.constructor.construct_object(node)
        except (MarkedYAMLError, ValueError) as error:
            line = node.start_mark.line + 1
            self._report(line, path, repr(node.value), f"a plain value: {error}"[:200])
            return None

    def _substituted(self, yaml: YAML, node: ScalarNode, path: str) -> ScalarNode:
        variables = self._reader.variables or {}

        def value(found: re.Match[str]) -> str:
            name: str = found[1]
            default: str | None = found[2]
            seen = variables.get(name, default)
            if seen is None:
                line = node.start_mark.line + 1
                hint = f"or write ${{{name}:-default}}"
                self._report(line, path, f"${{{name}}}", "a variable that is set", hint)
            return seen or ""

        text = _VARIABLE.sub(value, node.value)
        tag = node.tag
        if node.style is None:  # a plain word: what comes out may be a number
            tag = yaml.resolver.resolve(ScalarNode, text, (True, False))
        return ScalarNode(tag, text, node.start_mark, node.end_mark, style=node.style)
