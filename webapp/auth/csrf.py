"""A form proves that it came from our own page.

The proof is ``HMAC-SHA256(cookie, "csrf")``: only who can read a page of ours, or the
cookie, can know it, and nothing needs to be kept. It travels as the form field
``csrf_token`` or the header ``X-CSRF-Token``. Callers with a token need none: a browser
never adds an Authorization header by itself.
Source: OWASP CSRF Prevention Cheat Sheet, HMAC-based token pattern.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from dt.errors import CsrfError
from webapp.auth import identity
from webapp.auth.identity import Caller

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HINT = "load the page again and repeat what you did"


def token() -> str:
    """Return the proof for this browser; gives it a cookie if it has none."""
    seed = identity.session_secret() or request.cookies.get(_visitor_cookie())
    if not seed:
        if "csrf_visitor" not in g:
            g.csrf_visitor = secrets.token_urlsafe(24)
        seed = str(g.csrf_visitor)
    return _proof(seed)


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
    seed = identity.session_secret() or request.cookies.get(_visitor_cookie(), "")
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not seed or not hmac.compare_digest(_proof(seed).encode(), given.encode()):
        raise CsrfError("the form carries no proof that it is ours", hint=_HINT)


def install(app: Flask) -> None:
    """Give templates ``csrf_token()``, and the cookie it needs."""
    app.add_template_global(token, "csrf_token")

    @app.after_request
    def remember(answer: Response) -> Response:
        """Set the visitor's cookie if this answer holds a proof made from it."""
        visitor = g.get("csrf_visitor")
        if visitor:
            identity.set_cookie(answer, _visitor_cookie(), visitor)
        return answer


def _visitor_cookie() -> str:
    return identity.cookie_name("visitor")


def _proof(seed: str) -> str:
    return hmac.new(seed.encode(), b"csrf", hashlib.sha256).hexdigest()
