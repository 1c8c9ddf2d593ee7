"""The life of one rule over the readings: waiting, holding, active, cooling down."""

from typing import NamedTuple

import msgspec

from dt.processing.formula import Past
from dt.rules.description import Happening
from dt.rules.seam import Truth


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """The times of a rule, in ms.

    Attributes:
        hold: How long the condition must hold without a break.
        persistence: How many readings in a row must fulfil it.
        cooldown: After a firing, how long it does not fire again.
        repeat: While active, how long until it acts again; None: once.
        gap: Readings further apart than this are not without a break.
        clears: It has a condition of its own for clearing.
    """

    hold: int = 0
    persistence: int = 1
    cooldown: int = 0
    repeat: int | None = None
    gap: int = 600_000
    clears: bool = False


class RuleState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one rule remembers.

    Attributes:
        at: UTC ms of the last reading that it judged; None: none yet.
        since: UTC ms since which its condition holds without a break; None: it does not.
        count: Readings in a row that fulfilled it.
        active: It fired and did not clear.
        fired_at: UTC ms of the last firing, repeated ones included.
        when, clear: What its conditions remember.
    """

    at: int | None = None
    since: int | None = None
    count: int = 0
    active: bool = False
    fired_at: int | None = None
    when: tuple[Past, ...] = ()
    clear: tuple[Past, ...] = ()


class Verdict(NamedTuple):
    """Whether the condition holds, and whether the one for clearing does."""

    when: Truth
    clear: Truth = Truth.UNKNOWN


def advance(
    timing: Timing, state: RuleState, at: int, verdict: Verdict
) -> tuple[RuleState, Happening | None]:
    """Return the state after one judgement, and what it led to.

    A missing input breaks the run of readings that fulfil the condition, and so does a
    pause longer than ``timing.gap``; neither clears an active rule.

    Args:
        timing: Of the rule.
        state: Before.
        at: UTC ms, not before ``state.at``.
        verdict: What the conditions say.
    """
    since, count = None, 0
    if verdict.when == Truth.TRUE:
        since, count = state.since, state.count
        if since is None or (state.at is not None and at - state.at > timing.gap):
            since, count = at, 0
        count += 1
    happening = _happening(timing, state, at, verdict, (since, count))
    active, fired_at = state.active, state.fired_at
    if happening is not None:
        active = happening is not Happening.CLEARED
        fired_at = at if active else fired_at
    after = RuleState(
        at=at,
        since=since,
        count=count,
        active=active,
        fired_at=fired_at,
        when=state.when,
        clear=state.clear,
    )
    return after, happening


def _happening(
    timing: Timing,
    state: RuleState,
    at: int,
    verdict: Verdict,
    run: tuple[int | None, int],
) -> Happening | None:
    since, count = run
    if state.active:
        if cleared(timing, verdict):
            return Happening.CLEARED
        wait, event = timing.repeat, Happening.REPEATED
    else:
        wait, event = timing.cooldown, Happening.FIRED
    if since is None or wait is None:
        return None
    if state.fired_at is not None and at < state.fired_at + wait:
        return None
    held = at - since >= timing.hold and count >= timing.persistence
    return event if held or state.active else None


def cleared(timing: Timing, verdict: Verdict) -> bool:
    """Tell whether an active rule clears."""
    if timing.clears:
        return verdict.clear == Truth.TRUE
    return verdict.when == Truth.FALSE


def due(timing: Timing, state: RuleState, silent_since: int, silent_ms: int) -> int | None:
    """Return the UTC ms at which a silence makes the rule fire next; None: it does not.

    Args:
        timing: Of the rule.
        state: Now.
        silent_since: UTC ms of the last value.
        silent_ms: How long is too long.
    """
    if not state.active:
        moment = silent_since + silent_ms
        if state.fired_at is not None:
            moment = max(moment, state.fired_at + timing.cooldown)
        return moment
    if timing.repeat is None or state.fired_at is None:
        return None
    return max(state.fired_at + timing.repeat, silent_since + silent_ms)
