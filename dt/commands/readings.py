"""``dt readings``: history out of the log, into it, and what of it may go."""

import csv
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click

from dt.cli import Settings
from dt.clock import SystemClock
from dt.commands import progress
from dt.errors import RequestError
from dt.store import prune
from dt.store.appliance import Appliance
from dt.store.budget import Loss
from dt.store.bulk import BulkWriter
from dt.store.log import Log
from dt.store.transfer import formats
from dt.store.transfer.again import ACTION, Again
from dt.store.transfer.export import export_rows, matching
from dt.store.transfer.importing import Import, Report
from dt.store.transfer.piece import Reading, Reject
from dt.times import day_text, iso_text, moment, zone_of
from dt.twin.quantities import size
from dt.twin.readings import Readings

WHO = "command line"
_END = 253_402_300_800_000
_SHOWN = 20
_path = click.Path(path_type=Path, allow_dash=True)
_format = click.option("--format", "fmt", type=click.Choice(formats.NAMES))
_quiet = click.option("--quiet", is_flag=True, help="No progress bar.")


@click.group()
def readings() -> None:
    """Export, import and prune readings."""


@readings.command("export")
@click.argument("file", type=_path, default="-")
@click.option("--signal", "signals", multiple=True, help="Full name; * and ? match.")
@click.option("--from", "start", default="0", help="2026-05-01, 2026-05-01T12:00Z, -7d.")
@click.option("--to", "end", default="", help="The same; this moment is left out.")
@click.option("--timezone", default="", help="Of --from and --to; else UTC.")
@_format
@_quiet
@click.pass_obj
def export(settings: Settings, /, file: Path, fmt: str | None, **said: Any) -> None:
    """Write readings to FILE (-: stdout) as its name or --format says."""
    fmt = "csv" if fmt is None and str(file) == "-" else formats.name_for(file, fmt)
    now, zone = SystemClock().now_ms(), zone_of(said["timezone"])
    start = moment(said["start"], now, zone)
    end = moment(said["end"], now, zone) if said["end"] else _END
    with ExitStack() as stack:
        log = stack.enter_context(opened(settings))
        rows = matching(log, said["signals"])
        out = stack.enter_context(progress.written(file))
        moved = stack.enter_context(
            progress.bar(len(rows), "exporting", quiet=said["quiet"])
        )
        done: set[int] = set()

        def told(number: int, _at: int) -> None:
            moved(int(number not in done))
            done.add(number)

        for data in export_rows(log, [row.id for row in rows], start, end, fmt, told):
            out.write(data)


@readings.command("import")
@click.argument("file", type=_path)
@_format
@click.option("--timezone", default="", help="Of times that name none; else UTC.")
@click.option("--map", "pairs", multiple=True, help="COLUMN=SIGNAL, COLUMN=time, COLUMN=.")
@click.option("--twin", default="", help="Twin of signals that name none.")
@click.option("--rejects", type=_path, help="Write what is wrong to this CSV file.")
@click.option("--dry-run", is_flag=True, help="Read and check, store nothing.")
@click.option("--again", is_flag=True, help="Also what is stored already.")
@_quiet
@click.pass_obj
def import_(settings: Settings, /, file: Path, fmt: str | None, **said: Any) -> None:
    """Read FILE (-: stdin) into the log; exit code 1 if any row was wrong.

    A file of which a reading is stored already is refused (exit code 2), as a whole.
    """
    fmt = formats.name_for(file, fmt)
    dry: bool = said["dry_run"]
    with ExitStack() as stack:
        refused = stack.enter_context(_refused(said["rejects"]))
        how = Reading(
            refuse=refused.add,
            zone=zone_of(said["timezone"]),
            columns=_columns(said["pairs"]),
            twin=said["twin"],
        )
        moved = stack.enter_context(
            progress.bar(_size(file), "importing", quiet=said["quiet"])
        )
        stream = stack.enter_context(progress.read(file, moved))
        log = stack.enter_context(opened(settings))
        appliance = stack.enter_context(closing(Appliance.open(settings.load())))
        work = Import(log, how, dry=dry)
        seen = Again(log, appliance.audit)
        found = _new(work.readings(stream, fmt), seen, again=said["again"])
        if dry:
            for _ in found:
                pass
        else:
            with BulkWriter(log) as writer:
                for each in found:
                    writer.write(each)
            appliance.audit.add(WHO, ACTION, seen.target, None, _noted(file, work.report))
    _tell(work.report, dry=dry)
    if work.report.refused:
        sys.exit(1)


def _new(found: Iterator[Readings], seen: Again, *, again: bool) -> Iterator[Readings]:
    """Yield the readings; ImportedError if they are stored already, unless `again`."""
    for each in found:
        seen.note(each)
        if not again:
            seen.check(each)
        yield each
    if not again:
        seen.finish()


def _noted(file: Path, report: Report) -> dict[str, object]:
    return {
        "file": file.name,
        "readings": report.taken,
        "first": report.first,
        "last": report.last,
    }


@readings.command("prune")
@click.option("--preview", is_flag=True, help="Only tell what would go.")
@click.option("--budget", help="Another budget than store.budget, like 500MB.")
@click.option("--shrink", is_flag=True, help="Give freed room back to the disk.")
@_quiet
@click.pass_obj
def prune_(
    settings: Settings, /, preview: bool, budget: str | None, shrink: bool, quiet: bool
) -> None:
    """Let go what retention and budget do not keep; --preview tells it first."""
    config = settings.load()
    clock = SystemClock(config.clock.trust)
    most = _bytes(budget)
    with closing(Appliance.open(config, clock)) as appliance:
        losses = prune.preview(config, clock, appliance, most)
        _tell_losses(losses)
        if preview:
            return
        total = sum(loss.size for loss in losses)
        with progress.bar(total, "pruning", quiet=quiet) as moved:
            last: list[int] = []

            def told(used: int) -> None:
                moved(max(last[-1] - used, 0) if last else 0)
                last[:] = [used]

            freed = prune.run(config, clock, appliance, most, told)
        if losses:
            appliance.audit.add(WHO, "readings.prune", "telemetry.db", None, losses)
    click.echo(f"{_size_text(freed)} are free for new readings")
    if shrink:
        click.echo(f"{_size_text(prune.shrink(config))} are given back to the disk")


def _bytes(text: str | None) -> int | None:
    try:
        return None if text is None else size(text)
    except ValueError as error:
        raise RequestError(f"--budget is {text!r}: expected {error}") from error


def _tell_losses(losses: list[Loss]) -> None:
    for loss in losses:
        click.echo(
            f"{loss.reason:9} {loss.resolution:5} {day_text(loss.start)} to"
            f" {day_text(loss.end)} {_size_text(loss.size):>9}  {loss.signal}"
        )
    if not losses:
        click.echo("nothing has to go")


def _size_text(n: int) -> str:
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= length:
            return f"{n / length:.1f} {unit}"
    return f"{n} B"


@contextmanager
def opened(settings: Settings) -> Iterator[Log]:
    """Open the log for one command."""
    config = settings.load()
    log = Log.open(config, SystemClock(config.clock.trust))
    try:
        yield log
    finally:
        log.close()


def _columns(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        column, equals, meaning = pair.rpartition("=")
        if not equals:
            raise RequestError(f"--map is {pair!r}: expected COLUMN=SIGNAL")
        found[column.strip()] = meaning.strip()
    return found


def _size(file: Path) -> int:
    return file.stat().st_size if str(file) != "-" and file.exists() else 0


class _Rejects:
    """Tells the first wrong rows on stderr, and all of them to a file."""

    def __init__(self, write: Any) -> None:
        self._write = write
        self.count = 0

    def add(self, reject: Reject) -> None:
        self.count += 1
        where = f"line {reject.line}: " if reject.line else ""
        if self.count <= _SHOWN:
            text = f": {reject.text}" if reject.text else ""
            click.echo(f"{where}{reject.reason}{text}", err=True)
        if self._write is not None:
            self._write([reject.line, reject.reason, reject.text])


@contextmanager
def _refused(file: Path | None) -> Iterator[_Rejects]:
    if file is None:
        rejects = _Rejects(None)
        yield rejects
    else:
        with click.open_file(str(file), "w", encoding="utf-8") as out:
            rows = csv.writer(out)
            rows.writerow(["line", "reason", "text"])
            rejects = _Rejects(rows.writerow)
            yield rejects
    if rejects.count > _SHOWN:
        click.echo(f"… and {rejects.count - _SHOWN} more rows were wrong", err=True)


def _tell(report: Report, *, dry: bool) -> None:
    span = ""
    if report.first is not None and report.last is not None:
        span = f" from {iso_text(report.first)} to {iso_text(report.last)}"
    click.echo(
        f"{report.taken} readings of {len(report.signals)} signals"
        f" {'would be taken' if dry else 'taken'}{span};"
        f" {report.bad} without a value, {report.refused} rows refused"
    )
    for name in sorted(report.new):
        click.echo(f"  new signal {name}")
