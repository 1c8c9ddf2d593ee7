"""A form proves that it came from our own page, by Flask-WTF.

Each browser has a signed cookie with a random value; a page of ours holds the same value,
signed too, and sends it back as the form field ``csrf_token`` or the header
``X-CSRF-Token``. Signing in and out starts a new one. Callers with a token need none: a
browser never adds an Authorization header by itself.
"""

from urllib.parse import urlsplit

from flask import Flask, Request, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect

from dt.config import Config
from dt.errors import CsrfError
from webapp.auth import identity, signing
from webapp.auth.identity import Caller

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HINT = "load the page again and repeat what you did"


class _FormCookie(SecureCookieSessionInterface):
    """Flask's signed cookie; files need none, so caches may keep them for everybody."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; None: this request gets none."""
        if request.path.startswith("/static/"):
            return None
        return super().open_session(app, request)


def install(app: Flask, config: Config) -> None:
    """Give templates ``csrf_token()``, and the cookie it needs.

    The check itself is asked for by the policy, which knows who calls.
    """
    app.session_interface = _FormCookie()
    app.config.update(
        SECRET_KEY=signing.key(config),
        SESSION_COOKIE_NAME=identity.form_cookie(config),
        SESSION_COOKIE_SECURE=config.web.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_HEADERS=["X-CSRF-Token"],
        WTF_CSRF_SSL_STRICT=config.web.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,  # a page on a wall stays open for weeks
    )
    CSRFProtect(app)


def check(caller: Caller | None) -> None:
    """Refuse an unsafe request of a browser that does not prove where it came from.

    Raises:
        CsrfError: There is no proof, a wrong one, or another origin.
    """
    if request.method in _SAFE or (caller is not None and caller.token_id is not None):
        return
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise CsrfError(f"a form of {origin!r} was sent to {request.host!r}", hint=_HINT)
    protection: CSRFProtect = current_app.extensions["csrf"]
    try:
        protection.protect()
    except CSRFError as error:
        raise CsrfError("the form carries no proof that it is ours", hint=_HINT) from error


def renew() -> None:
    """Make every proof that this browser has worthless: somebody else is there now."""
    session.clear()
