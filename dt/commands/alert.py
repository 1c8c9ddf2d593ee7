"""``dt alert``: what wants a person, and what a person does about it."""

import sys

import click

from dt.cli import Settings
from dt.clock import SystemClock
from dt.commands.user import WHO, opened
from dt.errors import RequestError
from dt.rules.alerts import Alert, Change, Condition, Note
from dt.store.appliance import Appliance
from dt.times import iso_text
from dt.twin.quantities import seconds

_why = click.option("--why", default="", help="For whoever comes later.")


@click.group()
def alert() -> None:
    """List, acknowledge and shelve alerts."""


@alert.command("list")
@click.option("--all", "every", is_flag=True, help="Those that are over too.")
@click.option("--twin", help="Only those of this twin.")
@click.pass_obj
def list_alerts(settings: Settings, *, every: bool, twin: str | None) -> None:
    """List alerts, the last changed first; exit code 1 if one wants somebody now."""
    conditions = tuple(Condition) if every else None
    with opened(settings) as appliance:
        found = appliance.alerts.all(conditions=conditions, twin=twin)
    for one in found:
        click.echo(_line(one))
    sys.exit(1 if any(one.calls for one in found) else 0)


@alert.command("ack")
@click.argument("key")
@_why
@click.pass_obj
def acknowledge(settings: Settings, key: str, why: str) -> None:
    """Say that somebody has seen an alert."""
    with opened(settings) as appliance:
        click.echo(_line(_change(appliance, key, Change.ACKNOWLEDGE, why)))


@alert.command("shelve")
@click.argument("key")
@click.option("--for", "lasts", default="1h", show_default=True, help="Like 8h or 2d.")
@_why
@click.pass_obj
def shelve(settings: Settings, key: str, lasts: str, why: str) -> None:
    """Put an alert aside for a while; it comes back by itself."""
    try:
        lasts_ms = round(seconds(lasts) * 1000)
    except ValueError as error:
        raise RequestError(f"--for is {lasts!r}: expected {error}") from error
    with opened(settings) as appliance:
        until = SystemClock().now_ms() + lasts_ms
        click.echo(_line(_change(appliance, key, Change.SHELVE, why, until)))


@alert.command("unshelve")
@click.argument("key")
@_why
@click.pass_obj
def unshelve(settings: Settings, key: str, why: str) -> None:
    """Bring a shelved alert back now."""
    with opened(settings) as appliance:
        click.echo(_line(_change(appliance, key, Change.UNSHELVE, why)))


def _change(
    appliance: Appliance, key: str, what: Change, why: str, until: int | None = None
) -> Alert:
    note = Note(at=SystemClock().now_ms(), by=WHO, why=why, until=until)
    with appliance.database.transaction():
        before = appliance.alerts.get(key)
        after = appliance.alerts.change(key, what, note)
        appliance.audit.add(
            WHO,
            f"alert.{what}",
            key,
            {"condition": before.condition, "text": before.text},
            {"condition": after.condition, "text": after.text, "why": why},
        )
    return after


def _line(one: Alert) -> str:
    since = iso_text(one.raised_at)[:16].replace("T", " ")
    times = f" ({one.count} times)" if one.count > 1 else ""
    by = f"  by {one.by}" if one.by else ""
    return f"{one.severity:8} {one.condition:12} {since}Z  {one.key}: {one.text}{times}{by}"
