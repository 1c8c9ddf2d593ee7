"""All that is wrong with what a twin wants controlled, in one list.

The entry point ``dt.checks`` → ``control``: ``dt twin check`` and the dashboard's editors
ask it, without importing the controller.
"""

from dataclasses import dataclass

from controller import plan
from controller.declared import settings_of
from controller.limits import Settings
from controller.loop_entries import LoopEntry, loops_of
from controller.routine_entries import routines_of
from controller.routines import Routine
from dt import plugins
from dt.rules.reading import rules_of
from dt.rules.rule import Rule
from dt.rules.seam import Kind
from dt.twin.description import TwinDescription
from dt.twin.document import Problem, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of a twin can be controlled; `problems` say what cannot, and why."""

    twin: TwinDescription
    settings: tuple[Settings, ...]
    rules: tuple[Rule, ...]
    routines: tuple[Routine, ...]
    loops: tuple[LoopEntry, ...]
    problems: tuple[Problem, ...]


def kinds() -> dict[str, Kind]:
    """Return every kind of rule that is installed, by name."""
    return {name: plugins.load("dt.rules", name)() for name in plugins.names("dt.rules")}


def wanted(twin: TwinDescription, known: dict[str, Kind] | None = None) -> Wanted:
    """Return what a twin wants controlled; what is wrong stops nothing else.

    Args:
        twin: As it runs: see `dt.store.automation.effective`.
        known: Kinds of rules; None: what is installed.
    """
    reader = Reader(twin.source)
    settings = settings_of(twin, reader)
    rules = rules_of(twin, kinds() if known is None else known, reader)
    routines = routines_of(twin, reader)
    loops = loops_of(twin, reader)
    _check_actuators(twin, rules, routines, reader)
    able = {one.actuator for one in settings}
    return Wanted(
        twin=twin,
        settings=settings,
        rules=rules,
        routines=routines,
        loops=tuple(loop for loop in loops if loop.spec.output in able),
        problems=tuple(sorted(reader.problems, key=lambda one: (one.line, one.path))),
    )


def check(twin: TwinDescription) -> tuple[Problem, ...]:
    """Return what is wrong with a twin's actuators, rules, routines and loops."""
    reader = Reader(twin.source, problems=list(wanted(twin).problems))
    plan.check(twin, reader)
    return tuple(sorted(reader.problems, key=lambda one: (one.line, one.path)))


def _check_actuators(
    twin: TwinDescription,
    rules: tuple[Rule, ...],
    routines: tuple[Routine, ...],
    reader: Reader,
) -> None:
    """Note actions for actuators that the twin does not have."""
    by_rule = {str(entry.get("id")): i for i, entry in enumerate(twin.rules)}
    by_routine = {str(entry.get("id")): i for i, entry in enumerate(twin.routines)}
    known = sorted(twin.actuators)
    for rule in rules:
        for number, action in enumerate(rule.actions):
            if action.actuator not in twin.actuators:
                path = f"rules[{by_rule[rule.spec.id]}].then[{number}].actuator"
                reader.unknown(twin.line(path), path, action.actuator, known)
    for routine in routines:
        for number, action in enumerate(routine.then):
            if action.actuator not in twin.actuators:
                path = f"routines[{by_routine[routine.id]}].then[{number}].actuator"
                reader.unknown(twin.line(path), path, action.actuator, known)
