"""The second step of signing in: a code of six digits that a phone makes (TOTP).

Source: RFC 6238 with 30 s, SHA-1 and six digits, as every authenticator app has it.
"""

import hmac
from typing import Final

import msgspec
from flask import session

from dt.errors import ConflictError, UnauthenticatedError
from dt.store.users import User
from webapp.auth import sessions
from webapp.context import Context

_STEP_S: Final = 30
_WAITS_MS: Final = 300_000
_PENDING: Final = "second_step"
_NEW: Final = "second_new"


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What is put into a phone.

    Attributes:
        secret: Base32, in groups of four, to be typed.
        uri: The same with the names of appliance and user.
        picture: That as an SVG with a QR code.
    """

    secret: str
    uri: str
    picture: str


def propose(context: Context, user: User) -> Proposal:
    """Return a new secret for a user; the browser keeps it in its signed cookie.

    Raises:
        ConflictError: The clock is not trusted, so that no code could fit.
    """
    import pyotp  # noqa: PLC0415 - only who sets one up needs it
    import segno  # noqa: PLC0415

    if not context.clock.trusted():
        raise ConflictError(
            "the clock of the appliance is not trusted yet",
            hint="codes depend on the time: connect to a network, then try again",
        )
    secret = session.get(_NEW) or pyotp.random_base32()
    session[_NEW] = secret
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=context.title())
    code = segno.make(uri, error="m")
    return Proposal(
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        uri=uri,
        picture=code.svg_inline(scale=4, svgclass="qr", lineclass=None, light="#fff"),
    )


def confirm(context: Context, user: User, code: str) -> tuple[str, ...]:
    """Ask for codes from now on, if this one fits; return the recovery codes.

    Raises:
        UnauthenticatedError: The code does not fit.
        ConflictError: Nothing was proposed, or there is a second factor already.
    """
    secret = session.get(_NEW, "")
    if not secret:
        raise ConflictError("no second factor was proposed", hint="begin again")
    step = _step(secret, code, context.clock.now_ms())
    if step is None:
        raise UnauthenticatedError(
            "the code does not fit", hint="see that the phone's time is right"
        )
    with context.appliance.database.transaction():
        codes = context.appliance.second_factors.set_up(user.id, secret, step)
        context.appliance.audit.add(user.name, "second-factor.add", user.name)
    session.pop(_NEW, None)
    return codes


def is_asked(context: Context, user: User) -> bool:
    """Tell whether a user who gave the right password must give a code too.

    If so, this browser has five minutes for it.
    """
    if context.appliance.second_factors.of(user.id) is None:
        return False
    session[_PENDING] = [user.id, user.password_at, context.clock.now_ms()]
    return True


def waiting(context: Context) -> User | None:
    """Return the user who gave the right password in this browser, or None."""
    user_id, password_at, since = session.get(_PENDING) or (0, 0, 0)
    age = context.clock.now_ms() - since
    if not user_id or not 0 <= age <= _WAITS_MS:
        return None
    found = [one for one in context.appliance.users.all() if one.id == user_id]
    if not found or found[0].disabled or found[0].password_at != password_at:
        return None
    return found[0]


def sign_in(context: Context, code: str, address: str) -> User:
    """Return the user who waits in this browser, if the code fits.

    Raises:
        UnauthenticatedError: It does not, or nobody waits.
        ThrottledError: There were too many wrong codes for the user or address.
    """
    user = waiting(context)
    if user is None:
        raise UnauthenticatedError("the sign-in took too long", hint="begin again")
    account, place = f"second:{user.id}", f"address:{address}"
    sessions.slow_down(context, account, place)
    if not _fits(context, user, code):
        context.appliance.attempts.failed(account, place)
        raise UnauthenticatedError(
            "the code does not fit", hint="wait for the next one, or use a recovery code"
        )
    context.appliance.attempts.succeeded(account)
    session.pop(_PENDING, None)
    return user


def _fits(context: Context, user: User, code: str) -> bool:
    factors = context.appliance.second_factors
    held = factors.of(user.id)
    if held is None:
        return False  # it was removed meanwhile: the password alone signs in, anew
    step = _step(held.secret, code, context.clock.now_ms())
    if step is not None:
        return factors.use_step(user.id, step)
    if not factors.use_recovery(user.id, code):
        return False
    context.appliance.audit.add(user.name, "second-factor.recovery", user.name)
    return True


def _step(secret: str, code: str, now_ms: int) -> int | None:
    """Return the 30 s whose code it is, of the present and its neighbours, or None."""
    import pyotp  # noqa: PLC0415

    made = pyotp.TOTP(secret)
    given = "".join(code.split())
    now = now_ms // 1000 // _STEP_S
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), given.encode()):
            return step
    return None
