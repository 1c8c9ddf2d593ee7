"""``dt rule``: the rules as they run, what is wrong with them, where they would fire."""

import sys
from collections.abc import Mapping
from contextlib import closing

import click

from dt import plugins
from dt.cli import Settings
from dt.clock import SystemClock
from dt.commands.user import opened
from dt.errors import NotFoundError, ServiceError
from dt.rules.description import Firing, Happening
from dt.rules.dry_run import dry_run
from dt.rules.reading import Context, rule_of
from dt.rules.rule import Rule
from dt.store.automation import effective
from dt.store.log import Log
from dt.store.past import coarse, past_of
from dt.times import iso_text, moment
from dt.twin.description import TwinDescription
from dt.twin.document import Reader

_FIRED, _NEVER, _WRONG = 0, 3, 2


@click.group()
def rule() -> None:
    """List, check and try rules."""


@rule.command("list")
@click.argument("twin", required=False)
@click.pass_obj
def list_rules(settings: Settings, twin: str | None) -> None:
    """List the rules of TWIN, or of all, as they run: with what people wrote here."""
    written = _written(settings)
    for one in _twins(settings, twin):
        for entry in one.rules:
            name = str(entry.get("id", ""))
            state = "off" if entry.get("enabled", True) is False else "on"
            source = written.get((one.id, name), "file")
            click.echo(f"{one.id}  {name:24} {state:3}  {source:12}  {_says(entry)}")


@rule.command("check")
@click.argument("twin", required=False)
@click.pass_obj
def check(settings: Settings, twin: str | None) -> None:
    """Say all that is wrong with the rules as they run; exit code 2 if anything is."""
    wrong = 0
    for one in _twins(settings, twin):
        found = plugins.load("dt.checks", "control")(one)
        mine = [problem for problem in found if problem.path.startswith("rules[")]
        wrong += len(mine)
        for problem in mine:
            click.echo(f"{one.id}: {_named(one, problem.path)}: {problem!s}", err=True)
        click.echo(f"{one.id}: {len(one.rules)} rules, {len(mine) or 'nothing'} wrong")
    sys.exit(_WRONG if wrong else 0)


@rule.command("dry-run")
@click.argument("twin")
@click.argument("name", metavar="RULE")
@click.option("--from", "start", default="-7d", show_default=True, help="Or a date.")
@click.option("--to", "end", default="now", show_default=True)
@click.option("--when", help="Another condition: soil.moisture < 25.")
@click.option("--for", "hold", help="Another time for which it must hold.")
@click.pass_obj
def dry(  # noqa: PLR0913 - options of the command line
    settings: Settings,
    /,
    *,
    twin: str,
    name: str,
    start: str,
    end: str,
    when: str | None,
    hold: str | None,
) -> None:
    """Show where RULE of TWIN would have fired; nothing is kept or done.

    RULE may be new if --when says what it is. Exit code 0: it would have fired, 3: it
    would not, 2: something is wrong with it.
    """
    one = _twins(settings, twin)[0]
    changes = {"when": when, "for": hold}
    compiled = _compiled(one, name, {k: v for k, v in changes.items() if v is not None})
    clock = SystemClock()
    now = clock.now_ms()
    span = moment(start, now), moment(end, now)
    with closing(Log.open(settings.load(), clock)) as log:
        past = past_of(log, compiled, *span)
    found = dry_run(coarse(compiled, past.bucket_ms), past.columns, *span)
    for line in _table(found):
        click.echo(line)
    count = sum(firing.happening is Happening.FIRED for firing in found)
    judged = f"means of {past.bucket_ms / 1000:g} s" if past.bucket_ms else "readings"
    times = "once" if count == 1 else f"{count} times"
    click.echo(f"fires {times}; {past.rows} {judged} judged", err=True)
    sys.exit(_FIRED if count else _NEVER)


def _twins(settings: Settings, wanted: str | None) -> list[TwinDescription]:
    with opened(settings) as appliance:
        entries = appliance.automation.current()
        known = [one.description for one in appliance.twins.all() if one.description]
    found = [effective(one, entries) for one in known if wanted in {None, one.id}]
    if not found and wanted is not None:
        names = ", ".join(one.id for one in known) or "none"
        raise NotFoundError(f"there is no twin {wanted!r}: expected {names}")
    if not found:
        raise ServiceError("no twin has been loaded yet", hint="start it: dt up")
    return found


def _written(settings: Settings) -> dict[tuple[str, str], str]:
    with opened(settings) as appliance:
        found = appliance.automation.current()
    return {(one.twin, one.name): f"v{one.version} by {one.changed_by}" for one in found}


def _says(entry: Mapping[str, object]) -> str:
    if "when" in entry:
        return str(entry["when"])
    rest = {k: v for k, v in entry.items() if k in {"signal", "above", "below", "after"}}
    return " ".join([str(entry.get("kind", "")), *(f"{k} {v}" for k, v in rest.items())])


def _named(twin: TwinDescription, path: str) -> str:
    number = path.partition("[")[2].partition("]")[0]
    return str(twin.rules[int(number)].get("id", number)) if number.isdigit() else path


def _compiled(twin: TwinDescription, name: str, changes: Mapping[str, object]) -> Rule:
    known = {str(entry.get("id")): entry for entry in twin.rules}
    if name not in known and "when" not in changes:
        raise NotFoundError(
            f"{twin.id} has no rule {name!r}: expected {', '.join(known) or 'none'}",
            hint="name a condition to try a new one: --when 'soil.moisture < 25'",
        )
    entry = {**known.get(name, {"id": name}), **changes}
    if "when" in changes:
        entry = {k: v for k, v in entry.items() if k in _EVERY_KIND}
    reader = Reader(twin.source)
    where = Context(twin=twin, kinds=plugins.instances("dt.rules"), reader=reader)
    compiled = rule_of(where, entry, "rule")
    if compiled is None or reader.problems:
        for problem in reader.problems:
            click.echo(str(problem), err=True)
        sys.exit(_WRONG)
    return compiled


_EVERY_KIND = frozenset(
    {"id", "when", "clear", "for", "persistence", "cooldown", "repeat", "max_age"}
) | {"good_only", "severity", "latch", "message", "then", "enabled"}


def _table(found: tuple[Firing, ...]) -> list[str]:
    """Return a line for each time that the rule would have held."""
    lines: list[str] = []
    since: Firing | None = None
    for one in found:
        if one.happening is Happening.FIRED:
            since = one
        elif one.happening is Happening.CLEARED and since is not None:
            lines.append(_row(since, f"{(one.at - since.at) / 1000:>9.0f} s"))
            since = None
    return lines if since is None else [*lines, _row(since, "still holds")]


def _row(one: Firing, lasted: str) -> str:
    return f"{iso_text(one.at)[:19].replace('T', ' ')}Z  {lasted:>11}  {one.message}"
