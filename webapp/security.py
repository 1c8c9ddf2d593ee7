"""Headers that tell a browser what this site will never ask of it.

No script or style runs that is not one of our files or marked with this answer's nonce;
nobody may put the site in a frame; nothing is fetched from another host.
"""

import secrets

from flask import Flask, Response, g, request

_POLICY = (
    "default-src 'none'; "
    "script-src 'self' 'nonce-{nonce}'; "
    "style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "worker-src 'self'; "
    "base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)


def csp_nonce() -> str:
    """Return this answer's nonce, for ``<script nonce>`` and ``<style nonce>``."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def install(app: Flask, *, https: bool) -> None:
    """Add the headers to every answer; templates get ``csp_nonce()``."""
    app.add_template_global(csp_nonce)

    @app.after_request
    def protect(answer: Response) -> Response:
        """Add the security headers."""
        headers = answer.headers
        headers["Content-Security-Policy"] = _POLICY.format(nonce=csp_nonce())
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return answer


def safe_next(target: str | None, default: str = "/") -> str:
    r"""Return `target` if it is a path on this site, else `default`.

    ``//host``, ``/\host``, schemes and control characters are refused: browsers read
    some of them as another site.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return default
    if any(c == "\\" or not c.isprintable() for c in target):
        return default
    return target
