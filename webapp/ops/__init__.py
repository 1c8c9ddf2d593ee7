"""For machines that watch: is it alive, does it work, how does it do."""

from flask import Flask

from webapp.ops import health


def register(app: Flask) -> None:
    """Add ``/healthz``, ``/readyz`` and ``/metrics``."""
    app.register_blueprint(health.ops)
