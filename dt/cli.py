"""The ``dt`` command. Sub-commands are entry points, imported when they are asked for."""

import sys
from pathlib import Path
from typing import Any

import click

from dt import __version__, config, plugins, service
from dt.errors import ConfigError, DtError, ImportedError


class Commands(click.Group):
    """A group that finds its commands among the entry points of ``dt.commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name."""
        return sorted({*super().list_commands(ctx), *plugins.names("dt.commands")})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return one command."""
        built_in = super().get_command(ctx, name)
        if built_in is not None or name not in plugins.names("dt.commands"):
            return built_in
        command: click.Command = plugins.load("dt.commands", name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dt")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    help="dt.yaml; else DT_CONFIG, else all defaults.",
)
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the data.")
@click.pass_context
def dt(ctx: click.Context, file: Path | None, data: Path | None) -> None:
    """Sense, judge, keep and show: a digital-twin appliance."""
    ctx.obj = Settings(file, data)


class Settings:
    """The configuration of this call, read when a command first asks for it."""

    def __init__(self, file: Path | None = None, data: Path | None = None) -> None:
        self.file = file
        self.data = data

    def load(self, **changes: Any) -> config.Config:
        """Return the configuration; options of the command line win."""
        return config.with_changes(config.load(self.file), data=self.data, **changes)


@dt.command("run")
@click.argument("name")
@click.option("--parent", type=int, hidden=True, help="Process to end with.")
@click.pass_obj
def run(settings: Settings, /, name: str, *, parent: int | None) -> None:
    """Run one process of a role (what systemd starts): dt run collector."""
    sys.exit(service.run(name, settings.load(), parent))


@dt.group("config")
def config_group() -> None:
    """Look at configuration files."""


@config_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def config_check(file: Path) -> None:
    """Check a dt.yaml and say all that is wrong with it."""
    config.load(file)
    click.echo(f"{file}: good")


def main() -> None:
    """Run the command; errors of the product are one line, not a traceback."""
    try:
        dt(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except OSError as error:
        if not error.filename:
            raise
        click.echo(f"dt: {error.strerror}: {str(error.filename)!r}", err=True)
        sys.exit(1)
    except DtError as error:
        click.echo(f"dt: {error.message}", err=True)
        if error.hint:
            click.echo(f"    {error.hint}", err=True)
        sys.exit(2 if isinstance(error, (ConfigError, ImportedError)) else 1)
