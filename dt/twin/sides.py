"""Which process computes a derived signal: the one that meets its inputs.

Signals that a sensor measures are met by the collector, those that others push by the
process that takes pushes. What derives from both is computed by the collector, which
listens to the pushed ones in the log.
"""

from collections.abc import Collection
from dataclasses import dataclass

from dt.twin import formulas
from dt.twin.description import TwinDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Names as the twin says them.

    Attributes:
        pushed: Signals that no sensor measures.
        outside: Derived signals all of whose inputs are pushed.
        heard: Pushed signals that are needed beside measured ones.
    """

    pushed: frozenset[str]
    outside: frozenset[str]
    heard: frozenset[str]


def of(twin: TwinDescription, idle: Collection[str]) -> Sides:
    """Return who computes what of a twin.

    Args:
        twin: As its file declares it; its formulas are good.
        idle: Its sensors that neither ask nor tell: others push their values.

    Raises:
        FormulaError: A formula is wrong.
    """
    measured = {
        signal
        for name, sensor in twin.sensors.items()
        if name not in idle
        for signal in sensor.reads.values()
    }
    pushed = frozenset(twin.signals) - measured
    known = (*twin.signals, *twin.derived)
    uses = {
        name: formulas.parse(d.formula, known).names for name, d in twin.derived.items()
    }
    leaves = {name: _leaves(name, uses) for name in uses}
    mixed = [found for found in leaves.values() if found & pushed and found & measured]
    return Sides(
        pushed=pushed,
        outside=frozenset(
            name for name, found in leaves.items() if found and found <= pushed
        ),
        heard=frozenset().union(*mixed) & pushed,
    )


def _leaves(name: str, uses: dict[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the signals that a derived one comes from, through others too."""
    found: set[str] = set()
    seen = {name}
    todo = [name]
    while todo:
        for used in uses[todo.pop()]:
            if used not in uses:
                found.add(used)
            elif used not in seen:
                seen.add(used)
                todo.append(used)
    return frozenset(found)
