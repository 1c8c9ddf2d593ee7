"""``/audit``: who changed what, how it was before and how it is."""

import msgspec
from flask import Blueprint, render_template, request

from dt.store.audit import Entry
from dt.store.users import Role
from webapp.auth.policy import requires
from webapp.context import current
from webapp.show import audits
from webapp.show.differences import Difference, differences

audit = Blueprint("audit", __name__)
_PAGE = 50


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One change.

    Attributes:
        what: In words.
        changes: Key by key.
    """

    entry: Entry
    what: str
    changes: tuple[Difference, ...]


@audit.get("/audit")
@requires(Role.OPERATOR, tokens=False)
def page() -> str:
    """Show the audit, newest first, narrowed by target and person."""
    store = current().appliance.audit
    target = request.args.get("target", "").strip()[:300]
    who = request.args.get("who", "")[:100]
    before = request.args.get("before", "")
    number = int(before) if before.isdecimal() and len(before) < 16 else None
    found = store.newest(
        _PAGE + 1, before_id=number, target=target or None, who=who or None
    )
    return render_template(
        "audit.html",
        rows=[_row(entry) for entry in found[:_PAGE]],
        older=found[_PAGE - 1].id if len(found) > _PAGE else None,
        newer=number is not None,
        people=store.authors(),
        target=target,
        who=who,
    )


def _row(entry: Entry) -> Row:
    changes = differences(entry.before, entry.after)
    return Row(entry=entry, what=audits.what(entry.action), changes=tuple(changes))
