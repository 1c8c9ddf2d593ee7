"""``dt command``: ask an actuator for something, and hear what became of it."""

import sys
import time
from datetime import UTC, datetime

import click

from dt.cli import Settings
from dt.clock import Clock, SystemClock
from dt.commands.user import WHO, opened
from dt.errors import RequestError
from dt.store import asking
from dt.store.appliance import Appliance
from dt.store.commands import CommandRow, NewCommand, State
from dt.twin.quantities import seconds

_LOOK_EVERY_S = 0.05
_LISTED = 20
_LATE_MS = 2_000
_GOOD = (State.RUNNING, State.DONE)


@click.command("command")
@click.argument("twin", required=False)
@click.argument("actuator", required=False)
@click.argument("what", metavar="COMMAND", required=False)
@click.option("--for", "lasts", help="How long: 10s, 5min; else open.")
@click.option("--reason", default="", help="Why, for whoever asks later.")
@click.option(
    "--wait/--no-wait", default=True, help="Wait for what becomes of it.", show_default=True
)
@click.option("--list", "listing", is_flag=True, help="Show the newest commands instead.")
@click.pass_obj
def command(  # noqa: PLR0913, PLR0917 - one parameter for each word of the command line
    settings: Settings,
    twin: str | None,
    actuator: str | None,
    what: str | None,
    lasts: str | None,
    reason: str,
    wait: bool,
    listing: bool,
) -> None:
    """Ask ACTUATOR of TWIN (id or name) for COMMAND: ON, OFF, SET_PWM:0.4, SET:21.5.

    The interlocks have the last word. Exit code 1: refused, failed or expired.
    """
    with opened(settings) as appliance:
        if listing:
            _show_newest(appliance, twin, actuator)
            return
        if twin is None or actuator is None or what is None:
            raise click.UsageError("name TWIN, ACTUATOR and COMMAND, or say --list")
        row = asking.ask(
            appliance,
            NewCommand(
                twin=asking.id_of(appliance, twin),
                actuator=actuator,
                command=what,
                duration_s=_duration(lasts),
                by=WHO,
                reason=reason,
            ),
        )
        clock = SystemClock()
        if wait:
            row = awaited(appliance, row, clock)
        now = clock.now_ms()
    click.echo(told(row, now))
    if wait and row.state not in _GOOD:
        sys.exit(1)


def awaited(appliance: Appliance, row: CommandRow, clock: Clock) -> CommandRow:
    """Return a command once it is over, or runs without an end.

    One that nobody judges in time is returned as it is, two seconds after its time.
    """
    while row.open and not (row.state is State.RUNNING and row.duration_s is None):
        if row.state is State.QUEUED and clock.now_ms() > row.not_after + _LATE_MS:
            break
        time.sleep(_LOOK_EVERY_S)
        row = appliance.commands.get(row.id)
    return row


def told(row: CommandRow, now: int) -> str:
    """Return in one sentence what became of a command; `now` in UTC ms."""
    lasts = f" for {row.duration_s:g} s" if row.duration_s is not None else ""
    said = f"{row.actuator} {row.command}{lasts}: {row.state}"
    if row.detail:
        said += f", {row.detail}"
    if row.state is State.QUEUED and now > row.not_after:
        said += "; nobody judged it: see whether the controller runs, dt status"
    if row.state is State.REFUSED:
        said += _when(row, now)
    return said


def _when(row: CommandRow, now: int) -> str:
    if row.allowed_at is None:
        return "; waiting does not help"
    if row.allowed_at <= now:
        return "; it is allowed now"
    left = (row.allowed_at - now) / 1000
    return f"; allowed at {_moment(row.allowed_at)}, in {left:.0f} s"


def _show_newest(appliance: Appliance, twin: str | None, actuator: str | None) -> None:
    found = appliance.commands.newest(
        _LISTED,
        twin=asking.id_of(appliance, twin) if twin else None,
        actuator=actuator,
    )
    now = SystemClock().now_ms()
    for row in found:
        who = row.by if row.source == "person" else f"{row.source} {row.by}"
        click.echo(f"{_moment(row.asked_at)}  {who:20} {told(row, now)}  {row.id}")
    if not found:
        click.echo("no command was asked yet", err=True)


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _duration(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(seconds(text))
    except ValueError as error:
        raise RequestError(f"--for is {text!r}: expected {error}") from error
