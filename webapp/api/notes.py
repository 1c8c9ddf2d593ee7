"""Notes that people write on charts."""

from typing import Annotated

import msgspec
from flask import Blueprint

from dt.errors import ForbiddenError, NotFoundError
from dt.store.notes import Note
from dt.store.users import Role
from webapp.api import moments
from webapp.api.moments import Moment
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Caller, Scope, known_caller
from webapp.context import Context, current

blueprint = Blueprint("api_notes", __name__, url_prefix="/api/v1")

When = Annotated[int, msgspec.Meta(ge=0, lt=253_402_300_800_000, description="UTC ms")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
NoteId = Annotated[int, msgspec.Meta(ge=1)]


class NotesQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which notes."""

    from_: Moment = "-24h"
    to: Moment = "now"
    target: Annotated[
        list[str], msgspec.Meta(description="On these signals and their twins; none: all")
    ] = []


class NewNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note to write.

    Attributes:
        target: Full name of a signal, or id of a twin.
        at: UTC ms that it is about.
        ends_at: If it is about a range: its end, excluded.
    """

    target: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    text: Text
    at: When
    ends_at: When | None = None


class NoteText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new text of a note."""

    text: Text


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/notes",
        summary="List the notes of a range of time",
        query=NotesQuery,
        answer=list[Note],
    ),
)
def list_notes(query: NotesQuery) -> list[Note]:
    """Return the notes that touch the range, by time."""
    context = current()
    start, end = moments.span(query.from_, query.to, context.clock.now_ms())
    return context.appliance.notes.between(start, end, query.target or None)


@serve(
    blueprint,
    Operation(
        method="POST",
        rule="/notes",
        summary="Write a note",
        body=NewNote,
        answer=Note,
        status=201,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def write_note(body: NewNote) -> Note:
    """Write a note on a signal or twin that exists."""
    context, who = current(), known_caller()
    if body.target not in context.log.signals() and body.target not in context.twins():
        raise NotFoundError(f"there is no signal or twin {body.target!r}")
    with context.appliance.database.transaction():
        note = context.appliance.notes.add(
            body.target, body.at, body.text, who.name, body.ends_at
        )
        context.appliance.audit.add(who.name, "note.add", f"note {note.id}", None, note)
    return note


@serve(
    blueprint,
    Operation(method="GET", rule="/notes/<int:note>", summary="Get one note", answer=Note),
)
def get_note(note: int) -> Note:
    """Return one note."""
    return _note(current(), note)


@serve(
    blueprint,
    Operation(
        method="PATCH",
        rule="/notes/<int:note>",
        summary="Change the text of a note; one's own, or any as an admin",
        body=NoteText,
        answer=Note,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def edit_note(note: int, body: NoteText) -> Note:
    """Change the text of a note."""
    context, who = current(), known_caller()
    with context.appliance.database.transaction():
        before = _mine(context, who, note)
        after = context.appliance.notes.edit(note, body.text)
        context.appliance.audit.add(who.name, "note.edit", f"note {note}", before, after)
    return after


@serve(
    blueprint,
    Operation(
        method="DELETE",
        rule="/notes/<int:note>",
        summary="Remove a note; one's own, or any as an admin",
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
        status=204,
    ),
)
def remove_note(note: int) -> None:
    """Remove a note."""
    context, who = current(), known_caller()
    with context.appliance.database.transaction():
        before = _mine(context, who, note)
        context.appliance.notes.remove(note)
        context.appliance.audit.add(who.name, "note.remove", f"note {note}", before)


def _note(context: Context, note: int) -> Note:
    if note >= 2**63:
        raise NotFoundError(f"there is no note {note}")
    return context.appliance.notes.get(note)


def _mine(context: Context, who: Caller, note: int) -> Note:
    found = _note(context, note)
    if found.author != who.name and who.role is not Role.ADMIN:
        raise ForbiddenError(f"the note is by {found.author}", hint="ask its author")
    return found
