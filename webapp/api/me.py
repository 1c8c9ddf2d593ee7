"""The caller: who it is, how they like it, their password and sessions."""

from typing import Annotated, Literal

import msgspec
from flask import Blueprint, request

from dt import passwords
from dt.store.users import Role
from dt.times import zone_of
from webapp.api.operation import Operation, serve
from webapp.auth import sessions
from webapp.auth.identity import Caller, known_caller
from webapp.context import current

blueprint = Blueprint("api_me", __name__, url_prefix="/api/v1")


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the caller is.

    Attributes:
        kind: ``user`` or ``token``.
        scopes: What the token is for; empty: all that the role allows.
    """

    name: str
    kind: str
    role: Role
    scopes: tuple[str, ...]
    locale: str
    timezone: str
    theme: str


class Preferences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a person likes it; what is left out stays.

    Attributes:
        locale: ``de``; empty: as the browser asks.
        timezone: IANA name; empty: the appliance's.
    """

    locale: Annotated[str, msgspec.Meta(pattern=r"^([a-z]{2}(_[A-Z]{2})?)?$")] | None = None
    timezone: str | None = None
    theme: Literal["auto", "light", "dark"] | None = None


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's password, and the one that shall replace it."""

    current: Annotated[str, msgspec.Meta(max_length=1_000)]
    new: Annotated[str, msgspec.Meta(max_length=1_000)]


@serve(
    blueprint,
    Operation(method="GET", rule="/me", summary="Tell who the caller is", answer=Me),
)
def get_me() -> Me:
    """Return the caller."""
    return _me(known_caller())


def _me(who: Caller) -> Me:
    return Me(
        name=who.name,
        kind="user" if who.user_id is not None else "token",
        role=who.role,
        scopes=who.scopes,
        locale=who.locale,
        timezone=who.timezone or current().timezone(),
        theme=who.theme,
    )


@serve(
    blueprint,
    Operation(
        method="PATCH",
        rule="/me",
        summary="Change one's language, time zone or theme",
        body=Preferences,
        answer=Me,
        tokens=False,
    ),
)
def change_me(body: Preferences) -> Me:
    """Change the caller's preferences."""
    who = known_caller()
    zone_of(body.timezone or "")
    user = current().appliance.users.set_preferences(
        who.user_id or 0, locale=body.locale, timezone=body.timezone, theme=body.theme
    )
    changed = msgspec.structs.replace(
        who, locale=user.locale, timezone=user.timezone, theme=user.theme
    )
    return _me(changed)


@serve(
    blueprint,
    Operation(
        method="POST",
        rule="/me/password",
        summary="Change one's password; ends all of one's sessions",
        body=NewPassword,
        status=204,
        tokens=False,
    ),
)
def change_password(body: NewPassword) -> None:
    """Change the caller's password, if the one they have is right."""
    context, who = current(), known_caller()
    sessions.sign_in(context, who.name, body.current, request.remote_addr or "")
    passwords.check(body.new, who.name)
    with context.hashing:
        password_hash = context.offload(passwords.hashed, body.new)
    with context.appliance.database.transaction():
        context.appliance.users.set_password(who.user_id or 0, password_hash)
        context.appliance.audit.add(who.name, "user.password", who.name)


@serve(
    blueprint,
    Operation(
        method="DELETE",
        rule="/me/sessions",
        summary="Sign out everywhere",
        status=204,
        tokens=False,
    ),
)
def end_my_sessions() -> None:
    """End every session of the caller, this one included."""
    context, who = current(), known_caller()
    context.appliance.sessions.end_all(who.user_id or 0)
    context.appliance.audit.add(who.name, "session.end_all", who.name)
