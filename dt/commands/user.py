"""``dt user``: the people who may sign in to this appliance."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dt import passwords
from dt.cli import Settings
from dt.errors import NotFoundError, RequestError
from dt.store.appliance import Appliance
from dt.store.users import Role, User
from dt.times import day_text

WHO = "command line"
_ROLES = click.Choice([role.value for role in Role])
_password_file = click.option(
    "--password-file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Read the password from a file (- is stdin) instead of asking.",
)


@click.group()
def user() -> None:
    """Add, list, change and remove users."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, default="viewer", show_default=True)
@_password_file
@click.pass_obj
def add(settings: Settings, name: str, role: str, password_file: Path | None) -> None:
    """Add a user; asks for the password."""
    with opened(settings) as appliance:
        password = _password(name, password_file)
        with appliance.database.transaction():
            made = appliance.users.add(name, role, passwords.hashed(password))
            appliance.audit.add(WHO, "user.add", made.name, None, made)
    click.echo(f"user {made.name!r} may sign in as {made.role}")


@user.command("list")
@click.pass_obj
def list_users(settings: Settings) -> None:
    """List all users: name, role, since when."""
    with opened(settings) as appliance:
        for each in appliance.users.all():
            off = "  disabled" if each.disabled else ""
            click.echo(f"{each.name:24} {each.role:9} {day_text(each.created_at)}{off}")


@user.command("remove")
@click.argument("name")
@click.pass_obj
def remove(settings: Settings, name: str) -> None:
    """Remove a user and end all sessions of that user."""
    with opened(settings) as appliance, appliance.database.transaction():
        gone = appliance.users.remove(_named(appliance, name).id)
        appliance.audit.add(WHO, "user.remove", gone.name, gone)
    click.echo(f"user {gone.name!r} is removed")


@user.command("role")
@click.argument("name")
@click.argument("role", type=_ROLES)
@click.pass_obj
def set_role(settings: Settings, name: str, role: str) -> None:
    """Give a user another role."""
    with opened(settings) as appliance, appliance.database.transaction():
        before = _named(appliance, name)
        after = appliance.users.set_role(before.id, role)
        appliance.audit.add(WHO, "user.role", after.name, before, after)
    click.echo(f"user {after.name!r} is {after.role} now")


@user.command("password")
@click.argument("name")
@_password_file
@click.pass_obj
def set_password(settings: Settings, name: str, password_file: Path | None) -> None:
    """Set a new password; ends all sessions of that user."""
    with opened(settings) as appliance:
        before = _named(appliance, name)
        password = _password(before.name, password_file)
        with appliance.database.transaction():
            after = appliance.users.set_password(before.id, passwords.hashed(password))
            appliance.audit.add(WHO, "user.password", after.name, before, after)
    click.echo(f"user {after.name!r} has a new password")


@user.command("second-factor")
@click.argument("name")
@click.option("--remove", "gone", is_flag=True, help="Let the password be enough.")
@click.pass_obj
def second_factor(settings: Settings, /, name: str, *, gone: bool) -> None:
    """Say whether a user needs a code besides the password; --remove does without."""
    with opened(settings) as appliance, appliance.database.transaction():
        found = _named(appliance, name)
        if gone and appliance.second_factors.remove(found.id):
            appliance.audit.add(WHO, "second-factor.remove", found.name)
        needs = found.second_factor and not gone
    click.echo(f"user {found.name!r} signs in {'with' if needs else 'without'} a code")


@contextmanager
def opened(settings: Settings) -> Iterator[Appliance]:
    """Open the appliance's file for one command."""
    appliance = Appliance.open(settings.load())
    try:
        yield appliance
    finally:
        appliance.close()


def _named(appliance: Appliance, name: str) -> User:
    found = appliance.users.named(name)
    if found is None:
        known = ", ".join(repr(each.name) for each in appliance.users.all()) or "none"
        raise NotFoundError(f"there is no user {name!r}: known are {known}")
    return found


def _password(name: str, file: Path | None) -> str:
    if file is None:
        password = getpass.getpass(f"New password of {name}: ")
        passwords.check(password, name)
        if getpass.getpass("Again: ") != password:
            raise RequestError("the two passwords differ")
        return password
    try:
        with click.open_file(str(file), encoding="utf-8") as stream:
            password = str(stream.readline()).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(
            f"cannot read the password from {str(file)!r}: {error}"
        ) from error
    passwords.check(password, name)
    return password
