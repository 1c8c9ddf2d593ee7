"""``dt safe``: every actuator into its safe state, now."""

import sys

import click

from controller.fitting import make_safe
from dt.cli import Settings
from dt.errors import DtError


@click.command("safe")
@click.pass_obj
def safe(settings: Settings, /) -> None:
    """Drive every actuator of this appliance into its safe state.

    For when the controller does not run: it takes the actuators from no one.
    Ends with 0: all are safe, 1: some could not be driven.
    """
    try:
        count = make_safe(settings.load())
    except DtError as error:
        click.echo(f"dt: not all is safe: {error}", err=True)
        sys.exit(1)
    click.echo(f"{count} actuators are in their safe states")
