"""The rules of a twin: read, checked against the twin, compiled.

Every problem is told with file, line, path, value seen, value expected and the nearest
known key, like everything else in a twin's file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from dt.errors import CommandError, FormulaError, RuleError
from dt.rules.description import Action, RuleSpec, StepSpec
from dt.rules.machine import Timing
from dt.rules.rule import Input, Rule
from dt.rules.seam import Conditions, Kind
from dt.twin import command
from dt.twin.description import TwinDescription
from dt.twin.document import Node, Reader
from dt.twin.options import node_of

_COMMON = tuple(field.encode_name for field in msgspec.structs.fields(RuleSpec))
_NAMED = re.compile(r"\{\s*([^{}:!]+?)\s*(?::[^{}]*)?\}")
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_UNTIMED = ("for", "persistence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where rules stand.

    Attributes:
        twin: Whose rules they are.
        kinds: Name of a kind to what reads it; what the entry points of ``dt.rules`` give.
        reader: Takes the problems.
    """

    twin: TwinDescription
    kinds: Mapping[str, Kind]
    reader: Reader


def rules_of(
    twin: TwinDescription, kinds: Mapping[str, Kind], reader: Reader
) -> tuple[Rule, ...]:
    """Return the rules of a twin; those that are wrong are left out, with problems noted.

    Args:
        twin: As `dt.twin.reader` read it.
        kinds: Name of a kind to an instance of it.
        reader: Takes the problems, with the lines of the twin's file.
    """
    context = Context(twin=twin, kinds=kinds, reader=reader)
    found = [
        rule_of(context, entry, f"rules[{index}]") for index, entry in enumerate(twin.rules)
    ]
    return tuple(rule for rule in found if rule is not None)


def rule_of(context: Context, entry: Mapping[str, object], path: str) -> Rule | None:
    """Return the rule that an entry says, or None with problems noted.

    Args:
        context: Where it stands.
        entry: The mapping in the file.
        path: Of the entry in the file: ``rules[0]``.
    """
    reader, twin = context.reader, context.twin
    before = len(reader.problems)
    name = str(entry.get("kind", "expression"))
    kind = context.kinds.get(name)
    if kind is None:
        where = f"{path}.kind"
        reader.unknown(twin.line(where), where, name, sorted(context.kinds))
        return None
    own = msgspec.structs.fields(kind.Options)
    keys = tuple(field.encode_name for field in own)
    common = {key: value for key, value in entry.items() if key not in keys}
    rest = {key: value for key, value in entry.items() if key in keys}
    spec = reader.struct(RuleSpec, _node(twin, path, common), path, keys)
    options = reader.struct(kind.Options, _node(twin, path, rest), path, _COMMON)
    if spec is None or options is None:
        return None
    conditions = _conditions(context, kind, options, path)
    _check(context, spec, path)
    actions = actions_of(context, spec.then, path)
    if conditions is None or len(reader.problems) > before:
        return None
    if conditions.silent_ms is not None:
        for key in _UNTIMED:
            if key in entry:
                _report(context, f"{path}.{key}", "this key", "only after: it says when")
    inputs = _inputs(twin, spec, conditions)
    if len(reader.problems) > before:
        return None
    return Rule(
        key=f"{twin.id}/{spec.id}",
        twin=twin.id,
        spec=spec,
        conditions=conditions,
        inputs=inputs,
        timing=_timing(spec, conditions, inputs),
        actions=actions,
    )


def actions_of(
    context: Context, then: tuple[StepSpec, ...], path: str
) -> tuple[Action, ...]:
    """Return what ``then`` asks for; a wrong step is left out, with problems noted."""
    actions: list[Action] = []
    for index, step in enumerate(then):
        where = f"{path}.then[{index}]"
        try:
            read = command.read(step.command)
        except CommandError as error:
            _report(context, f"{where}.command", repr(step.command), *_split(error))
            continue
        if step.duration is not None and not (step.duration > 0 and read.on):
            seen = f"{step.duration:g} s of {read}"
            _report(context, f"{where}.duration", seen, "a duration of something that runs")
            continue
        actions.append(
            Action(actuator=step.actuator, command=read, duration_s=step.duration)
        )
    return tuple(actions)


def max_age_ms(twin: TwinDescription, signal: str) -> int:
    """Return after how many ms a signal's last reading is stale.

    As it says itself (``stale_after``; of a derived signal ``max_age``), else 2.5
    heartbeats where a deadband holds readings back, else three intervals of its sensor;
    at least 10 s. A signal that nobody reads (pushed from outside): 10 min.
    """
    derived = twin.derived.get(signal)
    if derived is not None:
        return round(derived.max_age * 1000)
    spec = twin.signals.get(signal)
    if spec is not None and spec.stale_after is not None:
        return round(spec.stale_after * 1000)
    every = [s.every for s in twin.sensors.values() if signal in s.reads.values()]
    if not every:
        return 600_000
    age = 3.0 * max(every)
    if spec is not None and spec.deadband > 0:
        age = max(age, 2.5 * spec.heartbeat)
    return round(max(age, 10.0) * 1000)


def _node(twin: TwinDescription, path: str, value: Mapping[str, object]) -> Node:
    return node_of(twin, path, dict(value))


def _conditions(
    context: Context, kind: Kind, options: msgspec.Struct, path: str
) -> Conditions | None:
    twin = context.twin
    units = {name: spec.unit for name, spec in twin.signals.items()}
    units |= {name: spec.unit for name, spec in twin.derived.items()}
    try:
        return kind.conditions(options, units)
    except (FormulaError, RuleError) as error:
        where = _guilty(kind, options, path, units)
        seen, expected = "what cannot be", error.message
        _report(context, where, seen, f"otherwise: {expected}", error.hint)
        return None


def _guilty(
    kind: Kind,
    options: msgspec.Struct,
    path: str,
    units: Mapping[str, str],
) -> str:
    """Return the path of the key that is wrong: the one without which nothing is."""
    signal = getattr(options, "signal", None)
    if isinstance(signal, str) and signal not in units:
        return f"{path}.signal"
    if getattr(options, "clear", None) is not None:
        try:
            kind.conditions(msgspec.structs.replace(options, clear=None), units)
        except (FormulaError, RuleError):
            return f"{path}.when"
        return f"{path}.clear"
    return f"{path}.when" if hasattr(options, "when") else path


def _check(context: Context, spec: RuleSpec, path: str) -> None:
    if not _ID.fullmatch(spec.id):
        _report(context, f"{path}.id", repr(spec.id), "a word like too-dry")
    if spec.persistence < 1:
        _report(context, f"{path}.persistence", repr(spec.persistence), "1 or more")
    for key in ("repeat", "max_age"):
        if getattr(spec, key) == 0:
            _report(context, f"{path}.{key}", "0", "a duration above 0")
    known = {*context.twin.signals, *context.twin.derived}
    for name in _NAMED.findall(spec.message):
        if name not in known:
            where = f"{path}.message"
            context.reader.unknown(context.twin.line(where), where, name, sorted(known))


def _inputs(
    twin: TwinDescription, spec: RuleSpec, conditions: Conditions
) -> tuple[Input, ...]:
    names = [*conditions.when.names]
    names += conditions.clear.names if conditions.clear else ()
    names += _NAMED.findall(spec.message)
    return tuple(
        Input(
            name=name,
            full_name=twin.full_name(name),
            max_age_ms=(
                max_age_ms(twin, name)
                if spec.max_age is None
                else round(spec.max_age * 1000)
            ),
            digits=_digits(twin, name),
        )
        for name in dict.fromkeys(names)
    )


def _digits(twin: TwinDescription, name: str) -> int | None:
    spec = twin.signals.get(name) or twin.derived.get(name)
    return spec.digits if spec is not None else None


def _timing(spec: RuleSpec, conditions: Conditions, inputs: tuple[Input, ...]) -> Timing:
    needed = {*conditions.when.names}
    ages = [one.max_age_ms for one in inputs if one.name in needed]
    return Timing(
        hold=round(spec.hold * 1000),
        persistence=spec.persistence,
        cooldown=round(spec.cooldown * 1000),
        repeat=None if spec.repeat is None else round(spec.repeat * 1000),
        gap=min(ages, default=600_000),
        clears=conditions.clear is not None,
    )


def _report(context: Context, path: str, seen: str, expected: str, hint: str = "") -> None:
    context.reader.report(context.twin.line(path), path, seen, expected, hint)


def _split(error: CommandError) -> tuple[str, str]:
    return error.message.rpartition("expected ")[2], error.hint
