"""``dt control``: who owns a twin's actuators, and which are locked out."""

import click

from dt.cli import Settings
from dt.commands.user import WHO, opened
from dt.store import asking
from dt.store.control import Mode
from dt.times import day_text

_MODES = click.Choice([mode.value for mode in Mode])


@click.group("control")
def control() -> None:
    """Choose modes, lock actuators out."""


@control.command("mode")
@click.argument("twin")
@click.argument("mode", type=_MODES, required=False)
@click.pass_obj
def mode(settings: Settings, twin: str, mode: str | None) -> None:
    """Say who owns the actuators of TWIN (id or name), or choose it.

    manual: people; automatic: rules, routines and loops; autopilot: models too.
    """
    with opened(settings) as appliance:
        known = asking.id_of(appliance, twin)
        if mode is not None:
            asking.choose_mode(appliance, known, Mode(mode), WHO)
        found = appliance.control.mode(known)
    since = f", chosen by {found.by} {day_text(found.at)}" if found.by else ""
    click.echo(f"{known} is {found.mode}{since}")


@control.command("lock")
@click.argument("twin")
@click.argument("actuator")
@click.option("--reason", default="", help="Why, for whoever finds it locked.")
@click.pass_obj
def lock(settings: Settings, twin: str, actuator: str, reason: str) -> None:
    """Lock ACTUATOR of TWIN out: only its safe state passes, for anybody."""
    with opened(settings) as appliance:
        known = asking.id_of(appliance, twin)
        asking.lock(appliance, known, actuator, WHO, reason)
    click.echo(f"{known}/{actuator} is locked out")


@control.command("unlock")
@click.argument("twin")
@click.argument("actuator")
@click.pass_obj
def unlock(settings: Settings, twin: str, actuator: str) -> None:
    """Let ACTUATOR of TWIN work again."""
    with opened(settings) as appliance:
        known = asking.id_of(appliance, twin)
        asking.unlock(appliance, known, actuator, WHO)
    click.echo(f"{known}/{actuator} works again")
