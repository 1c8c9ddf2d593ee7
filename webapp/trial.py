"""Dry runs: where a rule would have fired, and when a routine will be due."""

import msgspec

from dt import plugins
from dt.errors import RequestError
from dt.rules.description import Firing, Happening
from dt.rules.dry_run import dry_run
from dt.rules.rule import Rule
from dt.store.past import coarse, past_of
from webapp import automation
from webapp.automation import Written
from webapp.context import Context

LONGEST_MS = 366 * 86_400_000
MOST_FIRINGS = 1000
MOST_SLOTS = 500


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One time that a rule would have held.

    Attributes:
        start: UTC ms at which it fired.
        end: UTC ms at which it cleared; None: it held until the end of the range.
        firing: What it would have said, with its trace.
        repeats: How often it would have acted again meanwhile.
    """

    start: int
    end: int | None
    firing: Firing
    repeats: int = 0


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would have done.

    Attributes:
        start, end: The range, UTC ms.
        bucket_ms: Means of so long were judged, not single readings; 0: readings.
        rows: How many values were judged.
        fired: How often it would have fired.
        held_ms: How long it would have held, all together.
        firings: The last of them, at most 1,000.
        inputs: Full names of its signals.
    """

    start: int
    end: int
    bucket_ms: int
    rows: int
    fired: int
    held_ms: int
    firings: list[Firing]
    inputs: list[str]

    @property
    def episodes(self) -> list[Episode]:
        """The firings put together: from when to when, oldest first."""
        found: list[Episode] = []
        for one in self.firings:
            last = found[-1] if found else None
            if one.happening is Happening.FIRED:
                found.append(Episode(start=one.at, end=None, firing=one))
            elif last is not None and one.happening is Happening.REPEATED:
                found[-1] = msgspec.structs.replace(last, repeats=last.repeats + 1)
            elif last is not None:
                found[-1] = msgspec.structs.replace(last, end=one.at)
        return found


def of_rule(context: Context, draft: Written, start: int, end: int) -> Trial:
    """Return what a rule would have done in [start, end) UTC ms.

    Raises:
        NotFoundError: There is no such twin.
        RuleError: Something is wrong with the rule.
        RequestError: The range is longer than a year.
    """
    if not 0 < end - start <= LONGEST_MS:
        raise RequestError(
            f"the range is {(end - start) / 86_400_000:g} days: expected a year at most"
        )
    rule = automation.rule_from(context, draft)
    past = past_of(context.log, rule, start, end)
    context.pause()
    found = context.offload(dry_run, coarse(rule, past.bucket_ms), past.columns, start, end)
    return _told(rule, found, (start, end), (past.bucket_ms, past.rows))


def slots(context: Context, draft: Written, start: int, end: int) -> list[int]:
    """Return the UTC ms at which a routine is due in [start, end), at most 500.

    None for one that runs at an interval, which counts from when it last ran, and for
    one with the sun while nobody said where the appliance is.

    Raises:
        NotFoundError: There is no such twin.
        RuleError: Something is wrong with the routine.
        RequestError: The range is longer than a year.
    """
    if not 0 < end - start <= LONGEST_MS:
        raise RequestError(
            f"the range is {(end - start) / 86_400_000:g} days: expected a year at most"
        )
    wrong = automation.wrongs(context, draft)
    if wrong:
        raise automation.refusal(draft, wrong)
    twin = automation.with_draft(automation.twin_of(context, draft.twin), draft)
    upcoming = plugins.load("dt.previews", "routines")
    me = context.config.appliance
    place = (context.timezone(), me.latitude, me.longitude)
    found: list[int] = upcoming(twin, draft.name, place, (start, end))
    return found[:MOST_SLOTS]


def _told(
    rule: Rule,
    found: tuple[Firing, ...],
    span: tuple[int, int],
    judged: tuple[int, int],
) -> Trial:
    start, end = span
    held, since = 0, None
    for one in found:
        if one.happening is Happening.FIRED:
            since = one.at
        elif one.happening is Happening.CLEARED and since is not None:
            held, since = held + one.at - since, None
    if since is not None:
        held += max(0, end - since)
    return Trial(
        start=start,
        end=end,
        bucket_ms=judged[0],
        rows=judged[1],
        fired=sum(one.happening is Happening.FIRED for one in found),
        held_ms=held,
        firings=list(found[-MOST_FIRINGS:]),
        inputs=[one.full_name for one in rule.inputs],
    )
