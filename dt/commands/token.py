"""``dt token``: how programs sign in to this appliance."""

import click

from dt.cli import Settings
from dt.clock import SystemClock
from dt.commands.user import WHO, opened
from dt.errors import NotFoundError, RequestError
from dt.store.appliance import Appliance
from dt.store.tokens import Token
from dt.store.users import Role
from dt.times import day_text
from dt.twin.quantities import seconds

_ROLES = click.Choice([role.value for role in Role])


@click.group()
def token() -> None:
    """Add, list and remove tokens of programs."""


@token.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, default="viewer", show_default=True)
@click.option("--scope", "scopes", multiple=True, help="Do only this; may be repeated.")
@click.option("--expires", help="After how long it is worthless: 30d, 1y; else never.")
@click.pass_obj
def add(
    settings: Settings, name: str, role: str, scopes: tuple[str, ...], expires: str | None
) -> None:
    """Make a token; its secret is shown once, on stdout, and never again."""
    until = _until(expires)
    with opened(settings) as appliance, appliance.database.transaction():
        made, secret = appliance.tokens.add(
            name, role, scopes=scopes, expires_at=until, created_by=WHO
        )
        appliance.audit.add(WHO, "token.add", made.name, None, made)
    click.echo(f"token {made.name!r} acts as {made.role}; keep its secret:", err=True)
    click.echo(secret)


@token.command("list")
@click.pass_obj
def list_tokens(settings: Settings) -> None:
    """List all tokens: name, role, made, last used, state."""
    now = SystemClock().now_ms()
    with opened(settings) as appliance:
        for each in appliance.tokens.all():
            used = day_text(each.used_at) if each.used_at else "never used"
            click.echo(
                f"{each.name:24} {each.role:9} {day_text(each.created_at)}"
                f"  {used:10}  {_state(each, now)}".rstrip()
            )


@token.command("remove")
@click.argument("name")
@click.pass_obj
def remove(settings: Settings, name: str) -> None:
    """Revoke a token: nobody can use it any more."""
    with opened(settings) as appliance, appliance.database.transaction():
        before = _named(appliance, name)
        after = appliance.tokens.revoke(before.id)
        appliance.audit.add(WHO, "token.revoke", after.name, before, after)
    click.echo(f"token {after.name!r} is revoked")


def _named(appliance: Appliance, name: str) -> Token:
    found = appliance.tokens.named(name)
    if found is None:
        raise NotFoundError(f"there is no token {name!r}", hint="see dt token list")
    return found


def _until(expires: str | None) -> int | None:
    if expires is None:
        return None
    try:
        return SystemClock().now_ms() + round(seconds(expires) * 1000)
    except ValueError as error:
        raise RequestError(f"--expires is {expires!r}: expected {error}") from error


def _state(token: Token, now: int) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at is not None:
        word = "expired" if token.expires_at <= now else "until"
        return f"{word} {day_text(token.expires_at)}"
    return ""
