"""A twin.yaml, twin.yml or twin.json becomes a `TwinDescription`, or a list of problems.

The dialect of existing files is read: an unquoted ``@id:`` key at the top, ``twin_id``
instead of it, and neither (then ``dt:<folder>_001``). All problems of a file are found
at once, and a bad file never stops the others.
"""

import re
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from dt.errors import TwinError
from dt.twin.checks import Checks
from dt.twin.description import (
    Asset,
    Dependencies,
    DerivedSpec,
    Interfaces,
    SensorSpec,
    SignalSpec,
    TwinDescription,
)
from dt.twin.document import Node, Problem, Reader

HINT = "docs/twin.md lists every key"
STANDARD = MappingProxyType(
    {
        "temperature": "Cel",
        "humidity": "%",
        "pressure": "hPa",
        "illuminance": "lx",
        "voltage": "V",
        "current": "A",
        "power": "W",
        "energy": "kW.h",
    }
)
"""Quantities whose unit needs no words: a sensor may read them undeclared."""

_ID_KEY = re.compile(r"^@id(?=\s*:)", re.MULTILINE)
_SURROGATES = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_SENSOR_KEYS = frozenset(field.name for field in msgspec.structs.fields(SensorSpec))


class TwinFile(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a file, key by key; `dt twin schema` publishes it.

    Attributes:
        id: ``@id`` in the file: the twin's id, ``dt:PlantBox_001``.
        twin_id: Another name of ``@id``.
        name: For people; else ``metadata.name``, else the folder's name.
        tenant: Whose twin it is.
        metadata: Free keys; ``status`` is one of instantiated, running, degraded or
            deprecated; ``domain`` a list of words.
        asset: What is twinned.
        interfaces: Where the twin can be reached.
        dependencies: The twins that this one depends on.
        signals: Name to what it is.
        sensors: Name to driver, what it reads, and the driver's options beside them.
        derived: Name to formula.
        actuators: Name to driver and limits.
        rules: Conditions with alerts and commands.
        loops: Name to regulator.
        routines: What happens at a time of day.
        models: Blocks that read signals and write predicted ones.
    """

    id: str | None = msgspec.field(name="@id", default=None)
    twin_id: str | None = None
    name: str = ""
    tenant: str = "demo"
    metadata: dict[str, object] = {}
    asset: Asset | None = None
    interfaces: Interfaces = Interfaces()
    dependencies: Dependencies = Dependencies()
    signals: dict[str, SignalSpec] = {}
    sensors: dict[str, SensorSpec] = {}
    derived: dict[str, DerivedSpec] = {}
    actuators: dict[str, dict[str, object]] = {}
    rules: tuple[dict[str, object], ...] = ()
    loops: dict[str, dict[str, object]] = {}
    routines: tuple[dict[str, object], ...] = ()
    models: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file that declares no twin, and everything that is wrong with it."""

    file: str
    problems: tuple[Problem, ...]

    @property
    def error(self) -> TwinError:
        """The problems as one error, a line each, in the file's order."""
        return TwinError("\n".join(str(p) for p in self.problems), hint=HINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSet:
    """The twins of a set of files, in the files' order, and the files that are broken."""

    twins: tuple[TwinDescription, ...]
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The text of one file; `folder` is the name of its folder, for the default id."""

    file: str
    text: str
    folder: str = ""


def read(text: str, file: str, folder: str = "") -> TwinDescription:
    """Return the twin that a file declares.

    Args:
        text: Content of the file.
        file: Its path, for messages; a name in ``.json`` is JSON, others are YAML.
        folder: Name of its folder; empty: as `file` says.

    Raises:
        TwinError: With file, line, path, value seen, value expected and the nearest
            known key, for every problem of the file.
    """
    found = _read(Text(file=file, text=text, folder=folder))
    if isinstance(found, Broken):
        raise found.error
    return found


def read_all(texts: Iterable[Text]) -> TwinSet:
    """Return the twins of many files; a bad file or a repeated id stops no other."""
    twins: dict[str, TwinDescription] = {}
    broken: list[Broken] = []
    for text in texts:
        found = _read(text)
        if isinstance(found, Broken):
            broken.append(found)
        elif found.id in twins:
            first = twins[found.id].where("@id").removesuffix(": @id")
            line = found.lines.get("@id", found.lines.get("twin_id", 1))
            problem = Problem(
                file=text.file,
                line=line,
                path="@id",
                seen=repr(found.id),
                expected="an id of its own",
                hint=f"{first} has it already",
            )
            broken.append(Broken(file=text.file, problems=(problem,)))
        else:
            twins[found.id] = found
    return TwinSet(twins=tuple(twins.values()), broken=tuple(broken))


def _read(source: Text) -> TwinDescription | Broken:
    reader = Reader(source.file)
    root = reader.parse(_plain_yaml(source))
    if not reader.problems and not root.value:
        reader.report(1, "", "no keys", "the keys of a twin: name, signals, sensors …")
    twin = _sections(reader, root, source) if root.value else None
    if twin is None or reader.problems:
        problems = sorted(reader.problems, key=lambda problem: problem.line)
        return Broken(file=source.file, problems=tuple(problems))
    return twin


def _plain_yaml(source: Text) -> str:
    """Return the text without its dialect, each line where it was."""
    text = source.text.removeprefix("\ufeff")
    if source.file.endswith(".json"):
        text = text.replace("\t", " ")  # YAML refuses tabs; JSON has none in its strings
        return _SURROGATES.sub(_character, text)
    return _ID_KEY.sub('"@id"', text)


def _character(pair: re.Match[str]) -> str:
    high, low = int(pair[1], 16), int(pair[2], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _sections(reader: Reader, root: Node, source: Text) -> TwinDescription | None:
    if not isinstance(root.value, dict):
        reader.report(root.line, "", "a file of another kind", "a mapping of keys")
        return None
    hints = typing.get_type_hints(TwinFile)
    names = {f.encode_name: f.name for f in msgspec.structs.fields(TwinFile)}
    values: dict[str, object] = {}
    for key, node in root.value.items():
        if key not in names:
            reader.unknown(node.line, key, key, list(names))
        elif node.value is not None:
            node_read = _with_options(node) if key == "sensors" else node
            values[names[key]] = reader.value(hints[names[key]], node_read, key)
    read = {key: _readable(value) for key, value in values.items() if value is not None}
    folder = source.folder or _folder(source.file)
    file = TwinFile(**read)  # type: ignore[arg-type]
    lines: dict[str, int] = {}
    _note_lines(root, "", lines)
    twin = _twin(file, folder, source.file, lines)
    twin = msgspec.structs.replace(twin, signals=_with_standard(twin, root))
    declared: dict[str, set[str]] = {"signals": set(twin.signals)}
    for key, node in root.value.items():
        declared.setdefault(key, set()).update(_keys(node))
    checks = Checks(reader, twin, declared)
    checks.run()
    return msgspec.structs.replace(twin, warnings=tuple(checks.warnings))


def _readable(value: object) -> object:
    """Return a section without the entries that could not be read."""
    if isinstance(value, dict):
        return {key: entry for key, entry in value.items() if entry is not None}
    return value


def _with_options(node: Node) -> Node:
    """Return the sensors with the driver's own keys gathered under ``options``."""
    if not isinstance(node.value, dict):
        return node
    return Node({name: _gathered(sensor) for name, sensor in node.value.items()}, node.line)


def _gathered(sensor: Node) -> Node:
    if not isinstance(sensor.value, dict):
        return sensor
    known = {key: child for key, child in sensor.value.items() if key in _SENSOR_KEYS}
    own = {key: child for key, child in sensor.value.items() if key not in _SENSOR_KEYS}
    given = known.get("options")
    if given is not None and not isinstance(given.value, dict):
        return Node(known, sensor.line)
    if given is not None and isinstance(given.value, dict):
        own = {**given.value, **own}
    return Node({**known, "options": Node(own, sensor.line)}, sensor.line)


def _twin(file: TwinFile, folder: str, path: str, lines: dict[str, int]) -> TwinDescription:
    said = file.metadata.get("name")
    name = file.name or (said if isinstance(said, str) and said else folder)
    return TwinDescription(
        id=file.id or file.twin_id or f"dt:{folder}_001",
        name=name,
        tenant=file.tenant,
        metadata=file.metadata or {"status": "instantiated", "name": name},
        asset=file.asset,
        interfaces=file.interfaces,
        dependencies=file.dependencies,
        signals=file.signals,
        sensors=file.sensors,
        derived=file.derived,
        actuators=file.actuators,
        rules=file.rules,
        loops=file.loops,
        routines=file.routines,
        models=file.models,
        source=path,
        lines=lines,
    )


def _with_standard(twin: TwinDescription, root: Node) -> dict[str, SignalSpec]:
    """Return the signals, with those that sensors read under a standard name.

    ``reads: {humidity: air.humidity}`` declares ``air.humidity`` in ``%``, also when
    the rest of the sensor cannot be read.
    """
    signals = dict(twin.signals)
    declared = {*_keys(_child(root, "signals")), *twin.derived}
    for name in _keys(_child(root, "sensors")):
        reads = _child(_child(_child(root, "sensors"), name), "reads")
        for quantity in _keys(reads):
            signal = str(_child(reads, quantity).value)
            same = signal.rsplit(".", 1)[-1] == quantity
            if same and quantity in STANDARD and signal not in declared:
                signals[signal] = SignalSpec(unit=STANDARD[quantity])
    return signals


def _keys(node: Node) -> list[str]:
    return list(node.value) if isinstance(node.value, dict) else []


def _child(node: Node, key: str) -> Node:
    found = node.value.get(key) if isinstance(node.value, dict) else None
    return found if isinstance(found, Node) else Node(None, node.line)


def _folder(file: str) -> str:
    parts = file.replace("\\", "/").split("/")
    return parts[-2] if len(parts) > 1 and parts[-2] else "Twin"


def _note_lines(node: Node, path: str, lines: dict[str, int]) -> None:
    """Fill `lines` with the line of each key and list entry."""
    if path:
        lines[path] = node.line
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            _note_lines(child, f"{path}.{key}" if path else key, lines)
    elif isinstance(node.value, list):
        for index, child in enumerate(node.value):
            _note_lines(child, f"{path}[{index}]", lines)
