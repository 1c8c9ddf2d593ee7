"""Which channels are told of a step in the life of an alert, and when. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from fnmatch import fnmatchcase

from dt.channels import SEVERITIES, Channel, quiet_minutes
from dt.store.alerts import AlertStep


def told_of(
    step: AlertStep, before: str, channels: Mapping[str, Channel]
) -> tuple[str, ...]:
    """Return the names of the channels that a step is told on.

    Args:
        step: In the life of an alert.
        before: Severity of the alert before it; empty: none. An alert that becomes worse
            is news to those who want only worse ones.
        channels: By name.
    """
    return tuple(
        name
        for name, channel in channels.items()
        if _wants(channel, step, before) and _matches(channel, step)
    )


def _wants(channel: Channel, step: AlertStep, before: str) -> bool:
    least = rank(channel.severity)
    if rank(step.severity) < least:
        return False
    if step.calls == 0:
        calls = step.condition in {"active", "latched"}
        return calls and bool(before) and rank(before) < least
    return step.calls > 0 or channel.cleared


def _matches(channel: Channel, step: AlertStep) -> bool:
    return _any(channel.twins, step.twin) and _any(channel.alerts, step.key)


def _any(patterns: tuple[str, ...], text: str) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)


def rank(severity: str) -> int:
    """Return how much a severity matters, 0 to 3; an unknown one is a warning."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else 2


def send_at(channel: Channel, severity: str, now: int, zone: tzinfo) -> int:
    """Return the time at which a message may be sent: now, or when it is no longer quiet.

    Args:
        channel: With its quiet hours.
        severity: Of the message.
        now: UTC ms.
        zone: Of the appliance. It is quiet by the clock on the wall; an end that comes
            twice in autumn ends it the second time, one that is left out in spring an
            hour later.
    """
    quiet = quiet_minutes(channel.quiet)
    if quiet is None or (severity == "critical" and not channel.quiet_critical):
        return now
    begin, end = quiet
    local = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    minute = local.hour * 60 + local.minute
    over_midnight = begin > end
    inside = (minute >= begin or minute < end) if over_midnight else begin <= minute < end
    if not inside:
        return now
    day = local.date() + timedelta(days=int(over_midnight and minute >= begin))
    wall = datetime(day.year, day.month, day.day, end // 60, end % 60, tzinfo=zone)
    ends = [round(wall.replace(fold=fold).timestamp() * 1000) for fold in (0, 1)]
    return max(*ends, now)
