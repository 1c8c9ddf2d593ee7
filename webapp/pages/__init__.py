"""What people see: one module per page, each with its blueprint.

Start here: `fetch` asks the store, `webapp.show` puts it into words and pictures, the
templates show it. `frame` holds what every page has: navigation, times, numbers.
"""

from flask import Flask

from webapp import language
from webapp.pages import (
    alerts,
    audit,
    calibrate,
    charts,
    control,
    frame,
    health,
    more,
    now,
    parts,
    routines,
    rules,
    settings,
    signal,
    twins,
    written,
)


def register(app: Flask) -> None:
    """Add every page to the app."""
    language.install(app)
    frame.install(app)
    for blueprint in (
        now.now,
        charts.charts,
        control.control,
        parts.parts,
        alerts.alerts,
        rules.rules,
        routines.routines,
        written.written,
        audit.audit,
        twins.twins,
        signal.signal,
        calibrate.calibrate,
        health.health,
        more.more,
        *settings.blueprints(),
    ):
        app.register_blueprint(blueprint)
