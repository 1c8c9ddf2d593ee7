"""Alerts in words and shapes: how bad, since when, who has seen it, what became of it."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec

from dt.rules.alerts import Alert, Change, Condition
from dt.rules.description import Severity
from dt.store.alerts import AlertStep
from webapp.language import _
from webapp.show import times
from webapp.show.signals import Signal
from webapp.show.sparks import Spark

PILLS = {
    Severity.INFO: "info",
    Severity.NOTICE: "info",
    Severity.WARNING: "warn",
    Severity.CRITICAL: "crit",
}
_ORDER = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.NOTICE: 2, Severity.INFO: 3}
OPEN = (Condition.ACTIVE, Condition.LATCHED, Condition.ACKNOWLEDGED)


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A small picture of a signal's last day.

    Attributes:
        spark: Its paths.
        fired: Path of a mark for each firing.
    """

    signal: Signal
    spark: Spark
    fired: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a list.

    Attributes:
        alert: Itself.
        pill: Shape and colour of its severity.
        severity: The same as a word.
        twin: What people call the twin.
        state: What holds now, and who did what: one sentence.
        picture: Of its signal, with its firings in it; None: it is about none.
        doing: What is being done about it, as far as the appliance does; may be empty.
    """

    alert: Alert
    pill: str
    severity: str
    twin: str
    state: str
    picture: Picture | None = None
    doing: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts that are shown as one; `title` empty: there is only one."""

    title: str
    alerts: tuple[Shown, ...]


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the life of an alert, for people.

    Attributes:
        key: Of the alert.
        about: What the alert said then.
        at: UTC ms.
        lead: What happened to it.
        text: Who, why, or what it said.
        pill: Shape and colour.
    """

    key: str
    about: str
    at: int
    lead: str
    text: str
    pill: str


def severity_word(severity: str) -> str:
    """Return a severity as a word."""
    return {
        "info": _("info"),
        "notice": _("notice"),
        "warning": _("warning"),
        "critical": _("critical"),
    }.get(severity, severity)


def shown(alert: Alert, names: Mapping[str, str], now: int) -> Shown:
    """Return an alert as a list shows it.

    Args:
        alert: Itself.
        names: Id of a twin to what people call it.
        now: UTC ms.
    """
    return Shown(
        alert=alert,
        pill=PILLS[alert.severity] if alert.condition in OPEN else "off",
        severity=severity_word(alert.severity),
        twin=names.get(alert.twin, alert.twin),
        state=state_of(alert, now),
    )


def groups(found: Sequence[Shown]) -> list[Group]:
    """Return alerts by group: the worst first, then those that call, then the newest."""
    ordered = sorted(found, key=_rank)
    first = {one.alert.group: index for index, one in reversed(list(enumerate(ordered)))}
    together = sorted(ordered, key=lambda one: first[one.alert.group])
    made = []
    for name, members in groupby(together, key=lambda one: one.alert.group):
        mine = tuple(members)
        title = name.partition("/")[2] if len(mine) > 1 else ""
        made.append(Group(title=title, alerts=mine))
    return made


def _rank(one: Shown) -> tuple[bool, int, int]:
    return not one.alert.calls, _ORDER[one.alert.severity], -one.alert.raised_at


def state_of(alert: Alert, now: int) -> str:
    """Return in one sentence what holds now, and who did what."""
    if alert.condition is Condition.SHELVED and alert.shelved_until is not None:
        until = times.moment(alert.shelved_until, now)
        return _said(
            _("shelved by %(who)s until %(time)s", who=alert.by, time=until), alert
        )
    if alert.condition is Condition.ACKNOWLEDGED:
        return _said(_("seen by %(who)s", who=alert.by), alert)
    if alert.condition is Condition.LATCHED:
        return _("over, and nobody has seen it yet")
    if alert.condition is Condition.CLEARED:
        return _cleared(alert)
    return _("nobody has seen it yet")


def _cleared(alert: Alert) -> str:
    lasted = times.span(((alert.cleared_at or alert.changed_at) - alert.raised_at) / 1000)
    if alert.seen and alert.by:
        return _("over after %(span)s, seen by %(who)s", span=lasted, who=alert.by)
    return _("over after %(span)s", span=lasted)


def _said(text: str, alert: Alert) -> str:
    return f"{text}: {alert.why}" if alert.why else text


def life(steps: Sequence[AlertStep]) -> list[Moment]:
    """Return the steps of an alert's life as sentences, in the order given."""
    return [_moment(step) for step in steps]


def _moment(step: AlertStep) -> Moment:
    by = step.by or _("the appliance")
    leads = {
        Change.RAISE: _("It began"),
        Change.END: _("It was over"),
        Change.ACKNOWLEDGE: _("Seen by %(who)s", who=by),
        Change.SHELVE: _("Shelved by %(who)s", who=by),
        Change.UNSHELVE: _("Back from the shelf, by %(who)s", who=by),
    }
    text = step.text if step.change == Change.RAISE else step.why
    if step.change == Change.END and step.condition is Condition.LATCHED:
        text = _("it stays until somebody has seen it")
    pill = PILLS[Severity(step.severity)] if step.change == Change.RAISE else "off"
    return Moment(
        key=step.key,
        about=step.text,
        at=step.at,
        lead=leads.get(Change(step.change), step.change),
        text=text,
        pill="good" if step.change == Change.END else pill,
    )
