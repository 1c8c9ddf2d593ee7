"""Addresses of static files that change when their content does.

A page names ``/static/app.css?v=1f3c…``; such an answer may be kept for a year, so that
a second page costs no request, and an upgrade is seen at once.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, request, url_for

_YEAR_S = 31_536_000


class Assets:
    """Knows the content hash of each static file; looks again when a file changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[int, int, str]] = {}

    def version(self, name: str) -> str:
        """Return the first 12 hex digits of the file's SHA-256; empty: no such file."""
        path = self._folder / name
        try:
            stat = path.stat()
        except OSError:
            return ""
        known = self._known.get(name)
        if known is None or known[:2] != (stat.st_mtime_ns, stat.st_size):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            known = (stat.st_mtime_ns, stat.st_size, digest)
            self._known[name] = known
        return known[2]

    def url(self, name: str) -> str:
        """Return the address of a static file, with its version."""
        return url_for("static", filename=name, v=self.version(name) or None)


def install(app: Flask) -> Assets:
    """Serve static files with their versions; templates get ``asset(name)``."""
    assets = Assets(Path(app.static_folder or ""))
    app.add_template_global(assets.url, "asset")

    @app.after_request
    def keep(answer: Response) -> Response:
        """Let versioned files be kept for a year; all else is asked for again."""
        if request.endpoint == "static" and answer.status_code < 400:
            name = (request.view_args or {}).get("filename", "")
            asked = request.args.get("v")
            fresh = bool(asked) and asked == assets.version(name)
            answer.headers["Cache-Control"] = (
                f"public, max-age={_YEAR_S}, immutable" if fresh else "no-cache"
            )
        return answer

    return assets
