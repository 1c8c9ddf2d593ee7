"""``dt doctor``: what is connected, what is wrong, and a twin.yaml to begin with."""

import sys
from pathlib import Path

import click
import msgspec

from collector import bundle, proposal, scan
from collector.checkup import Check, Standing, check_up
from collector.scan import Found
from collector.seam import BusKind
from dt import twins
from dt.cli import Settings
from dt.clock import SystemClock
from dt.errors import ConfigError
from dt.store import whereabouts

_MARKS = {Standing.WELL: " ok  ", Standing.WARNING: " !   ", Standing.WRONG: "WRONG"}
_FILE = click.Path(path_type=Path, dir_okay=False, writable=True)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `dt doctor --json` prints.

    Attributes:
        appliance: Its id.
        hardware: ``real`` or ``sim``.
        well: Nothing is wrong.
        checks: What was looked at besides the buses.
        found: What answered on the buses.
    """

    appliance: str
    hardware: str
    well: bool
    checks: tuple[Check, ...]
    found: tuple[Found, ...]


@click.command("doctor")
@click.argument("bus", required=False, type=click.Choice([str(b) for b in scan.BUSES]))
@click.option("--pin", "pins", multiple=True, type=click.IntRange(0, 27), metavar="N")
@click.option("--propose", type=_FILE, metavar="FILE", help="Write a twin.yaml.")
@click.option("--bundle", "archive", type=_FILE, metavar="FILE.tar.gz")
@click.option("--sweep", is_flag=True, help="Remove what deleted data folders left.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_obj
def doctor(
    settings: Settings,
    /,
    bus: str | None,
    pins: tuple[int, ...],
    propose: Path | None,
    archive: Path | None,
    **flags: bool,
) -> None:
    """Look at one sort of bus or all, read each chip once, say what is wrong.

    Pins cannot be searched: those that twins name are tried, and each --pin N, which is
    pulled low for a millisecond. --propose writes a twin.yaml for the chips that no twin
    uses yet; --bundle writes a diagnostics archive without secrets. Ends with 1 if
    something is wrong.
    """
    config = settings.load()
    if flags["sweep"]:
        _sweep()
    clock = SystemClock(config.clock.trust)
    known = twins.load_all(config.twins)
    only = scan.BUSES if bus is None else (BusKind(bus),)
    found = scan.scan(config, known.twins, only=only, pins=pins, clock=clock)
    checks = check_up(config, known, clock)
    report = Report(
        appliance=config.appliance.id,
        hardware=config.hardware,
        well=all(check.standing is not Standing.WRONG for check in checks)
        and not any(one.problem and _matters(one) for one in found),
        checks=tuple(checks),
        found=tuple(found),
    )
    click.echo(msgspec.json.encode(report).decode() if flags["as_json"] else _text(report))
    if propose is not None:
        _propose(propose, found, config.appliance.id)
    if archive is not None:
        bundle.write(archive, config, known, report, clock)
        click.echo(f"wrote {archive}: look at it before you give it away", err=True)
    sys.exit(0 if report.well else 1)


def _sweep() -> None:
    """Remove the live logs of data folders that are gone, unless a process uses them."""
    for one in whereabouts.stale():
        if not one.held:
            whereabouts.remove(one)
            click.echo(f"removed {one.folder}: {one.data} is gone", err=True)


def _matters(one: Found) -> bool:
    """Tell whether a twin needs what failed; a bus that nobody uses may be missing."""
    return bool(one.sensor)


def _propose(path: Path, found: list[Found], appliance: str) -> None:
    text = proposal.propose(found, appliance)
    if not text:
        click.echo("nothing to propose: every chip that answers has its twin", err=True)
        return
    if path.exists():
        raise ConfigError(
            f"{path} exists already and is not overwritten",
            hint="give another file, and copy what you want from it",
        )
    path.write_text(text, encoding="utf-8")
    click.echo(f"wrote {path}; next: dt twin check {path}", err=True)


def _text(report: Report) -> str:
    lines = [f"{report.appliance} ({report.hardware} hardware)"]
    for one in report.found:
        lines += _found(one)
    if not report.found:
        lines.append("  no chip answers")
    for check in report.checks:
        lines.append(f" {_MARKS[check.standing]} {check.name}: {check.message}")
        if check.hint:
            lines.append(f"        {check.hint}")
    return "\n".join(lines)


def _found(one: Found) -> list[str]:
    mark = "     " if one.problem else " ok  "
    if one.problem and _matters(one):
        mark = "WRONG"
    place = " ".join(part for part in (one.bus, one.place, one.title) if part)
    said = ", ".join(f"{name} {value:g}" for name, value in one.values.items())
    if one.problem:
        said = one.problem
    elif not one.sure:
        said += " (known by its address only)"
    used = f" [{one.sensor}]" if one.sensor else ""
    lines = [f" {mark} {place}{used}: {said}"]
    if one.problem and one.hint:
        lines.append(f"        {one.hint}")
    return lines
