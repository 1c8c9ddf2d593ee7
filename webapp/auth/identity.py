"""Who asks: a person with a session cookie, or a program with a bearer token.

Flask-Login looks once for each request and keeps the answer; where sessions and tokens
lie is ours (`docs/adr/0003-sign-in.md`).
"""

from enum import StrEnum

import msgspec
from flask import Flask, Request
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response

from dt.config import Config
from dt.errors import NotFoundError, UnauthenticatedError
from dt.store.users import Role
from webapp.context import Context, current

_BEARER = "bearer "


class Scope(StrEnum):
    """What a token may be for; one without scopes is for all that its role allows."""

    READ = "read"
    WRITE_READINGS = "readings:write"
    OPERATE = "operate"
    ADMIN = "admin"


class Caller(msgspec.Struct, UserMixin, frozen=True, kw_only=True):  # type: ignore[misc]
    """Who asks; a user of Flask-Login.

    Attributes:
        name: For the audit: the user's name, or ``token:`` and the token's.
        role: What they may do at most.
        user_id, session_id: Of a person.
        token_id: Of a program; a browser never sends it by itself.
        scopes: What the token is for; empty: all that the role allows.
        locale, timezone, theme: As the person likes it; empty: as the appliance has it.
        expires_at: UTC ms when the session or token ends; None: never.
    """

    name: str
    role: Role
    user_id: int | None = None
    session_id: int | None = None
    token_id: int | None = None
    scopes: tuple[str, ...] = ()
    locale: str = ""
    timezone: str = ""
    theme: str = "auto"
    expires_at: int | None = None

    def get_id(self) -> str:
        """Return what tells this caller from all others."""
        return self.name

    def is_for(self, scope: str) -> bool:
        """Tell whether the caller's token, if it is one, is for this."""
        return not self.scopes or scope in self.scopes


def install(app: Flask, config: Config) -> None:
    """Let Flask-Login find out who asks."""
    login = LoginManager()
    login.session_protection = None  # its session holds no sign-in that could be stolen
    login.request_loader(_asking)
    login.init_app(app, add_context_processor=False)
    # while a browser sends a cookie of this name, Flask-Login asks nobody else
    app.config["REMEMBER_COOKIE_NAME"] = _cookie("unused", config)


def _asking(request: Request) -> Caller | None:
    secret = request.cookies.get(session_cookie(current().config), "")
    return find(current(), request.headers.get("Authorization", ""), secret)


def caller() -> Caller | None:
    """Return Flask-Login's ``current_user`` if it is somebody, else None.

    Raises:
        UnauthenticatedError: A token was sent, and it is worth nothing.
    """
    who = current_user._get_current_object()  # noqa: SLF001 - werkzeug's way to the object
    return who if isinstance(who, Caller) else None


def known_caller() -> Caller:
    """Return who makes this request, where the policy has let somebody in.

    Raises:
        UnauthenticatedError: Nobody is signed in.
    """
    who = caller()
    if who is None:
        raise UnauthenticatedError("nobody is signed in", hint="sign in")
    return who


def find(context: Context, authorization: str, secret: str) -> Caller | None:
    """Return whom a header or else a session's secret stands for, or None.

    Raises:
        UnauthenticatedError: The header holds no good token.
    """
    if authorization:
        return _program(context, authorization)
    return _person(context, secret) if secret else None


def _program(context: Context, authorization: str) -> Caller:
    secret = authorization[len(_BEARER) :].strip()
    is_bearer = authorization.lower().startswith(_BEARER)
    token = context.appliance.tokens.find(secret) if is_bearer and secret else None
    if token is None:
        raise UnauthenticatedError(
            "the token is unknown, has expired or was revoked",
            hint="send Authorization: Bearer dt_…, made by: dt token add",
        )
    return Caller(
        name=f"token:{token.name}",
        role=token.role,
        token_id=token.id,
        scopes=token.scopes,
        expires_at=token.expires_at,
    )


def _person(context: Context, secret: str) -> Caller | None:
    session = context.appliance.sessions.find(secret)
    if session is None:
        return None
    try:
        user = context.appliance.users.get(session.user_id)
    except NotFoundError:
        return None
    if user.disabled or session.created_at < user.password_at:
        return None
    return Caller(
        name=user.name,
        role=user.role,
        user_id=user.id,
        session_id=session.id,
        locale=user.locale,
        timezone=user.timezone,
        theme=user.theme,
        expires_at=session.expires_at,
    )


def session_cookie(config: Config) -> str:
    """Return the name of the cookie that holds a session's secret."""
    return _cookie("session", config)


def form_cookie(config: Config) -> str:
    """Return the name of the cookie that the proofs of forms are made from."""
    return _cookie("form", config)


def _cookie(what: str, config: Config) -> str:
    return f"__Host-dt_{what}" if config.web.secure_cookies else f"dt_{what}"


def set_cookie(
    answer: Response, name: str, value: str, lasts_s: float | None = None
) -> None:
    """Give the browser a cookie that scripts and other sites cannot use."""
    answer.set_cookie(
        name,
        value,
        max_age=None if lasts_s is None else round(lasts_s),
        httponly=True,
        samesite="Lax",
        secure=current().config.web.secure_cookies,
    )
