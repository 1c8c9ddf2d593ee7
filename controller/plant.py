"""What is controlled here: all twins with what people wrote, read and put together.

The names of actuators and signals are full ones, ``<twin>/<name>``, since the limits
(one budget of current, one set of states) are those of the whole appliance.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from controller.checks import Wanted, kinds, wanted
from controller.limits import Limits, Settings
from controller.loop_entries import LoopEntry
from controller.routines import Routine
from dt.rules.alerts import no_data_entries
from dt.rules.reading import max_age_ms
from dt.rules.rule import Rule
from dt.store.automation import Entry, effective
from dt.twin.description import TwinDescription
from dt.twin.document import Problem

SILENT = "no_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """All that is to be controlled.

    Attributes:
        twins: By id, as they run.
        limits: Of all actuators, by full names.
        rules: Of all twins, with those that every twin has (no data).
        routines: Of each twin, by its id.
        loops: Full name to entry; enabled ones only.
        needs: Alert of each rule that acts to the full names of what it judges.
        ages: Full name of each signal that matters to s after which it is stale.
        problems: What is wrong, by twin.
    """

    twins: Mapping[str, TwinDescription] = field(default_factory=dict)
    limits: Limits = field(default_factory=lambda: Limits(actuators=()))
    rules: tuple[Rule, ...] = ()
    routines: Mapping[str, tuple[Routine, ...]] = field(default_factory=dict)
    loops: Mapping[str, LoopEntry] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ages: Mapping[str, float] = field(default_factory=dict)
    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)


def plant(
    twins: Sequence[TwinDescription],
    entries: Sequence[Entry],
    budget: float | None = None,
    told: Container[str] = (),
) -> Plant:
    """Return what a set of twins wants controlled; what is wrong stops nothing else.

    Args:
        twins: As their files declare them.
        entries: What people wrote, in the newest versions.
        budget: Total current of all actuators in A; None: no limit.
        told: Full names of the signals that ever had a value: only these can fall silent.
    """
    known = kinds()
    found = [wanted(_with_silence(effective(one, entries), told), known) for one in twins]
    settings = [_full(one.twin, each) for one in found for each in one.settings]
    loops = {
        f"{one.twin.id}/{loop.name}": loop
        for one in found
        for loop in one.loops
        if loop.spec.enabled
    }
    return Plant(
        twins={one.twin.id: one.twin for one in found},
        limits=Limits(actuators=tuple(settings), budget=budget),
        rules=tuple(rule for one in found for rule in one.rules),
        routines={one.twin.id: one.routines for one in found if one.routines},
        loops=loops,
        needs={
            f"{rule.twin}/rules/{rule.spec.id}": tuple(i.full_name for i in rule.inputs)
            for one in found
            for rule in one.rules
            if rule.actions
        },
        ages=_ages(found),
        problems={one.twin.id: one.problems for one in found if one.problems},
    )


def _with_silence(twin: TwinDescription, told: Container[str]) -> TwinDescription:
    """Return a twin with the rules that each has: a sensor's signal that falls silent."""
    covered = frozenset(
        str(rule.get("signal")) for rule in twin.rules if rule.get("kind") == SILENT
    )
    ages = {
        signal: max_age_ms(twin, signal) / 1000
        for sensor in twin.sensors.values()
        for signal in sensor.reads.values()
        if signal in twin.signals and twin.full_name(signal) in told
    }
    entries = no_data_entries(ages, covered)
    return msgspec.structs.replace(twin, rules=(*twin.rules, *map(dict, entries)))


def _full(twin: TwinDescription, one: Settings) -> Settings:
    return msgspec.structs.replace(
        one,
        actuator=twin.full_name(one.actuator),
        excludes=frozenset(twin.full_name(name) for name in one.excludes),
        requires=tuple(twin.full_name(name) for name in one.requires),
    )


def _ages(found: Sequence[Wanted]) -> dict[str, float]:
    ages: dict[str, float] = {}
    for one in found:
        twin = one.twin
        for settings in one.settings:
            for name in settings.requires:
                ages[twin.full_name(name)] = max_age_ms(twin, name) / 1000
        for loop in one.loops:
            name = twin.full_name(loop.spec.input)
            age = loop.spec.max_age
            seconds = max_age_ms(twin, loop.spec.input) / 1000 if age is None else age
            ages[name] = min(seconds, ages.get(name, seconds))
        for rule in one.rules:
            for wanted_by in rule.inputs if rule.actions else ():
                seconds = wanted_by.max_age_ms / 1000
                name = wanted_by.full_name
                ages[name] = min(seconds, ages.get(name, seconds))
    return ages
