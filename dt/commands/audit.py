"""``dt audit``: who changed what."""

import click
import msgspec

from dt.cli import Settings
from dt.commands.user import opened
from dt.times import iso_text

_WIDEST = 160


@click.command("audit")
@click.option("--target", help="Only about this, and what is below it.")
@click.option("--who", help="Only by this name.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, whole.")
@click.pass_obj
def audit(
    settings: Settings, target: str | None, who: str | None, limit: int, *, as_json: bool
) -> None:
    """List who changed what, newest first: time, name, action, target, before → after."""
    with opened(settings) as appliance:
        found = appliance.audit.newest(limit, target=target, who=who)
    for one in found:
        if as_json:
            click.echo(msgspec.json.encode(one).decode())
            continue
        at = iso_text(one.at)[:19].replace("T", " ")
        change = f"{_short(one.before)} → {_short(one.after)}"
        click.echo(f"{at}Z  {one.who:16} {one.action:18} {one.target}  {change}")


def _short(value: object) -> str:
    if value is None:
        return "–"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
