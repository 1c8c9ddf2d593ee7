"""Twins: what they are, as their files declare them."""

import msgspec
from flask import Blueprint

from dt.errors import NotFoundError
from dt.store.twins import Twin
from dt.twin.description import TwinDescription
from webapp.api.operation import Operation, serve
from webapp.context import current

blueprint = Blueprint("api_twins", __name__, url_prefix="/api/v1")


class TwinSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One twin in a list.

    Attributes:
        id: ``dt:PlantBox_001``; empty: the file is broken and says none.
        status: What its metadata say; empty: nothing.
        signals: Full names of its signals, derived ones included.
        error: What is wrong with its file; empty: nothing.
        file: Where it is declared.
        loaded_at: UTC ms when it last changed.
    """

    id: str
    name: str
    tenant: str
    status: str
    signals: list[str]
    error: str
    file: str
    loaded_at: int


class TwinDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One twin with all that its file declares."""

    description: TwinDescription
    error: str
    file: str
    loaded_at: int


@serve(
    blueprint,
    Operation(
        method="GET", rule="/twins", summary="List the twins", answer=list[TwinSummary]
    ),
)
def list_twins() -> list[TwinSummary]:
    """Return every twin file as the collector last read it."""
    return [_summary(twin) for twin in current().twin_files()]


def _summary(twin: Twin) -> TwinSummary:
    says = twin.description
    names = [*says.signals, *says.derived] if says else []
    return TwinSummary(
        id=twin.id,
        name=says.name if says else twin.id or twin.file,
        tenant=says.tenant if says else "",
        status=str(says.metadata.get("status", "")) if says else "",
        signals=[says.full_name(name) for name in names] if says else [],
        error=twin.error,
        file=twin.file,
        loaded_at=twin.loaded_at,
    )


@serve(
    blueprint,
    Operation(
        method="GET", rule="/twins/<twin>", summary="Describe one twin", answer=TwinDetail
    ),
)
def get_twin(twin: str) -> TwinDetail:
    """Return what the twin's file declares."""
    found = current().appliance.twins.get(twin)
    if found is None or found.description is None:
        raise NotFoundError(f"there is no twin {twin!r}", hint="see GET /api/v1/twins")
    return TwinDetail(
        description=found.description,
        error=found.error,
        file=found.file,
        loaded_at=found.loaded_at,
    )
