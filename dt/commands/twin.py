"""``dt twin``: check twin files, list what a folder declares, print their schema."""

import difflib
import json
import sys
from pathlib import Path

import click

from dt import plugins, twins
from dt.errors import PluginError, UnitError
from dt.processing.calibrate import Calibration
from dt.twin import options, schema, units
from dt.twin.description import TwinDescription
from dt.twin.document import Problem, Reader
from dt.twin.reader import HINT

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
    for one in found.twins:
        problems += [*_driver_problems(one), *_other_problems(one)]
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
        files = _count(len(found.twins) + len(found.broken), "file")
        text = f"{_count(len(problems), 'problem')} in {count} of {files}"
        click.echo(f"dt: {text}; {HINT}", err=True)
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


def _driver_problems(one: TwinDescription) -> list[Problem]:
    """Return what is wrong with each sensor in the eyes of its driver."""
    known = plugins.names("dt.sensors")
    reader = Reader(one.source)
    for name, sensor in one.sensors.items():
        if sensor.driver in known:
            _ask_driver(one, name, reader)
            continue
        path = f"sensors.{name}.driver"
        near = difflib.get_close_matches(sensor.driver, known, n=1)
        hint = f"did you mean {near[0]}?" if near else ""
        expected = f"a driver that is installed: {', '.join(known)}"
        reader.report(one.line(path), path, repr(sensor.driver), expected, hint)
    return sorted(reader.problems, key=lambda problem: problem.line)


def _other_problems(one: TwinDescription) -> list[Problem]:
    """Return what is wrong in the eyes of the organs that run the rest of the twin.

    What the core only warns of, since it may be declared another day, is no problem.
    """
    warned = {warning.path for warning in one.warnings}
    names = plugins.names("dt.checks")
    found = [problem for name in names for problem in plugins.load("dt.checks", name)(one)]
    return [problem for problem in found if problem.path not in warned]


def _ask_driver(one: TwinDescription, name: str, reader: Reader) -> None:
    sensor = one.sensors[name]
    try:
        driver = plugins.load("dt.sensors", sensor.driver)
    except PluginError as error:
        path = f"sensors.{name}.driver"
        reader.report(one.line(path), path, repr(sensor.driver), str(error))
        return
    options.options_of(one, name, driver.Options, reader)
    quantities = {q.name: q for q in driver.DESCRIPTION.quantities}
    options.check_reads(one, name, list(quantities), reader)
    for quantity, signal in sensor.reads.items():
        spec = one.signals.get(signal)
        if quantity in quantities and spec is not None:
            unit = quantities[quantity].unit
            try:
                Calibration.of(spec, unit)
            except UnitError as error:
                path = f"signals.{signal}.unit"
                seen = f"{spec.unit!r}, read from {quantity} in {unit!r}"
                reader.report(one.line(path), path, seen, "a unit that fits", str(error))


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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
