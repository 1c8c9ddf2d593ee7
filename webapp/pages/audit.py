"""``/audit``: who changed what, and what actuators were told, by whom and why."""

import msgspec
from flask import Blueprint, render_template, request

from dt.store.audit import Entry
from dt.store.commands import CommandRow, Source
from dt.store.firings import FiringRow
from dt.store.users import Role
from webapp.auth.policy import requires
from webapp.context import current
from webapp.show import audits
from webapp.show.commands import Thing
from webapp.show.differences import Difference, differences
from webapp.show.hands import thing
from webapp.show.signals import signals_of
from webapp.show.stories import story

audit = Blueprint("audit", __name__)
_PAGE = 50
_FIRINGS = 100


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
    """Show who changed what, or what actuators were told and why; newest first."""
    if request.args.get("show") == "hands":
        return _hands()
    return _people()


def _hands() -> str:
    appliance, now = current().appliance, current().clock.now_ms()
    target = request.args.get("target", "").strip()[:300]
    before = request.args.get("before", "")
    number = int(before) if before.isdecimal() and len(before) < 16 else None
    twins = current().twins()
    rows = appliance.commands.newest(_PAGE + 1, twin=target or None, before_seq=number)
    stories = []
    for row in rows[:_PAGE]:
        twin = twins.get(row.twin)
        about = Thing(title=row.actuator) if twin is None else thing(twin, row.actuator)
        signals = {} if twin is None else {s.key: s for s in signals_of(twin)}
        stories.append(story(row, about, _firing_of(row), signals, now))
    return render_template(
        "audit.html",
        show="hands",
        stories=stories,
        rows=stories,
        older=rows[_PAGE - 1].seq if len(rows) > _PAGE else None,
        newer=number is not None,
        target=target,
        who="",
    )


def _firing_of(row: CommandRow) -> FiringRow | None:
    """Return the firing that a rule's command followed from, at once or when allowed."""
    if row.source is not Source.RULE:
        return None
    found = current().appliance.firings.newest(_FIRINGS, twin=row.twin, rule=row.by)
    same = (f for f in found if f"{f.trace.epoch}:{f.trace.seq}" == row.correlation_id)
    return next(same, None)


def _people() -> str:
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
        show="people",
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
