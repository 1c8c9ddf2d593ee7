"""The alert that matters most: what, since when, and what is being done about it."""

import msgspec

from dt.rules.alerts import Alert
from dt.rules.description import Severity
from dt.store.commands import CommandRow, State
from webapp.language import _
from webapp.show import commands, times
from webapp.show.commands import Thing
from webapp.show.rich import left, since

_RANK = (Severity.CRITICAL, Severity.WARNING, Severity.NOTICE, Severity.INFO)
_KINDS = {
    Severity.CRITICAL: "crit",
    Severity.WARNING: "warn",
    Severity.NOTICE: "info",
    Severity.INFO: "info",
}


class Banner(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as a banner.

    Attributes:
        key: Of the alert.
        kind: Class of the notice: ``crit``, ``warn`` or ``info``.
        lead: The words in front, in bold.
        text: The rest, and since when; see `rich`.
        doing: What is being done about it, see `rich`; may be empty.
        others: How many more alerts want somebody.
    """

    key: str
    kind: str
    lead: str
    text: str
    doing: str
    others: int


def worst(alerts: list[Alert], twin: str) -> Alert | None:
    """Return the alert to show first: by severity, then of this twin, then the newest."""
    calling = [alert for alert in alerts if alert.calls]
    return min(
        calling,
        key=lambda a: (_RANK.index(a.severity), a.twin != twin, -a.raised_at),
        default=None,
    )


def banner(alert: Alert, doing: str, others: int) -> Banner:
    """Return an alert as a banner."""
    lead, _mark, text = alert.text.partition(": ")
    lasts = _("for %(span)s", span=since(alert.raised_at))
    if not alert.holds:
        lasts = _("over, but nobody has seen it yet")
    return Banner(
        key=alert.key,
        kind=_KINDS[alert.severity],
        lead=lead,
        text=f"{text} {lasts}".strip(),
        doing=doing,
        others=others,
    )


def doing(row: CommandRow, thing: Thing, now: int) -> str:
    """Return what a command of an alert's rule does about it."""
    facts = {"what": thing.noun}
    if row.state is State.REFUSED:
        return _refused(row, thing, now)
    if row.state is State.RUNNING:
        return _running(row, thing)
    if row.state is State.DONE:
        ran = times.span(round(commands.ran_s(row, now)))
        at = times.moment(row.ended_at or row.asked_at, now)
        return _("the %(what)s ran %(span)s at %(time)s", **facts, span=ran, time=at)
    said = commands.outcome(row, thing, now)
    return _("the %(what)s was asked: %(said)s", **facts, said=said)


def _refused(row: CommandRow, thing: Thing, now: int) -> str:
    facts = {"what": thing.noun}
    if row.allowed_at is None or row.allowed_at <= now:
        why = commands.refusal(row, thing.limit, now)
        return _("the %(what)s was refused: %(why)s", **facts, why=why)
    wait = left(row.allowed_at)
    if thing.waters:
        return _("the %(what)s may water again in %(left)s", **facts, left=wait)
    return _("the %(what)s may run again in %(left)s", **facts, left=wait)


def _running(row: CommandRow, thing: Thing) -> str:
    if row.duration_s is None or row.started_at is None:
        return _("the %(what)s runs", what=thing.noun)
    end = row.started_at + round(row.duration_s * 1000)
    return _("the %(what)s runs for %(left)s more", what=thing.noun, left=left(end))
