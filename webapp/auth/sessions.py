"""Signing in and out: slow for those who guess, the same answer for every failure."""

from typing import Final

from flask import request
from werkzeug.wrappers import Response

from dt import passwords
from dt.errors import ThrottledError, UnauthenticatedError
from dt.store.users import User
from webapp.auth import csrf, identity
from webapp.context import Context

_WINDOW_S: Final = 900.0
_PER_ACCOUNT: Final = 10
_PER_ADDRESS: Final = 30
_LONGEST: Final = 1024


def sign_in(context: Context, name: str, password: str, address: str) -> User:
    """Return the user of a name and password.

    A name that does not exist costs the same time and gets the same answer as a wrong
    password or a disabled account.

    Raises:
        UnauthenticatedError: Name and password do not fit.
        ThrottledError: There were too many wrong attempts for this name or address.
    """
    account = f"user:{name.strip().casefold()[:64]}"
    place = f"address:{address}"
    slow_down(context, account, place)
    user = context.appliance.users.named(name[:64])
    known = "" if user is None else user.password_hash
    with context.hashing:
        right = context.offload(passwords.matches, password[:_LONGEST], known)
    if user is None or not right or user.disabled:
        context.appliance.attempts.failed(account, place)
        raise UnauthenticatedError("name or password is wrong", hint="try again")
    context.appliance.attempts.succeeded(account)
    return user


def slow_down(context: Context, account: str, place: str) -> None:
    """Refuse whoever was wrong too often lately.

    Raises:
        ThrottledError: 10 times for the account or 30 times for the address in 15 min.
    """
    attempts = context.appliance.attempts
    if (
        attempts.count(account, _WINDOW_S) >= _PER_ACCOUNT
        or attempts.count(place, _WINDOW_S) >= _PER_ADDRESS
    ):
        raise ThrottledError(
            "too many wrong attempts", hint=f"try again in {round(_WINDOW_S)} s"
        )


def begin(context: Context, user: User, answer: Response) -> Response:
    """Start a new session in this browser; an older one of it ends."""
    lasts_s = context.config.web.session
    end(context)
    context.appliance.sessions.sweep()
    secret = context.appliance.sessions.start(
        user.id, lasts_s, request.headers.get("User-Agent", "")
    )
    csrf.renew()
    identity.set_cookie(answer, identity.session_cookie(context.config), secret, lasts_s)
    context.appliance.audit.add(user.name, "session.start", user.name)
    return answer


def end(context: Context) -> None:
    """End the session of this browser, if there is one."""
    who = identity.caller()
    if who is not None and who.session_id is not None:
        context.appliance.sessions.end(who.session_id)
        context.appliance.audit.add(who.name, "session.end", who.name)
