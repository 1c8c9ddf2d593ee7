"""What rules and routines have in common as pages: keep, switch, give back, restore."""

import msgspec
from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt.errors import NotFoundError, RequestError
from dt.store.automation import Entry, Kind
from dt.store.users import Role
from webapp import automation
from webapp.auth import identity
from webapp.auth.policy import requires
from webapp.automation import Written
from webapp.context import current
from webapp.security import safe_next
from webapp.show.differences import Difference, differences

written = Blueprint("written", __name__, url_prefix="/written")


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an entry, with what it changed.

    Attributes:
        back: It gave the entry back to the file, or removed it.
        first: Nothing is known of what was before.
    """

    entry: Entry
    changes: tuple[Difference, ...]
    back: bool
    first: bool


def versions(kind: Kind, twin_id: str, name: str, limit: int = 30) -> list[Version]:
    """Return the newest versions of an entry with what each changed, newest first."""
    context = current()
    found = context.appliance.automation.history(twin_id, kind, name, limit + 1)
    file = _in_file(kind, twin_id, name)
    made = []
    for index, entry in enumerate(found[:limit]):
        before = found[index + 1].body if index + 1 < len(found) else None
        old, new = before or file, entry.body or file
        made.append(
            Version(
                entry=entry,
                changes=tuple(differences(old, new)),
                back=entry.body is None,
                first=old is None,
            )
        )
    return made


def _in_file(kind: Kind, twin_id: str, name: str) -> automation.Body | None:
    declared = automation.declared(automation.twin_of(current(), twin_id), kind)
    return declared.get(name)


def place(kind: Kind, twin_id: str, name: str) -> str:
    """Return the address of an entry's page, or of the list if it is gone."""
    if automation.find(current(), kind, twin_id, name) is None:
        return url_for(f"{kind}s.page")
    return url_for(f"{kind}s.one", twin_id=twin_id, name=name)


@written.post("/enable")
@requires(Role.ADMIN, tokens=False)
def enable() -> AnyResponse:
    """Switch an entry on or off; everything else of it stays."""
    entry, who = _asked(), identity.known_caller().name
    body = {key: value for key, value in entry.entry.items() if key != "enabled"}
    if request.form.get("enabled") != "on":
        body["enabled"] = False
    automation.put(current(), msgspec.structs.replace(entry, entry=body), who)
    target = place(entry.kind, entry.twin, entry.name)
    return redirect(safe_next(request.form.get("next"), target), 303)


@written.post("/back")
@requires(Role.ADMIN, tokens=False)
def back() -> AnyResponse:
    """Give an entry back to the twin's file, or remove it."""
    entry, who = _asked(), identity.known_caller().name
    key = (entry.twin, entry.name)
    automation.give_back(current(), entry.kind, key, entry.version, who)
    return redirect(place(entry.kind, *key), 303)


@written.post("/restore")
@requires(Role.ADMIN, tokens=False)
def restore() -> AnyResponse:
    """Write an older version of an entry once more."""
    context, who = current(), identity.known_caller().name
    kind, twin_id, name = _named()
    wanted = request.form.get("restore", "")
    found = context.appliance.automation.history(twin_id, kind, name, 1000)
    old = next((one for one in found if str(one.version) == wanted), None)
    if old is None or old.body is None:
        raise NotFoundError(f"{kind} {name!r} has no version {wanted[:20]!r} to restore")
    draft = Written(
        twin=twin_id,
        kind=kind,
        name=name,
        entry=old.body,
        in_file=False,
        version=_version(),
    )
    automation.put(context, draft, who)
    return redirect(place(kind, twin_id, name), 303)


def _named() -> tuple[Kind, str, str]:
    form = request.form
    kind = form.get("kind", "")
    if kind not in {Kind.RULE, Kind.ROUTINE}:
        raise RequestError(f"kind is {kind[:40]!r}: expected rule or routine")
    return Kind(kind), form.get("twin", ""), form.get("name", "")


def _version() -> int:
    text = request.form.get("version", "0")
    return int(text) if text.isdecimal() and len(text) < 16 else 0


def _asked() -> Written:
    found = automation.get(current(), *_named())
    return msgspec.structs.replace(found, version=_version())


def drafted(kind: Kind, entry: automation.Body) -> Written:
    """Return what this request's form says, with the version that it is based on."""
    form = request.form
    twin_id, name = form.get("twin", ""), form.get("id", "").strip()
    known = automation.find(current(), kind, twin_id, name)
    return Written(
        twin=twin_id,
        kind=kind,
        name=name,
        entry=entry,
        in_file=known is not None and known.in_file,
        version=_version(),
    )
