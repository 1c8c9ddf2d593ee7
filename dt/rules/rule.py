"""A rule that can be run: what the file says, compiled."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dt.rules.description import Action, Firing, Happening, RuleSpec, Seen, Trace
from dt.rules.machine import RuleState, Timing
from dt.rules.seam import Condition, Conditions

_BRACES = re.compile(r"\{\s*([^{}:!]+?)\s*(?::([^{}]*))?\}")
_FORMAT = re.compile(r"\.(\d)f?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A signal that a rule needs.

    Attributes:
        name: Within the twin.
        full_name: Everywhere else.
        max_age_ms: After which its last reading is stale.
        digits: Decimals shown to a person; None: as many as it has.
    """

    name: str
    full_name: str
    max_age_ms: int
    digits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of one twin.

    Attributes:
        key: ``<twin id>/<rule id>``, its name in the state.
        twin: Id of the twin.
        spec: What the file says.
        conditions: What that means.
        inputs: All signals of `conditions` and of the message, each once.
        timing: In ms.
        actions: Of ``then``.
    """

    key: str
    twin: str
    spec: RuleSpec
    conditions: Conditions
    inputs: tuple[Input, ...]
    timing: Timing
    actions: tuple[Action, ...] = ()

    def places(self, condition: Condition) -> tuple[int, ...]:
        """Return where the names of a condition stand in `inputs`."""
        by_name = {one.name: index for index, one in enumerate(self.inputs)}
        return tuple(by_name[name] for name in condition.names)

    def firing(
        self,
        happening: Happening,
        state: RuleState,
        seen: Sequence[Seen],
        cause: tuple[int, int],
    ) -> Firing:
        """Return the firing that a happening is.

        Args:
            happening: What became of the rule.
            state: After it.
            seen: Of each of `inputs`.
            cause: Epoch and seq of the reading that decided; 0, 0: time passed.
        """
        at = state.at or 0
        cleared = happening is Happening.CLEARED
        clear = self.conditions.clear
        condition = clear if cleared and clear is not None else self.conditions.when
        by_name = {one.signal: one for one in seen}
        shown = [by_name[name] for name in condition.names]
        trace = Trace(
            text=condition.text,
            why=_why(self, happening, state),
            since=at if state.since is None else state.since,
            count=state.count,
            clauses=condition.clauses(
                [math.nan if one.value is None else one.value for one in shown],
                [-1 if one.code is None else one.code for one in shown],
            ),
            inputs=tuple(seen),
            epoch=cause[0],
            seq=cause[1],
        )
        return Firing(
            rule=self.spec.id,
            twin=self.twin,
            happening=happening,
            at=at,
            severity=self.spec.severity,
            latch=self.spec.latch,
            message=said(self.spec.message or condition.text, by_name, self.inputs),
            actions=() if cleared else self.actions,
            trace=trace,
        )


def said(message: str, seen: Mapping[str, Seen], inputs: Sequence[Input]) -> str:
    """Return a message with values in place of ``{signal}`` and ``{signal:.1f}``.

    A value that is missing is a dash; a name that is no input stays as it is.
    """
    digits = {one.name: one.digits for one in inputs}

    def value(found: re.Match[str]) -> str:
        one = seen.get(found[1])
        if one is None:
            return found[0]
        if one.value is None:
            return "–"
        form = _FORMAT.fullmatch(found[2] or "")
        places = int(form[1]) if form else digits.get(found[1])
        return f"{one.value:.4g}" if places is None else f"{one.value:.{places}f}"

    return _BRACES.sub(value, message)


def _why(rule: Rule, happening: Happening, state: RuleState) -> str:
    silent = rule.conditions.silent_ms
    if happening is Happening.CLEARED:
        clear = rule.conditions.clear
        if silent is not None:
            return "there is a value again"
        if clear is None:
            return f"{rule.conditions.when.text} does not hold any more"
        return f"{clear.text} holds"
    if silent is not None:
        return f"no value for {silent / 1000:g} s"
    held = ((state.at or 0) - (state.since or 0)) / 1000
    readings = "reading" if state.count == 1 else "readings"
    return f"{rule.conditions.when.text} held for {held:g} s in {state.count} {readings}"
