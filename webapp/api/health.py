"""How the appliance does."""

from flask import Blueprint

from webapp import overview
from webapp.api.operation import Operation, serve
from webapp.context import current
from webapp.overview import Overview

blueprint = Blueprint("api_health", __name__, url_prefix="/api/v1")


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/health",
        summary="Tell how processes, sensors, store, clock and disk do",
        answer=Overview,
    ),
)
def get_health() -> Overview:
    """Return the same that the live feed sends every five seconds."""
    return overview.of(current())
