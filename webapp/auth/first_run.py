"""The first account: made once, by whoever can read the one-time code, then never again.

The code lies in ``first-sign-in`` in the data folder, for the owner's eyes only;
``dt up`` prints it. There is no default password.
"""

import hmac
import os
import secrets
from pathlib import Path

import msgspec

from dt import passwords
from dt.config import Config
from dt.errors import ConflictError, ForbiddenError, RequestError
from dt.store.users import User
from dt.times import zone_of
from webapp.context import Context

FILE = "first-sign-in"
TITLE = "appliance.title"
TIMEZONE = "appliance.timezone"
_LONGEST_TITLE = 80


class FirstRun(msgspec.Struct, frozen=True, kw_only=True):
    """What the set-up page asks.

    Attributes:
        code: The one-time code.
        name: Of the first account, an admin.
        password: Its password.
        timezone: IANA name, e.g. ``Europe/Berlin``.
        title: What people call this appliance.
    """

    code: str
    name: str
    password: str
    timezone: str = "UTC"
    title: str = ""


def is_needed(context: Context) -> bool:
    """Tell whether there is no admin, and see to it that then there is a code.

    Besides a new appliance it is one whose damaged file lost its admins.
    """
    if context.appliance.users.has_admin():
        return False
    _write_code(context.config)
    return True


def prepare(context: Context) -> None:
    """Write the one-time code if it is needed, remove it if it is not."""
    if not is_needed(context):
        _file(context.config).unlink(missing_ok=True)


def _write_code(config: Config) -> None:
    path = _file(config)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_WRONLY | os.O_EXCL
        with os.fdopen(os.open(path, flags, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9) + "\n")


def complete(context: Context, asked: FirstRun) -> User:
    """Make the first account and keep the appliance's title and time zone.

    Raises:
        ConflictError: There is an account already.
        ForbiddenError: The code is wrong.
        RequestError: The name, password, time zone or title is impossible.
    """
    if not is_needed(context):
        raise ConflictError(
            "this appliance has its first account already", hint="sign in with it"
        )
    if not _is_code(context.config, asked.code):
        raise ForbiddenError(
            "the one-time code is wrong",
            hint="dt up prints it; it lies in first-sign-in in the data folder",
        )
    _check(asked)
    password_hash = context.offload(passwords.hashed, asked.password)
    appliance = context.appliance
    with appliance.database.transaction():
        user = appliance.users.add_first(asked.name, password_hash)
        appliance.settings.set(TIMEZONE, asked.timezone, user.name)
        if asked.title.strip():
            appliance.settings.set(TITLE, asked.title.strip(), user.name)
        appliance.audit.add(user.name, "user.add", user.name, None, user)
    _file(context.config).unlink(missing_ok=True)
    return user


def _check(asked: FirstRun) -> None:
    passwords.check(asked.password, asked.name)
    zone_of(asked.timezone)
    if len(asked.title) > _LONGEST_TITLE or not asked.title.isprintable():
        raise RequestError(f"title is longer than {_LONGEST_TITLE} printable characters")


def _is_code(config: Config, given: str) -> bool:
    try:
        code = _file(config).read_text().strip()
    except OSError:
        return False
    return bool(code) and hmac.compare_digest(code.encode(), given.strip().encode())


def _file(config: Config) -> Path:
    return config.data_dir / FILE
