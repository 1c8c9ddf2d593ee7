"""What happened, and what runs as a model."""

from typing import Annotated

import msgspec
from flask import Blueprint

from dt.store.events import Event, Severity
from webapp.api.operation import Operation, serve
from webapp.context import current

blueprint = Blueprint("api_events", __name__, url_prefix="/api/v1")

Limit = Annotated[int, msgspec.Meta(ge=1, le=1_000, description="Most entries")]
Before = Annotated[
    int, msgspec.Meta(ge=0, lt=2**53, description="Only ids below this; 0: the newest")
]


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: newest first, page by page with `before`."""

    limit: Limit = 100
    before: Before = 0
    twin: str = ""
    severity: Annotated[
        int, msgspec.Meta(ge=0, le=3, description="At least: 0 info … 3 critical")
    ] = 0


class NoQuery(msgspec.Struct, frozen=True, kw_only=True):
    """No keys."""


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model block that a twin declares.

    Attributes:
        id: Its id in the twin.
        block: Which block it is.
        reads: Full names of the signals that it reads.
        state: ``declared``: nothing runs it yet.
    """

    id: str
    twin: str
    block: str
    reads: list[str]
    state: str


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/events",
        summary="List what happened, newest first",
        query=EventsQuery,
        answer=list[Event],
    ),
)
def list_events(query: EventsQuery) -> list[Event]:
    """Return events, newest first."""
    return current().appliance.events.newest(
        query.limit,
        before_id=query.before or None,
        twin=query.twin or None,
        at_least=Severity(query.severity),
    )


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/models",
        summary="List the model blocks that twins declare",
        query=NoQuery,
        answer=list[Model],
    ),
)
def list_models(query: NoQuery) -> list[Model]:  # noqa: ARG001 - it refuses any key
    """Return every declared block."""
    return [
        Model(
            id=str(declared.get("id", "")),
            twin=twin.id,
            block=str(declared.get("block", "")),
            reads=[twin.full_name(str(name)) for name in _names(declared.get("reads"))],
            state="declared",
        )
        for twin in current().twins().values()
        for declared in twin.models
    ]


def _names(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
