"""``dt bench``: what the appliance costs and how fast it is, on this machine, now."""

import shutil
import sys
import tempfile
from pathlib import Path

import click

from dt.bench import table
from dt.bench.cases import CASES, Case, measure
from dt.bench.machine import Machine
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan
from dt.cli import Settings
from dt.twin.quantities import seconds

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return float(seconds(str(value)))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("bench")
@click.argument("names", nargs=-1, type=click.Choice([case.name for case in CASES]))
@click.option("--quick", is_flag=True, help="A tenth of the work; not to be recorded.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--record", is_flag=True, help="Rewrite the table in docs/benchmarks.md.")
@click.option("--duration", type=_Duration(), default="2min", help="Of the steady cases.")
@click.option(
    "--scratch",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/var/tmp"),  # noqa: S108 - a disk, where /tmp may be memory
    show_default=True,
    help="Where the data of the bench goes: on the disk to be measured.",
)
@click.pass_obj
def bench(_settings: Settings, /, names: tuple[str, ...], **options: object) -> None:
    """Measure all cases, or the ones NAMED, and print one table."""
    chosen = [case for case in CASES if not names or case.name in names]
    record = bool(options["record"])
    if record and options["quick"]:
        raise click.UsageError("--record wants a full run: leave --quick away")
    machine = Machine.here()
    folder = Path(tempfile.mkdtemp(prefix="dt-bench-", dir=str(options["scratch"])))
    try:
        outcomes = _measure(chosen, _plan(folder, options))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options["as_json"]:
        click.echo(table.as_json(outcomes, machine))
    else:
        click.echo(f"\n{machine.sentence()}\n\n{table.plain(outcomes)}")
    if record:
        table.record(PAGE, table.markdown(outcomes, machine))
    if any(outcome.verdict == "MISSED" for outcome in outcomes):
        sys.exit(1)


def _plan(folder: Path, options: dict[str, object]) -> Plan:
    duration = float(str(options["duration"]))
    if options["quick"]:
        return Plan(scratch=folder, quick=True, duration_s=duration / 6, warm_up_s=5.0)
    return Plan(scratch=folder, duration_s=duration)


def _measure(chosen: list[Case], plan: Plan) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for case in chosen:
        click.echo(f"{case.name}: {case.title} …", err=True)
        outcomes += measure(case, plan)
    return outcomes
