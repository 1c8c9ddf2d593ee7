"""Every address says who may use it; one that says nothing is closed.

A view is marked by `requires` or `open_to_all`. Before each request `enforce` looks at
the mark, so that a forgotten mark is a refusal, not a hole.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from flask import Flask, request

from dt.errors import ForbiddenError, UnauthenticatedError
from dt.store.users import Role
from webapp.auth import csrf, identity
from webapp.auth.identity import Caller, Scope

_View = TypeVar("_View", bound=Callable[..., Any])
_MARK = "dt_access"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use an address.

    Attributes:
        role: The least role; None: anybody, signed in or not.
        scope: What a token must be for; the role of its maker still counts.
        csrf: Whether a form with a cookie must prove that it is ours.
        tokens: Whether a token will do at all; pages for people want a person.
    """

    role: Role | None = None
    scope: Scope = Scope.READ
    csrf: bool = True
    tokens: bool = True


def requires(
    role: Role, scope: Scope = Scope.READ, *, tokens: bool = True
) -> Callable[[_View], _View]:
    """Mark a view: only for callers with this role or a higher one."""
    return marked(Access(role=role, scope=scope, tokens=tokens))


def open_to_all(view: _View) -> _View:
    """Mark a view: no account is needed. The list of these is short and tested."""
    return marked(Access())(view)


def marked(access: Access) -> Callable[[_View], _View]:
    """Mark a view with exactly this access."""

    def mark(view: _View) -> _View:
        setattr(view, _MARK, access)
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return the mark of an endpoint; None: it has none, and is closed."""
    if endpoint == "static":
        return Access()
    access: Access | None = getattr(app.view_functions.get(endpoint), _MARK, None)
    return access


def install(app: Flask) -> None:
    """Enforce the marks; templates get ``caller()`` and ``may(role)``."""

    @app.before_request
    def enforce() -> None:
        """Refuse what the mark does not allow."""
        if request.endpoint is None:
            return  # the router answers 404 or 405 itself, and tells nothing
        access = access_of(app, request.endpoint)
        if access is None:
            raise ForbiddenError(f"{request.path} is open to nobody")
        caller = identity.caller()
        check(access, caller)
        if access.csrf:
            csrf.check(caller)

    app.add_template_global(identity.caller, "caller")
    app.add_template_global(may)


def check(access: Access, caller: Caller | None) -> None:
    """Let the caller pass.

    Raises:
        UnauthenticatedError: Nobody is signed in.
        ForbiddenError: The role or the token's scopes do not allow it.
    """
    if access.role is None:
        return
    if caller is None:
        raise UnauthenticatedError(
            "nobody is signed in",
            hint="sign in, or send Authorization: Bearer with a token",
        )
    if not caller.role.allows(access.role):
        raise ForbiddenError(
            f"this needs the role {access.role}, {caller.name} is {caller.role}",
            hint="ask an admin of this appliance",
        )
    if caller.token_id is not None and not access.tokens:
        raise ForbiddenError("this needs a person, not a token", hint="sign in")
    if not caller.is_for(access.scope):
        raise ForbiddenError(
            f"this token is not for {access.scope}", hint="make one with that scope"
        )


def may(role: str) -> bool:
    """Tell whether the caller of this request has this role or a higher one."""
    caller = identity.caller()
    return caller is not None and caller.role.allows(Role(role))
