"""What a message says: how bad, which twin, since when, what was seen and done. Pure."""

from datetime import UTC, datetime, tzinfo

import msgspec

from dt.notify.words import time_format, word
from dt.rules.alerts import Alert, Condition
from dt.store.alerts import AlertStep
from dt.store.commands import CommandRow

_LONGEST_TITLE = 160


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message; `severity` is that of the alert."""

    title: str
    body: str
    severity: str


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How messages of this appliance are written.

    Attributes:
        language: ``en`` or ``de``.
        zone: In which times are told.
        link: To the dashboard; empty: none.
    """

    language: str
    zone: tzinfo
    link: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a message may say.

    Attributes:
        step: That is told.
        alert: As it is now; None: it is gone.
        twin: What people call the twin.
        seen: Values that the rule judged, with names and units.
        commands: That followed.
    """

    step: AlertStep
    alert: Alert | None
    twin: str
    seen: tuple[str, ...] = ()
    commands: tuple[CommandRow, ...] = ()


def written(facts: Facts, style: Style) -> Message:
    """Return the message that tells a step in the life of an alert."""
    step, language = facts.step, style.language
    first = word(language, step.severity)
    if step.calls < 0:
        first = word(language, _end(step))
    title = " ".join(f"{first}: {facts.twin}: {step.text}".split())
    if len(title) > _LONGEST_TITLE:
        title = f"{title[: _LONGEST_TITLE - 1]}…"
    lines = _ended(facts, style) if step.calls < 0 else _begun(facts, style)
    if style.link:
        lines.append(style.link)
    body = "\n".join([step.text, "", *lines])
    return Message(title=title, body=body, severity=step.severity)


def a_test(channel: str, appliance: str, style: Style) -> Message:
    """Return a message that tests a channel.

    Args:
        channel: Its name.
        appliance: What people call this appliance.
        style: How messages are written.
    """
    said = word(style.language, "This is a test of the channel {name}.", name=channel)
    body = f"{said}\n{style.link}".strip()
    title = f"{word(style.language, 'test')}: {appliance}"
    return Message(title=title, body=body, severity="info")


def _end(step: AlertStep) -> str:
    if step.change == "acknowledge":
        return "acknowledged"
    return "shelved" if step.condition is Condition.SHELVED else "over"


def _begun(facts: Facts, style: Style) -> list[str]:
    alert, language = facts.alert, style.language
    since = alert.raised_at if alert is not None else facts.step.at
    lines = [word(language, "Since {time}", time=_time(min(since, facts.step.at), style))]
    if facts.seen:
        lines.append(word(language, "Seen: {what}", what=", ".join(facts.seen)))
    doing = [_command(row, language) for row in facts.commands]
    if doing:
        lines.append(word(language, "Done about it: {what}", what="; ".join(doing)))
    else:
        lines.append(word(language, "Nothing is done about it by itself."))
    if alert is not None and alert.cleared_at is not None and not alert.holds:
        over = _time(alert.cleared_at, style)
        lines.append(word(language, "Over since {time}", time=over))
    return lines


def _ended(facts: Facts, style: Style) -> list[str]:
    step, language = facts.step, style.language
    first = f"{word(language, _end(step))}: {_time(step.at, style)}"
    if step.by:
        first = f"{first} {word(language, 'by {who}', who=step.by)}"
    if facts.alert is None:
        return [first]
    since = _time(min(facts.alert.raised_at, step.at), style)
    return [first, step.why, word(language, "Since {time}", time=since)]


def _command(row: CommandRow, language: str) -> str:
    what = f"{row.actuator} {row.command}"
    if row.duration_s is not None:
        seconds = f"{row.duration_s:g}"
        what = word(language, "{command} for {seconds} s", command=what, seconds=seconds)
    return f"{what}, {word(language, row.state)}"


def _time(utc_ms: int, style: Style) -> str:
    local = datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(style.zone)
    return local.strftime(time_format(style.language))
