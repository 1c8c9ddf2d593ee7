"""``dt backup`` and ``dt restore``: the whole appliance in one file."""

from pathlib import Path

import click

from dt.cli import Settings
from dt.clock import SystemClock
from dt.commands import progress
from dt.store import backup as store
from dt.times import iso_text

_file = click.argument("file", type=click.Path(path_type=Path))
_quiet = click.option("--quiet", is_flag=True, help="No progress bar.")


@click.command()
@_file
@_quiet
@click.pass_obj
def backup(settings: Settings, /, file: Path, quiet: bool) -> None:
    """Write everything to FILE, while the appliance runs; media are not in it."""
    config = settings.load()
    clock = SystemClock(config.clock.trust)
    with progress.bar(3 * store.size_of(config), "saving", quiet=quiet) as moved:
        manifest = store.make(config, clock, file, moved)
    rows = {part.name: sum(part.rows.values()) for part in manifest.parts}
    told = ", ".join(f"{name} with {n} rows" for name, n in rows.items())
    click.echo(f"{file}: {told}; {file.stat().st_size} bytes, read back and good")


@click.command()
@_file
@click.option("--force", is_flag=True, help="Replace what the data folder holds.")
@_quiet
@click.pass_obj
def restore(settings: Settings, /, file: Path, force: bool, quiet: bool) -> None:
    """Bring FILE back into the data folder of a stopped appliance."""
    config = settings.load()
    size = file.stat().st_size * 4 if file.exists() else 0
    with progress.bar(size, "restoring", quiet=quiet) as moved:
        manifest = store.restore(config, file, force=force, told=moved)
    click.echo(
        f"{config.data_dir}: as {manifest.appliance!r} was at {iso_text(manifest.made_at)}"
    )
    if force:
        click.echo(f"what was there before is kept as *.{store.BEFORE}")
