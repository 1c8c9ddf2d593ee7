"""Where a rule would have fired on recorded history.

The conditions are judged column by column. Between two changes of their truth only the
readings at which something can happen are looked at, so a year of minutes takes less
than a second. The firings are those that the engine gives for the same readings.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dt.rules.description import Firing, Happening, Seen
from dt.rules.machine import RuleState, Timing, Verdict, advance, cleared, due
from dt.rules.rule import Rule
from dt.rules.seam import NO_READING, Condition, Marks, Truth, Truths
from dt.twin.quality import Codes
from dt.twin.readings import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """History of one signal in the order of the log; columns of shape (n,).

    Attributes:
        signal: Full name.
        at: UTC ms.
        value: In the signal's unit; NaN: bad.
        code: Quality codes.
    """

    signal: str
    at: Ints
    value: Floats
    code: Codes


@dataclass(frozen=True, slots=True)
class _Rows:
    """A rule's inputs side by side, a row for each reading of any of them.

    Attributes:
        at: UTC ms, increasing, shape (n,).
        values: Of each input, NaN where none counts, shape (n,) each.
        codes: Of each input, `NO_READING` where there is none, shape (n,) each.
        seen_at: UTC ms of each input's newest reading, -1: none, shape (n,) each.
        asked: Whether the rule is judged at this row, shape (n,).
        own: Whether the row is a reading of the first input, shape (n,).
    """

    at: Ints
    values: list[Floats]
    codes: list[Marks]
    seen_at: list[Ints]
    asked: NDArray[np.bool_]
    own: NDArray[np.bool_]


def dry_run(
    rule: Rule, columns: Sequence[Column], start: int, now: int
) -> tuple[Firing, ...]:
    """Return what the rule would have done, in the order of time.

    Readings at the same time are judged in the order of `columns`.

    Args:
        rule: Enabled or not.
        columns: History of its inputs; others are ignored, a missing one has no reading.
        start: UTC ms from which silence is counted.
        now: UTC ms until which silence is counted.
    """
    rows = _rows(rule, columns)
    if rule.conditions.silent_ms is not None:
        return tuple(_silences(rule, rows, start, now))
    chosen = np.flatnonzero(rows.asked)
    when = _truths(rule, rule.conditions.when, rows, chosen)
    clear = np.full(len(chosen), Truth.UNKNOWN, np.int8)
    if rule.conditions.clear is not None:
        clear = _truths(rule, rule.conditions.clear, rows, chosen)
    walk = _Walk(rule.timing, rows.at[chosen].tolist(), when, clear)
    return tuple(
        rule.firing(happening, state, _seen(rule, rows, int(chosen[row])), (0, 0))
        for row, happening, state in walk.run()
    )


def _rows(rule: Rule, columns: Sequence[Column]) -> _Rows:
    by_name = {column.signal: column for column in columns}
    found = [by_name.get(one.full_name) for one in rule.inputs]
    order = [c.signal for c in columns]
    kept = [_in_order(column) for column in found]
    ranks = [
        order.index(one.full_name) if c else -1
        for one, c in zip(rule.inputs, found, strict=True)
    ]
    at = np.concatenate([part.at for part in kept]) if kept else np.empty(0, np.int64)
    which = np.repeat(np.arange(len(kept)), [len(part.at) for part in kept])
    rank = np.array(ranks, np.int64)[which]
    sequence = np.lexsort((rank, at))
    at, which = at[sequence], which[sequence]
    needed = {*rule.conditions.when.names}
    needed |= {*rule.conditions.clear.names} if rule.conditions.clear else set()
    asked = np.isin(which, [i for i, one in enumerate(rule.inputs) if one.name in needed])
    values: list[Floats] = []
    codes: list[Marks] = []
    seen_at: list[Ints] = []
    for index, part in enumerate(kept):
        row = np.cumsum(which == index) - 1
        value, code, seen = _joined(part, row, at, rule.inputs[index].max_age_ms)
        if rule.spec.good_only:
            value = np.where((code > 0) & (code & 3 != 0), np.nan, value)
        values.append(value)
        codes.append(code)
        seen_at.append(seen)
    return _Rows(at, values, codes, seen_at, asked, which == 0)


def _in_order(column: Column | None) -> Column:
    """Return a column without the readings that came late."""
    if column is None:
        return Column(
            signal="",
            at=np.empty(0, np.int64),
            value=np.empty(0),
            code=np.empty(0, np.uint16),
        )
    if len(column.at) < 2 or (np.diff(column.at) >= 0).all():
        return column
    kept = column.at >= np.maximum.accumulate(column.at)
    return Column(
        signal=column.signal,
        at=column.at[kept],
        value=column.value[kept],
        code=column.code[kept],
    )


def _joined(part: Column, row: Ints, at: Ints, max_age: int) -> tuple[Floats, Marks, Ints]:
    if not len(part.at):
        none = np.full(len(at), -1, np.int64)
        return np.full(len(at), np.nan), none.astype(np.int32), none
    known = row >= 0
    seen = np.where(known, part.at[row], -1)
    fresh = known & (at - seen <= max_age)
    code = np.where(fresh, part.code[row].astype(np.int32), NO_READING)
    bad = ~fresh | ((code & 3) == 2)
    return np.where(bad, np.nan, part.value[row]), code.astype(np.int32), seen


def _truths(rule: Rule, condition: Condition, rows: _Rows, chosen: Ints) -> Truths:
    places = rule.places(condition)
    return condition.judge_all(
        [rows.values[i][chosen] for i in places],
        [rows.codes[i][chosen] for i in places],
        rows.at[chosen],
    )


def _seen(rule: Rule, rows: _Rows, row: int) -> list[Seen]:
    seen: list[Seen] = []
    for index, one in enumerate(rule.inputs):
        value, code = float(rows.values[index][row]), int(rows.codes[index][row])
        at = int(rows.seen_at[index][row])
        seen.append(
            Seen(
                signal=one.name,
                value=None if math.isnan(value) else value,
                observed_at=None if at < 0 else at,
                code=None if code == NO_READING else code,
            )
        )
    return seen


class _Walk:
    """The machine's way over rows of truth, without the rows where nothing happens."""

    def __init__(self, timing: Timing, at: list[int], when: Truths, clear: Truths) -> None:
        self._timing = timing
        self._at = at
        self._when = when.tolist()
        self._clear = clear.tolist()
        self._ends = self._runs(when, clear)

    def _runs(self, when: Truths, clear: Truths) -> list[int]:
        """Return the end of each run of rows with the same truth and no gap."""
        if not len(when):
            return []
        gap = np.diff(np.array(self._at, np.int64)) > self._timing.gap
        change = (np.diff(when) != 0) | (np.diff(clear) != 0) | gap
        return [*(np.flatnonzero(change) + 1).tolist(), len(when)]

    def run(self) -> Iterator[tuple[int, Happening, RuleState]]:
        """Yield (row, happening, state after it) of each happening."""
        state, row = RuleState(), 0
        for end in self._ends:
            verdict = Verdict(Truth(self._when[row]), Truth(self._clear[row]))
            while row < end:
                before = state
                state, happening = advance(self._timing, state, self._at[row], verdict)
                if happening is not None:
                    yield row, happening, _shown(state, before)
                following = self._next(state, row + 1, end, verdict)
                state = _skipped(state, following - row - 1, self._at[following - 1])
                row = following

    def _next(self, state: RuleState, row: int, end: int, verdict: Verdict) -> int:
        """Return the next row at which something may happen, at most `end`."""
        timing = self._timing
        if state.active:
            if cleared(timing, verdict):
                return row
            if timing.repeat is None or state.since is None:
                return end
            moment = (state.fired_at or 0) + timing.repeat
            return bisect_left(self._at, moment, row, end)
        if state.since is None:
            return end
        moment = state.since + timing.hold
        if state.fired_at is not None:
            moment = max(moment, state.fired_at + timing.cooldown)
        counted = row + timing.persistence - state.count - 1
        return min(max(bisect_left(self._at, moment, row, end), counted, row), end)


def _skipped(state: RuleState, rows: int, at: int) -> RuleState:
    """Return the state after rows at which nothing happened."""
    if rows <= 0:
        return state
    count = state.count + rows if state.since is not None else 0
    return RuleState(
        at=at,
        since=state.since,
        count=count,
        active=state.active,
        fired_at=state.fired_at,
    )


def _shown(after: RuleState, before: RuleState) -> RuleState:
    """Return the state that a firing tells: how long it had held before it cleared."""
    if after.since is not None:
        return after
    return RuleState(
        at=after.at,
        since=before.since,
        count=before.count,
        active=after.active,
        fired_at=after.fired_at,
    )


def _silences(rule: Rule, rows: _Rows, start: int, now: int) -> Iterator[Firing]:
    """Yield the firings of a rule that waits for silence."""
    silent_ms = rule.conditions.silent_ms or 0
    first = rule.places(rule.conditions.when)[0]
    bad = (rows.codes[first] & 3) == 2
    usable = np.flatnonzero(rows.own & ~bad & (rows.codes[first] != NO_READING))
    state, since = RuleState(), start
    for row in [*usable.tolist(), None]:
        until = now if row is None else int(rows.at[row])
        if not state.active and until - since <= silent_ms:
            since = until
            continue
        while True:
            moment = due(rule.timing, state, since, silent_ms)
            if moment is None or moment >= until:
                break
            state, happening = advance(rule.timing, state, moment, Verdict(Truth.TRUE))
            if happening is not None:
                seen = _seen_at(rule, rows, moment)
                yield rule.firing(happening, state, seen, (0, 0))
        if row is not None and state.active:
            before = state
            verdict = Verdict(Truth.FALSE, Truth.TRUE)
            state, happening = advance(rule.timing, state, until, verdict)
            if happening is not None:
                yield rule.firing(
                    happening, _shown(state, before), _seen(rule, rows, row), (0, 0)
                )
        since = until


def _seen_at(rule: Rule, rows: _Rows, moment: int) -> list[Seen]:
    """Return the inputs as they were at a moment between readings."""
    row = int(np.searchsorted(rows.at, moment, side="right")) - 1
    if row < 0:
        return [Seen(signal=one.name) for one in rule.inputs]
    seen = _seen(rule, rows, row)
    fresh: list[Seen] = []
    for one, shown in zip(rule.inputs, seen, strict=True):
        stale = (
            shown.observed_at is not None and moment - shown.observed_at > one.max_age_ms
        )
        fresh.append(
            Seen(signal=one.name, observed_at=shown.observed_at) if stale else shown
        )
    return fresh
