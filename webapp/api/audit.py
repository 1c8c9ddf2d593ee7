"""Who changed what: for operators and admins."""

from typing import Annotated

import msgspec
from flask import Blueprint

from dt.store.audit import Entry
from dt.store.users import Role
from webapp.api.events import Before, Limit
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Scope
from webapp.context import current

blueprint = Blueprint("api_audit", __name__, url_prefix="/api/v1")


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries of the audit: newest first, page by page with `before`."""

    limit: Limit = 100
    before: Before = 0
    target: Annotated[
        str, msgspec.Meta(description="Only about this, and what is below it")
    ] = ""
    who: Annotated[str, msgspec.Meta(description="Only by this name")] = ""


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/audit",
        summary="List who changed what, newest first",
        query=AuditQuery,
        answer=list[Entry],
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
        tag="people",
    ),
)
def list_audit(query: AuditQuery) -> list[Entry]:
    """Return the audit, newest first."""
    return current().appliance.audit.newest(
        query.limit,
        before_id=query.before or None,
        target=query.target or None,
        who=query.who or None,
    )
