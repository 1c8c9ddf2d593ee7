"""Users, tokens and sessions, for admins. Every change is in the audit."""

from typing import Annotated

import msgspec
from flask import Blueprint

from dt import passwords
from dt.errors import NotFoundError, RequestError
from dt.store.sessions import Session
from dt.store.tokens import Token
from dt.store.users import Role, User
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Scope, known_caller
from webapp.context import Context, current

blueprint = Blueprint("api_people", __name__, url_prefix="/api/v1")

_LARGEST_ID = 2**63
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A user, without the password. Times are UTC ms."""

    id: int
    name: str
    role: Role
    created_at: int
    disabled: bool


class NewUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user to add."""

    name: Name
    role: Role
    password: Annotated[str, msgspec.Meta(min_length=10, max_length=1_000)]


class UserChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    role: Role | None = None
    disabled: bool | None = None
    password: Annotated[str, msgspec.Meta(min_length=10, max_length=1_000)] | None = None


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to make.

    Attributes:
        scopes: What it is for; empty: all that the role allows.
        expires_at: UTC ms; null: never.
    """

    name: Name
    role: Role
    scopes: tuple[Scope, ...] = ()
    expires_at: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] | None = None


class MadeToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token with its secret, which nobody can read again."""

    token: Token
    secret: str


class SessionView(Session, frozen=True, kw_only=True):
    """A session with its user's name."""

    user: str


def _admin(method: str, rule: str, summary: str) -> Operation:
    return Operation(
        method=method, rule=rule, summary=summary, role=Role.ADMIN, scope=Scope.ADMIN
    )


def _with(operation: Operation, **changes: object) -> Operation:
    return msgspec.structs.replace(operation, **changes)


@serve(blueprint, _with(_admin("GET", "/users", "List the users"), answer=list[UserView]))
def list_users() -> list[UserView]:
    """Return all users by name."""
    return [_view(user) for user in current().appliance.users.all()]


@serve(
    blueprint,
    _with(
        _admin("POST", "/users", "Add a user"), body=NewUser, answer=UserView, status=201
    ),
)
def add_user(body: NewUser) -> UserView:
    """Add a user."""
    context, who = current(), known_caller()
    passwords.check(body.password, body.name)
    password_hash = _hash(context, body.password)
    with context.appliance.database.transaction():
        user = context.appliance.users.add(body.name, body.role, password_hash)
        context.appliance.audit.add(who.name, "user.add", user.name, None, user)
    return _view(user)


@serve(
    blueprint,
    _with(
        _admin("PATCH", "/users/<int:user>", "Change a user's role, password or access"),
        body=UserChange,
        answer=UserView,
    ),
)
def change_user(user: int, body: UserChange) -> UserView:
    """Change a user; a new password ends all of their sessions."""
    context, who = current(), known_caller()
    users = context.appliance.users
    before = _user(context, user)
    password_hash = ""
    if body.password is not None:
        passwords.check(body.password, before.name)
        password_hash = _hash(context, body.password)
    with context.appliance.database.transaction():
        if body.role is not None:
            users.set_role(user, body.role)
        if body.disabled is not None:
            users.set_disabled(user, body.disabled)
        if body.disabled:
            context.appliance.sessions.end_all(user)
        if password_hash:
            users.set_password(user, password_hash)
        after = users.get(user)
        context.appliance.audit.add(who.name, "user.change", after.name, before, after)
    return _view(after)


@serve(blueprint, _with(_admin("DELETE", "/users/<int:user>", "Remove a user"), status=204))
def remove_user(user: int) -> None:
    """Remove a user with all sessions."""
    context, who = current(), known_caller()
    with context.appliance.database.transaction():
        _user(context, user)
        before = context.appliance.users.remove(user)
        context.appliance.audit.add(who.name, "user.remove", before.name, before)


@serve(blueprint, _with(_admin("GET", "/tokens", "List the tokens"), answer=list[Token]))
def list_tokens() -> list[Token]:
    """Return all tokens, without their secrets."""
    return current().appliance.tokens.all()


@serve(
    blueprint,
    _with(
        _admin("POST", "/tokens", "Make a token; its secret is told once"),
        body=NewToken,
        answer=MadeToken,
        status=201,
    ),
)
def make_token(body: NewToken) -> MadeToken:
    """Make a token."""
    context, who = current(), known_caller()
    if body.expires_at is not None and body.expires_at <= context.clock.now_ms():
        raise RequestError(f"expires_at is {body.expires_at}: expected a later time")
    with context.appliance.database.transaction():
        token, secret = context.appliance.tokens.add(
            body.name,
            body.role,
            scopes=tuple(scope.value for scope in body.scopes),
            expires_at=body.expires_at,
            created_by=who.name,
        )
        context.appliance.audit.add(who.name, "token.add", token.name, None, token)
    return MadeToken(token=token, secret=secret)


@serve(
    blueprint, _with(_admin("DELETE", "/tokens/<int:token>", "Revoke a token"), status=204)
)
def revoke_token(token: int) -> None:
    """Make a token worthless for ever."""
    context, who = current(), known_caller()
    with context.appliance.database.transaction():
        revoked = context.appliance.tokens.revoke(_id(token, "token"))
        context.appliance.audit.add(who.name, "token.revoke", revoked.name)


@serve(
    blueprint,
    _with(_admin("GET", "/sessions", "List who is signed in"), answer=list[SessionView]),
)
def list_sessions() -> list[SessionView]:
    """Return the sessions of all users."""
    appliance = current().appliance
    return [
        SessionView(user=user.name, **msgspec.structs.asdict(session))
        for user in appliance.users.all()
        for session in appliance.sessions.of(user.id)
    ]


@serve(
    blueprint,
    _with(_admin("DELETE", "/sessions/<int:session>", "End a session"), status=204),
)
def end_session(session: int) -> None:
    """Sign one browser out."""
    context, who = current(), known_caller()
    if not context.appliance.sessions.end(_id(session, "session")):
        raise NotFoundError(f"there is no session {session}")
    context.appliance.audit.add(who.name, "session.end", f"session {session}")


def _hash(context: Context, password: str) -> str:
    with context.hashing:
        text: str = context.offload(passwords.hashed, password)
    return text


def _user(context: Context, user: int) -> User:
    return context.appliance.users.get(_id(user, "user"))


def _id(number: int, noun: str) -> int:
    if number >= _LARGEST_ID:
        raise NotFoundError(f"there is no {noun} {number}")
    return number


def _view(user: User) -> UserView:
    return UserView(
        id=user.id,
        name=user.name,
        role=user.role,
        created_at=user.created_at,
        disabled=user.disabled,
    )
