"""``dt twin``: check twin files, list what a folder declares, print their schema."""

import json
import sys
from pathlib import Path

import click

from dt import plugins, twins
from dt.twin import schema, units
from dt.twin.description import TwinDescription
from dt.twin.document import Problem
from dt.twin.reader import HINT, TwinSet

_PATH = click.Path(path_type=Path)


@click.group("twin")
def twin() -> None:
    """Look at twins as files."""


@twin.command("check")
@click.argument("paths", nargs=-1, required=True, type=_PATH)
def check(paths: tuple[Path, ...]) -> None:
    """Check twin files and folders of them; say everything that is wrong.

    Ends with 0: all are good, 2: some are wrong or missing.
    """
    found = twins.load_all(paths)
    problems = [problem for broken in found.broken for problem in broken.problems]
    problems += [problem for one in found.twins for problem in _unknown_drivers(one)]
    for one in found.twins:
        click.echo(_summary(one))
        for warning in one.warnings:
            click.echo(f"  warning: {warning}")
    if not found.twins and not found.broken:
        places = ", ".join(map(str, paths))
        click.echo(f"dt: no twin.yaml, twin.yml or twin.json at {places}", err=True)
        sys.exit(2)
    for problem in problems:
        click.echo(f"dt: {problem}", err=True)
    if problems:
        count = len({problem.file for problem in problems})
        text = f"{len(problems)} problems in {count} of {_files(found)} files; {HINT}"
        click.echo(f"dt: {text}", err=True)
        sys.exit(2)


@twin.command("scan")
@click.argument("folder", type=_PATH)
def scan(folder: Path) -> None:
    """Print the twins at and below FOLDER as JSON; broken files on stderr.

    Ends with 0: all are good, 1: some are broken, 2: there is no such folder.
    """
    if not folder.exists():
        click.echo(f"dt: there is no folder {str(folder)!r}", err=True)
        sys.exit(2)
    found = twins.load_all([folder])
    rows = [_row(one) for one in found.twins]
    click.echo(json.dumps({"twins": rows}, indent=2, ensure_ascii=False))
    for broken in found.broken:
        for problem in broken.problems:
            click.echo(f"dt: {problem}", err=True)
    sys.exit(1 if found.broken else 0)


@twin.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of twin files, for editors."""
    click.echo(schema.text(), nl=False)


def _row(one: TwinDescription) -> dict[str, object]:
    interfaces, dependencies = one.interfaces, one.dependencies
    return {
        "path": one.source,
        "id": one.id,
        "name": one.name,
        "tenant": one.tenant,
        "metadata": one.metadata,
        "interfaces": {
            "api": interfaces.api,
            "data_streams": list(interfaces.data_streams),
        },
        "dependencies": {
            "static": list(dependencies.static),
            "dynamic": list(dependencies.dynamic),
        },
    }


def _unknown_drivers(one: TwinDescription) -> list[Problem]:
    """Return a problem for each sensor whose driver is not installed here."""
    known = plugins.names("dt.sensors")
    return [
        Problem(
            file=one.source,
            line=one.line(f"sensors.{name}.driver"),
            path=f"sensors.{name}.driver",
            seen=repr(sensor.driver),
            expected=f"a driver that is installed: {', '.join(sorted(known)) or 'none'}",
        )
        for name, sensor in one.sensors.items()
        if sensor.driver not in known
    ]


def _summary(one: TwinDescription) -> str:
    head = f"{one.source}: {one.id} · {one.name} · tenant {one.tenant}"
    lines = [head, *(f"  {line}" for line in _signals(one))]
    return "\n".join(lines)


def _signals(one: TwinDescription) -> list[str]:
    sources = {
        signal: f"{sensor.driver} ({name}) {quantity}"
        for name, sensor in one.sensors.items()
        for quantity, signal in sensor.reads.items()
    }
    rows = [
        (name, units.display(spec.unit), sources.get(name, "no sensor"))
        for name, spec in one.signals.items()
    ]
    rows += [
        (name, units.display(spec.unit), f"= {spec.formula}")
        for name, spec in one.derived.items()
    ]
    wide = max((len(name) for name, _, _ in rows), default=0)
    return [f"{name:{wide}}  {unit:8} {source}".rstrip() for name, unit, source in rows]


def _files(found: TwinSet) -> int:
    return len(found.twins) + len(found.broken)
