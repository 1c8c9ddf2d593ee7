"""Readings in, firings out: all rules of an appliance, judged reading by reading.

The result depends on the readings and their order only, not on how they are cut into
batches. Time is an argument and matters to one thing: that a signal is silent.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from dt.processing.formula import Past
from dt.rules.description import Firing, Seen
from dt.rules.machine import RuleState, Verdict, advance, due
from dt.rules.rule import Rule
from dt.rules.seam import NO_READING, Condition, Truth
from dt.twin.readings import Logged

_START = RuleState()
_TIME = (0, 0)


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest reading of a signal, and when it last had a value.

    Attributes:
        at: UTC ms.
        value: None: bad.
        code: Quality code.
        good_at: UTC ms of the last reading with a value; None: none since the start.
    """

    at: int
    value: float | None
    code: int
    good_at: int | None = None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """All that an engine remembers; `msgspec.json` and `msgspec.msgpack` keep it.

    Attributes:
        started_at: UTC ms from which silence is counted where no value ever came.
        inputs: Full name of a signal to its newest reading.
        rules: Key of a rule to its state; a rule that never saw a reading is missing.
    """

    started_at: int
    inputs: dict[str, Newest] = {}
    rules: dict[str, RuleState] = {}


class Engine:
    """The rules of an appliance, ready to run. It keeps no state of its own.

    Args:
        rules: Of all twins; those that are not enabled never fire.
        ids: Full name of each signal to its id in the log.
    """

    def __init__(self, rules: Sequence[Rule], ids: Mapping[str, int]) -> None:
        self._rules = [rule for rule in rules if rule.spec.enabled]
        self._names: dict[int, str] = {}
        self._by_signal: dict[int, list[_Runner]] = defaultdict(list)
        self._silent: list[_Runner] = []
        for rule in self._rules:
            runner = _Runner(rule)
            if rule.conditions.silent_ms is not None:
                self._silent.append(runner)
            for one in runner.triggers:
                if one in ids:
                    self._names[ids[one]] = one
                    self._by_signal[ids[one]].append(runner)
            for other in rule.inputs:
                if other.full_name in ids:
                    self._names[ids[other.full_name]] = other.full_name

    def start(self, now: int) -> State:
        """Return the state before any reading; now in UTC ms."""
        return State(started_at=now)

    def step(
        self, state: State, logged: Sequence[Logged], now: int
    ) -> tuple[State, tuple[Firing, ...]]:
        """Return the state after some readings, and what they led to, in that order.

        A reading older than the newest of its signal is ignored. Readings at the same
        time are judged in the order of the log.

        Args:
            state: Before.
            logged: Readings in the order of the log.
            now: UTC ms on the scale of the readings' ``observed_at``.
        """
        work = _Work(state)
        for part in logged:
            self._take(work, part)
        for runner in self._silent:
            runner.pass_time(work, now, _TIME)
        return work.state(), tuple(work.firings)

    def _take(self, work: "_Work", part: Logged) -> None:
        readings = part.readings
        rows = zip(
            readings.signal.tolist(),
            readings.observed_at.tolist(),
            readings.value.tolist(),
            readings.code.tolist(),
            part.seq.tolist(),
            strict=True,
        )
        for signal, at, value, code, seq in rows:
            name = self._names.get(signal)
            if name is None:
                continue
            before = work.inputs.get(name)
            if before is not None and at < before.at:
                continue
            bad = (code & 3) == 2 or value != value  # noqa: PLR0124 - not a number
            good_at = before.good_at if before is not None else None
            newest = Newest(
                at=at,
                value=None if bad else value,
                code=code,
                good_at=good_at if bad else at,
            )
            work.put(name, newest)
            cause = (part.epoch, seq)
            for runner in self._by_signal[signal]:
                runner.judge(work, at, newest, before, cause)


def shifted(state: State, offset_ms: int) -> State:
    """Return the state after the clock was set: what it remembers moves in time."""

    def moved(at: int | None) -> int | None:
        return None if at is None else at + offset_ms

    inputs = {
        name: msgspec.structs.replace(
            one, at=one.at + offset_ms, good_at=moved(one.good_at)
        )
        for name, one in state.inputs.items()
    }
    rules = {
        key: msgspec.structs.replace(
            one,
            at=moved(one.at),
            since=moved(one.since),
            fired_at=moved(one.fired_at),
            when=tuple(msgspec.structs.replace(p, at=moved(p.at)) for p in one.when),
            clear=tuple(msgspec.structs.replace(p, at=moved(p.at)) for p in one.clear),
        )
        for key, one in state.rules.items()
    }
    return State(started_at=state.started_at + offset_ms, inputs=inputs, rules=rules)


class _Work:
    """A state while it is being changed: a dictionary is copied at its first change."""

    def __init__(self, state: State) -> None:
        self._before = state
        self.inputs: Mapping[str, Newest] = state.inputs
        self.rules: Mapping[str, RuleState] = state.rules
        self._new_inputs: dict[str, Newest] | None = None
        self._new_rules: dict[str, RuleState] | None = None
        self.started_at = state.started_at
        self.firings: list[Firing] = []

    def put(self, name: str, newest: Newest) -> None:
        if self._new_inputs is None:
            self.inputs = self._new_inputs = dict(self.inputs)
        self._new_inputs[name] = newest

    def put_rule(self, key: str, state: RuleState) -> None:
        if self._new_rules is None:
            self.rules = self._new_rules = dict(self.rules)
        self._new_rules[key] = state

    def state(self) -> State:
        if self._new_inputs is None and self._new_rules is None:
            return self._before
        return State(
            started_at=self.started_at,
            inputs=self._before.inputs if self._new_inputs is None else self._new_inputs,
            rules=self._before.rules if self._new_rules is None else self._new_rules,
        )


class _Runner:
    """One rule at work."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._when, self._clear = rule.conditions.when, rule.conditions.clear
        self._inputs = [(one.full_name, one.max_age_ms) for one in rule.inputs]
        self._when_at = rule.places(self._when)
        self._clear_at = rule.places(self._clear) if self._clear else ()
        needed = {*self._when_at, *self._clear_at}
        if rule.conditions.silent_ms is not None:
            needed = {self._when_at[0]}
        self.triggers = [rule.inputs[i].full_name for i in sorted(needed)]
        self._good_only = rule.spec.good_only

    def judge(
        self,
        work: _Work,
        at: int,
        newest: Newest,
        before: Newest | None,
        cause: tuple[int, int],
    ) -> None:
        """Judge the rule after a reading of one of its signals."""
        if self.rule.conditions.silent_ms is not None:
            if newest.value is not None:
                self._break_silence(work, at, before, cause)
            return
        state = work.rules.get(self.rule.key, _START)
        at = at if state.at is None else max(at, state.at)
        values, codes = self._values(work, at)
        when, when_past = self._ask(
            self._when, self._when_at, values, codes, at, state.when
        )
        clear, clear_past = Truth.UNKNOWN, state.clear
        if self._clear is not None and (state.active or self._clear.remembers):
            clear, clear_past = self._ask(
                self._clear, self._clear_at, values, codes, at, state.clear
            )
        if when_past is not state.when or clear_past is not state.clear:
            state = msgspec.structs.replace(state, when=when_past, clear=clear_past)
        self._advance(work, state, at, Verdict(when, clear), cause)

    def pass_time(self, work: _Work, until: int, cause: tuple[int, int]) -> None:
        """Judge a rule that waits for silence, for the time before `until`."""
        silent_ms = self.rule.conditions.silent_ms
        if silent_ms is None:
            return
        newest = work.inputs.get(self.triggers[0])
        good_at = newest.good_at if newest is not None else None
        self._fall_silent(
            work, work.started_at if good_at is None else good_at, until, cause
        )

    def _break_silence(
        self, work: _Work, at: int, before: Newest | None, cause: tuple[int, int]
    ) -> None:
        good_at = before.good_at if before is not None else None
        since = work.started_at if good_at is None else good_at
        self._fall_silent(work, since, at, cause)
        state = work.rules.get(self.rule.key, _START)
        if state.active:
            self._advance(work, state, at, Verdict(Truth.FALSE, Truth.TRUE), cause)

    def _fall_silent(
        self, work: _Work, since: int, until: int, cause: tuple[int, int]
    ) -> None:
        rule = self.rule
        state = work.rules.get(rule.key, _START)
        silent_ms = rule.conditions.silent_ms or 0
        while True:
            moment = due(rule.timing, state, since, silent_ms)
            if moment is None or moment >= until:
                return
            state = self._advance(work, state, moment, Verdict(Truth.TRUE), cause)

    def _advance(
        self,
        work: _Work,
        state: RuleState,
        at: int,
        verdict: Verdict,
        cause: tuple[int, int],
    ) -> RuleState:
        after, happening = advance(self.rule.timing, state, at, verdict)
        work.put_rule(self.rule.key, after)
        if happening is not None:
            shown = after
            if after.since is None:  # it cleared: tell how long it had held
                shown = msgspec.structs.replace(after, since=state.since, count=state.count)
            seen = self._seen(work, at)
            work.firings.append(self.rule.firing(happening, shown, seen, cause))
        return after

    def _ask(
        self,
        condition: Condition,
        places: tuple[int, ...],
        values: list[float],
        codes: list[int],
        at: int,
        past: tuple[Past, ...],
    ) -> tuple[Truth, tuple[Past, ...]]:
        return condition.judge(
            [values[i] for i in places], [codes[i] for i in places], at, past
        )

    def _values(self, work: _Work, at: int) -> tuple[list[float], list[int]]:
        values: list[float] = []
        codes: list[int] = []
        for name, max_age in self._inputs:
            one = work.inputs.get(name)
            if one is None or at - one.at > max_age:
                values.append(math.nan)
                codes.append(NO_READING)
                continue
            missing = one.value is None or (self._good_only and one.code & 3)
            values.append(math.nan if missing else one.value)  # type: ignore[arg-type]
            codes.append(one.code)
        return values, codes

    def _seen(self, work: _Work, at: int) -> list[Seen]:
        values, codes = self._values(work, at)
        seen: list[Seen] = []
        for index, one in enumerate(self.rule.inputs):
            newest = work.inputs.get(one.full_name)
            missing = math.isnan(values[index])
            seen.append(
                Seen(
                    signal=one.name,
                    value=None if missing else values[index],
                    observed_at=newest.at if newest else None,
                    code=None if codes[index] == NO_READING else codes[index],
                )
            )
        return seen
