"""``dt notify``: who is told of alerts, tried by hand; and the process that tells them."""

import signal
import sys
import time
from contextlib import closing

import click
import msgspec

from dt import config as configuration
from dt import logs, service
from dt.channels import Channel, shown
from dt.cli import Settings
from dt.clock import SystemClock
from dt.config import Config
from dt.errors import ConfigError, NotFoundError
from dt.notify import child
from dt.notify.child import Tested
from dt.notify.facts import style_of, title_of
from dt.notify.message import a_test
from dt.notify.posting import address_of, post
from dt.notify.sender import Sender
from dt.store.appliance import Appliance
from dt.times import iso_text

ENDS_AFTER_S = 75
"""However it may be, also when nobody looks after it any more."""
_given = click.option("--config-on-stdin", "given", is_flag=True, hidden=True)


@click.group()
def notify() -> None:
    """See and test the channels on which people are told of alerts."""


@notify.command("list")
@click.pass_obj
def list_channels(settings: Settings) -> None:
    """List the channels: kind, least severity, quiet hours, last message, what waits."""
    config = settings.load()
    if not config.notify.channels:
        click.echo("no channel: see notify in dt.yaml, and docs/notifications.md")
    with closing(Appliance.open(config)) as appliance:
        for name, channel in config.notify.channels.items():
            click.echo(_line(appliance, name, channel))


@notify.command("test")
@click.argument("channel")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@_given
@click.pass_obj
def test(settings: Settings, /, channel: str, *, as_json: bool, given: bool) -> None:
    """Send a test message on a channel now; exit code 1 if it could not be sent."""
    config = _config(settings, given=given)
    if channel not in config.notify.channels:
        known = ", ".join(config.notify.channels) or "none"
        raise NotFoundError(f"there is no channel {channel!r}: expected one of {known}")
    found = _tested(config, channel)
    if as_json:
        click.echo(msgspec.json.encode(found))
    elif found.error:
        click.echo(f"{channel}: not sent: {found.error}", err=True)
    else:
        click.echo(f"{channel}: sent in {found.took_ms} ms")
    child.leave(1 if found.error else 0)


@notify.command("send")
@_given
@click.pass_obj
def send(settings: Settings, /, *, given: bool) -> None:
    """Send what is due, once; the controller calls this by itself."""
    config = _config(settings, given=given)
    logs.set_up(config.log.level)
    signal.alarm(ENDS_AFTER_S)
    child.stand_back()
    clock = SystemClock(config.clock.trust)
    with (
        service.only_one(config.data_dir, "notify"),
        closing(Appliance.open(config, clock)) as appliance,
    ):
        Sender(config, appliance, clock).run()
    child.leave(0)


def _config(settings: Settings, *, given: bool) -> Config:
    return configuration.parse(sys.stdin.read(), "stdin") if given else settings.load()


def _tested(config: Config, name: str) -> Tested:
    with closing(Appliance.open(config)) as appliance:
        title = title_of(config, appliance)
        message = a_test(name, title, style_of(config, appliance))
    began = time.monotonic()
    try:
        url = address_of(name, config.notify.channels[name])
        error = post(url, message, title).error
    except ConfigError as wrong:
        error = wrong.message
    took_ms = round((time.monotonic() - began) * 1000)
    return Tested(channel=name, error=error, took_ms=took_ms)


def _line(appliance: Appliance, name: str, channel: Channel) -> str:
    try:
        kind = shown(address_of(name, channel))
    except ConfigError as wrong:
        kind = wrong.message
    parts = [f"{name:<16} {kind}", f"from {channel.severity}"]
    if channel.quiet:
        parts.append(f"quiet {channel.quiet}")
    last = appliance.deliveries.newest(name, 1)
    if last:
        done = iso_text(last[0].done_at or 0)
        parts.append(f"last {'sent' if last[0].sent else 'given up'} {done}")
    waiting = appliance.deliveries.waiting(name)
    if waiting:
        why = f": {waiting[0].error}" if waiting[0].error else ""
        parts.append(f"{len(waiting)} waiting, next {iso_text(waiting[0].next_at)}{why}")
    return ", ".join(parts)
