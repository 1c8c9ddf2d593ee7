"""How much each value is worth: no number, range, rate of change, stuck.

The rules, for the readings of one signal in the order of their times:

1. *No number* (NaN or infinite): bad, no value, score 0.
2. *Range*: a value outside ``range`` is bad, has no value, and is not judged further.
3. *Rate*: a value that differs from the last accepted one by more than
   ``max_rate * max(dt, 1 s) + noise`` is uncertain. It is not accepted, so one spike does
   not make the next good reading look like a spike. After a real step, `AGREEING`
   readings in a row that fit each other make the new level accepted; the last of them
   is good again.
4. *Stuck*: a value that has been exactly the same for ``stuck_after`` is uncertain.
5. A *late* reading (older than the newest that was judged) and one *from the future* are
   judged by 1 and 2 only and change nothing that is remembered.

The score is 1 less 0.4 for range, 0.4 for rate and 0.2 for stuck. When several are wrong
the reason is the first of the list above.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from dt.processing.time import ahead
from dt.twin.description import SignalSpec
from dt.twin.quality import Codes, Quality, Reason, pack
from dt.twin.readings import Floats, Ids, Ints

AGREEING = 3
"""So many readings in a row that fit each other are a new level."""

WEIGHTS = (0.4, 0.4, 0.2)
"""What range, rate of change and stuck take from the score."""

_NO_NUMBER, _RANGE, _RATE, _STUCK, _FUTURE = 1, 2, 4, 8, 16
_NEVER = np.iinfo(np.int64).min
_FOREVER = np.iinfo(np.int64).max
_SHORTEST_MS = 1000.0  # readings closer than this count as this far apart

Bools = NDArray[np.bool_]


_FAULTS = (
    (_NO_NUMBER, Quality.BAD, Reason.NOT_A_NUMBER),
    (_RANGE, Quality.BAD, Reason.OUT_OF_RANGE),
    (_FUTURE, Quality.UNCERTAIN, Reason.FUTURE),
    (_RATE, Quality.UNCERTAIN, Reason.RATE_OF_CHANGE),
    (_STUCK, Quality.UNCERTAIN, Reason.STUCK),
)


def _code(flags: int) -> int:
    """Return the code for a set of faults; the first of the list says the reason."""
    score = 1.0 - sum(w for w, bit in zip(WEIGHTS, (2, 4, 8), strict=True) if flags & bit)
    score = 0.0 if flags & _NO_NUMBER else min(score, 0.5) if flags & _FUTURE else score
    for bit, quality, reason in _FAULTS:
        if flags & bit:
            return pack(quality, reason, score=score)
    return pack(Quality.GOOD)


_CODES = np.array([_code(flags) for flags in range(32)], np.uint16)


@dataclass(frozen=True, slots=True)
class Sorted:
    """A batch by signal and time; all columns of shape (n,).

    Attributes:
        order: Place in the batch of each row.
        index: Signal.
        at: UTC ms.
        value: In the signal's unit; NaN where bad.
        code: Quality.
    """

    order: Ints
    index: Ids
    at: Ints
    value: Floats
    code: Codes


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one signal; times in UTC ms.

    Attributes:
        newest: Time of the newest reading that was judged.
        anchor: Last accepted (time, value).
        rival: (time, value) of the last reading that was not accepted.
        agreeing: How many readings in a row agree with the rival.
        same: (since when, value) without change.
    """

    newest: int
    anchor: tuple[int, float] | None = None
    rival: tuple[int, float] | None = None
    agreeing: int = 0
    same: tuple[int, float] | None = None


class Judge:
    """Judges batches of many signals and remembers the last reading of each.

    Args:
        specs: One for each signal, in the order of the signals' indices.
        noise: In each signal's unit; what `max_rate` allows on top.
    """

    def __init__(self, specs: Sequence[SignalSpec], noise: Sequence[float]) -> None:
        ranges = [spec.range or (-np.inf, np.inf) for spec in specs]
        self._low = np.array([low for low, _ in ranges], np.float64)
        self._high = np.array([high for _, high in ranges], np.float64)
        rates = [np.inf if s.max_rate is None else s.max_rate / 1000.0 for s in specs]
        self._rate = np.array(rates, np.float64)  # per ms
        self._noise = np.array(noise, np.float64)
        stuck = [s.stuck_after for s in specs]
        self._stuck_ms = np.array([_FOREVER if s is None else int(s * 1000) for s in stuck])
        self._any_rate = bool(np.isfinite(self._rate).any())
        self._any_stuck = any(s is not None for s in stuck)
        count = len(specs)
        self._newest = np.full(count, _NEVER, np.int64)
        self._anchor_at = np.zeros(count, np.int64)
        self._anchor = np.full(count, np.nan)
        self._rival_at = np.zeros(count, np.int64)
        self._rival = np.full(count, np.nan)
        self._agreeing = np.zeros(count, np.int64)
        self._same_since = np.zeros(count, np.int64)
        self._same = np.full(count, np.nan)

    def judge(
        self, index: Ids, at: Ints, value: Floats, now_ms: int | None = None
    ) -> Sorted:
        """Return the batch sorted, with the quality of each reading.

        Args:
            index: Signal of each reading, shape (n,).
            at: UTC ms, in any order, shape (n,).
            value: In the signal's unit, shape (n,).
            now_ms: UTC ms; None: the clock cannot say what the future is.
        """
        order = np.lexsort((at, index))
        s, t, v = index[order], at[order], value[order]
        flags = np.zeros(len(s), np.uint8)
        missing = ~np.isfinite(v)
        outside = (v < self._low[s]) | (v > self._high[s])
        bad = missing | outside
        timely = t >= self._newest[s]
        if now_ms is not None:
            future = ahead(t, now_ms)
            flags[future] = _FUTURE
            timely &= ~future
        if bad.any():
            flags[outside] |= _RANGE
            flags[missing] = _NO_NUMBER
            v[bad] = np.nan
            fit = timely & ~bad
        else:
            fit = timely
        self._advance(s, t, timely)
        self._judge_fit(s, t, v, flags, fit)
        return Sorted(order, s, t, v, _CODES[flags])

    def _advance(self, s: Ids, t: Ints, timely: Bools) -> None:
        """Remember the newest time of each signal; later rows of a signal win."""
        if timely.all():
            self._newest[s] = t
        else:
            self._newest[s[timely]] = t[timely]

    def _judge_fit(
        self, s: Ids, t: Ints, v: Floats, flags: NDArray[np.uint8], fit: Bools
    ) -> None:
        """Judge rate and stuck of the readings that are fit for it."""
        if not (self._any_rate or self._any_stuck) or not len(s):
            return
        whole = bool(fit.all())
        if not whole:
            if not fit.any():
                return
            s, t, v = s[fit], t[fit], v[fit]
        first = np.empty(len(s), np.bool_)
        first[0] = True
        np.not_equal(s[1:], s[:-1], out=first[1:])
        starts = np.flatnonzero(first)
        found = np.zeros(len(s), np.uint8)
        if self._any_rate:
            found[self._too_fast(s, t, v, starts)] = _RATE
        if self._any_stuck:
            found[self._stuck(s, t, v, first)] |= _STUCK
        if whole:
            flags |= found
        else:
            flags[fit] |= found

    def _too_fast(self, s: Ids, t: Ints, v: Floats, starts: Ints) -> Ints:
        """Return the rows whose value changed faster than it can."""
        head = s[starts]
        before, before_at = np.empty_like(v), np.empty_like(t)
        before[1:], before_at[1:] = v[:-1], t[:-1]
        before[starts], before_at[starts] = self._anchor[head], self._anchor_at[head]
        allowed = np.maximum(t - before_at, _SHORTEST_MS)
        allowed *= self._rate[s]
        allowed += self._noise[s]
        jumps = np.abs(v - before) > allowed  # no value before: NaN compares as false
        ends = np.append(starts[1:], len(s)) - 1
        if not jumps.any():
            self._anchor[head], self._anchor_at[head] = v[ends], t[ends]
            self._agreeing[head] = 0
            return np.empty(0, np.int64)
        calm = np.add.reduceat(jumps, starts) == 0
        tails, signals = ends[calm], head[calm]
        self._anchor[signals], self._anchor_at[signals] = v[tails], t[tails]
        self._agreeing[signals] = 0
        rows: list[int] = []
        for segment in np.flatnonzero(~calm).tolist():
            start, end = int(starts[segment]), int(ends[segment]) + 1
            walk = self._walk(int(head[segment]))
            jumping = np.flatnonzero(jumps[start:end])
            stepped = walk.rows(t[start:end].tolist(), v[start:end].tolist(), jumping)
            rows.extend(start + row for row in stepped)
            self._keep(int(head[segment]), walk)
        return np.array(rows, np.int64)

    def _walk(self, signal: int) -> "_Walk":
        return _Walk(
            rate=float(self._rate[signal]),
            noise=float(self._noise[signal]),
            anchor=(int(self._anchor_at[signal]), float(self._anchor[signal])),
            rival=(int(self._rival_at[signal]), float(self._rival[signal])),
            agreeing=int(self._agreeing[signal]),
        )

    def _keep(self, signal: int, walk: "_Walk") -> None:
        self._anchor_at[signal], self._anchor[signal] = walk.anchor
        self._rival_at[signal], self._rival[signal] = walk.rival
        self._agreeing[signal] = walk.agreeing

    def _stuck(self, s: Ids, t: Ints, v: Floats, first: Bools) -> Bools:
        """Return for each row whether its value has been the same for too long."""
        before = np.empty_like(v)
        before[1:] = v[:-1]
        before[first] = self._same[s[first]]
        changed = v != before
        since = np.where(changed, t, self._same_since[s])
        # the last change (or start of the signal) at or before each row
        turn = np.maximum.accumulate(np.where(changed | first, np.arange(len(s)), 0))
        since = since[turn]
        self._same[s], self._same_since[s] = v, since
        result: Bools = t - since >= self._stuck_ms[s]
        return result

    def forget_same(self, index: Ids) -> None:
        """Start anew to wait for a change of these signals: they were away."""
        self._same[index] = np.nan

    def forget(self, index: int) -> None:
        """Judge a signal's next reading as if it were the first; late stays late."""
        self._anchor[index] = self._same[index] = np.nan
        self._agreeing[index] = 0

    def shift(self, offset_ms: int) -> None:
        """Move what is remembered in time: the clock was stepped by so much."""
        self._newest[self._newest != _NEVER] += offset_ms
        self._anchor_at += offset_ms
        self._rival_at += offset_ms
        self._same_since += offset_ms

    def recall(self, index: int) -> Memory | None:
        """Return what is remembered of a signal; None: nothing yet."""
        newest = int(self._newest[index])
        if newest == _NEVER:
            return None
        agreeing = int(self._agreeing[index])
        return Memory(
            newest=newest,
            anchor=_pair(self._anchor_at[index], self._anchor[index]),
            rival=_pair(self._rival_at[index], self._rival[index]) if agreeing else None,
            agreeing=agreeing,
            same=_pair(self._same_since[index], self._same[index]),
        )

    def remember(self, index: int, memory: Memory) -> None:
        """Go on from what `recall` returned."""
        self._newest[index] = memory.newest
        if memory.anchor:
            self._anchor_at[index], self._anchor[index] = memory.anchor
        if memory.rival:
            self._rival_at[index], self._rival[index] = memory.rival
        self._agreeing[index] = memory.agreeing
        if memory.same:
            self._same_since[index], self._same[index] = memory.same


@dataclass(slots=True)
class _Walk:
    """Goes through one signal's suspicious stretches, reading by reading.

    Accepting depends on what was accepted before, so this cannot be one expression; but
    between two jumps all is accepted, and the walk goes on at the next jump. What it
    touches are the readings that do not fit, a microsecond each.
    """

    rate: float
    noise: float
    anchor: tuple[int, float]
    rival: tuple[int, float]
    agreeing: int

    def rows(self, t: list[int], v: list[float], jumps: Ints) -> list[int]:
        """Return the rows that are not accepted, and bring the attributes on.

        Args:
            t: UTC ms.
            v: Values.
            jumps: Rows that do not fit the row before them (row 0: the anchor).
        """
        found: list[int] = []
        row, end = int(jumps[0]), len(t)
        if row > 0:
            self._accept(t[row - 1], v[row - 1])
        while row < end:
            if self._takes((t[row], v[row])):
                after = np.searchsorted(jumps, row + 1)
                row = int(jumps[after]) if after < len(jumps) else end
                self._accept(t[row - 1], v[row - 1])
            else:
                found.append(row)
                row += 1
        return found

    def _accept(self, at: int, value: float) -> None:
        self.anchor, self.agreeing = (at, value), 0

    def _takes(self, this: tuple[int, float]) -> bool:
        if self._fits(self.anchor, this):
            return True
        agrees = self.agreeing and self._fits(self.rival, this)
        self.agreeing = self.agreeing + 1 if agrees else 1
        self.rival = this
        return self.agreeing >= AGREEING

    def _fits(self, before: tuple[int, float], this: tuple[int, float]) -> bool:
        allowed = self.rate * max(this[0] - before[0], _SHORTEST_MS) + self.noise
        return not abs(this[1] - before[1]) > allowed


def _pair(at: np.int64, value: np.float64) -> tuple[int, float] | None:
    return None if np.isnan(value) else (int(at), float(value))
