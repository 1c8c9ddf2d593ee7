"""Rules, routines and loops as they run: list, change, give back to the file, try."""

from typing import Annotated, Any

import msgspec
from flask import Blueprint

from dt.store.automation import Entry, Kind
from dt.store.users import Role
from webapp import automation, trial
from webapp.api import moments
from webapp.api.events import Limit
from webapp.api.moments import Moment
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Scope, known_caller
from webapp.automation import Written
from webapp.context import current
from webapp.trial import Trial

blueprint = Blueprint("api_automation", __name__, url_prefix="/api/v1")

Version = Annotated[int, msgspec.Meta(ge=0, lt=2**53, description="The one that you saw")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Body = Annotated[
    dict[str, object], msgspec.Meta(description="As in a twin's file, without its id")
]
_PLACES = {
    Kind.RULE: ("/rules", "/rules/<twin>/<name>"),
    Kind.ROUTINE: ("/routines", "/routines/<twin>/<name>"),
    Kind.LOOP: ("", "/loops/<twin>/<name>/entry"),
}


class WrittenQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries."""

    twin: Annotated[str, msgspec.Meta(description="Only those of this twin")] = ""


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How many versions, newest first."""

    limit: Limit = 100


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new entry, or the next version of one.

    Attributes:
        version: That this change is based on; 0: nobody wrote it here before.
    """

    entry: Body
    version: Version = 0


class BackQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which version the caller saw."""

    version: Version


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry to try, kept or not.

    Attributes:
        entry: Left out: as the one of this name runs.
    """

    twin: str
    name: Name = "draft"
    entry: Body | None = None
    from_: Moment = msgspec.field(name="from", default="-7d")
    to: Moment = "now"


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """When a routine is due, UTC ms, oldest first."""

    start: int
    end: int
    slots: list[int]


def _declare(kind: Kind) -> None:
    """Serve the addresses of a kind."""
    everything, one = _PLACES[kind]

    def listed(query: WrittenQuery) -> list[Written]:
        """Return every entry as it runs."""
        return automation.all_of(current(), kind, query.twin)

    def got(twin: str, name: str) -> Written:
        """Return an entry as it runs."""
        return automation.get(current(), kind, twin, name)

    def put(twin: str, name: str, body: Change) -> Written:
        """Keep an entry, if nothing is wrong with it, as the next version."""
        draft = Written(
            twin=twin,
            kind=kind,
            name=name,
            entry=automation.entry_of(body.entry, name),
            in_file=False,
            version=body.version,
        )
        return automation.put(current(), draft, known_caller().name)

    def removed(twin: str, name: str, query: BackQuery) -> None:
        """Give an entry back to the twin's file; without one there it is gone."""
        who = known_caller().name
        automation.give_back(current(), kind, (twin, name), query.version, who)

    def history(twin: str, name: str, query: HistoryQuery) -> list[Entry]:
        """Return the versions that were written here; null: back to the file."""
        automation.twin_of(current(), twin)
        return current().appliance.automation.history(twin, kind, name, query.limit)

    def serve_as(function: Any, method: str, rule: str, **declared: Any) -> None:
        function.__name__ = f"{function.__name__}_{kind}"
        serve(blueprint, Operation(method=method, rule=rule, **declared))(function)

    changing: dict[str, Any] = {"role": Role.ADMIN, "scope": Scope.ADMIN}
    lists = {"query": WrittenQuery, "answer": list[Written]}
    versions = {"query": HistoryQuery, "answer": list[Entry]}
    said = {
        "listed": f"List {kind}s as they run",
        "got": f"Get one {kind} as it runs",
        "put": f"Write a {kind}, or change one",
        "removed": f"Give a {kind} back to the twin's file, or remove it",
        "history": f"List the versions of a {kind}, newest first",
    }
    if everything:
        serve_as(listed, "GET", everything, summary=said["listed"], **lists)
    serve_as(got, "GET", one, summary=said["got"], answer=Written)
    serve_as(put, "PUT", one, summary=said["put"], body=Change, answer=Written, **changing)
    back = {"query": BackQuery, "status": 204, **changing}
    serve_as(removed, "DELETE", one, summary=said["removed"], **back)
    serve_as(history, "GET", f"{one}/history", summary=said["history"], **versions)


for _kind in Kind:
    _declare(_kind)


@serve(
    blueprint,
    Operation(
        method="POST",
        rule="/rules/dry-run",
        summary="Tell where a rule would have fired",
        body=Draft,
        answer=Trial,
    ),
)
def dry_run_rule(body: Draft) -> Trial:
    """Return the firings of a rule on recorded history; nothing is kept or done."""
    context = current()
    span = moments.span(body.from_, body.to, context.clock.now_ms())
    return trial.of_rule(context, _drafted(Kind.RULE, body), *span)


@serve(
    blueprint,
    Operation(
        method="POST",
        rule="/routines/dry-run",
        summary="Tell when a routine is due",
        body=Draft,
        answer=Slots,
    ),
)
def dry_run_routine(body: Draft) -> Slots:
    """Return the slots of a routine in a range; none for one that runs at an interval."""
    context = current()
    start, end = moments.span(body.from_, body.to, context.clock.now_ms())
    found = trial.slots(context, _drafted(Kind.ROUTINE, body), start, end)
    return Slots(start=start, end=end, slots=found)


def _drafted(kind: Kind, body: Draft) -> Written:
    if body.entry is None:
        return automation.get(current(), kind, body.twin, body.name)
    entry = automation.entry_of(body.entry, body.name)
    return Written(twin=body.twin, kind=kind, name=body.name, entry=entry, in_file=False)
