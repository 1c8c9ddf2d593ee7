"""``dt init``: a configuration and a first twin to edit."""

from pathlib import Path

import click

from dt.errors import ConfigError

SAMPLE = Path(__file__).parents[1] / "dt.sample.yaml"
FIRST_TWIN = """\
# One file declares one twin. Every key: docs/twin.md. What is wrong: dt twin check twins
"@id": dt:ThisComputer_001
name: This computer
signals:
  cpu.load: {unit: "%", range: [0, 100], title: Processor}
  memory.used: {unit: "%", range: [0, 100], title: Memory}
sensors:
  machine: {driver: host, every: 5s, reads: {cpu: cpu.load, memory: memory.used}}
"""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def init(folder: Path) -> None:
    """Write dt.yaml (every key, at its default) and a first twin into FOLDER."""
    files = {
        folder / "dt.yaml": SAMPLE.read_text(encoding="utf-8"),
        folder / "twins" / "this-computer" / "twin.yaml": FIRST_TWIN,
    }
    there = [str(path) for path in files if path.exists()]
    if there:
        raise ConfigError(
            f"{' and '.join(there)} exist already: nothing was written",
            hint="choose another folder: dt init FOLDER",
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {path}")
    click.echo("next: dt doctor (what is connected), then dt up --config dt.yaml")
