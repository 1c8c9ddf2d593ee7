"""What happened: events and notes as one list of sentences, newest first."""

import msgspec

from dt.store.events import Event, Severity
from dt.store.notes import Note
from webapp.language import _

_KINDS = {
    Severity.INFO: "",
    Severity.NOTICE: "",
    Severity.WARNING: "warn",
    Severity.CRITICAL: "crit",
}


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list.

    Attributes:
        at: UTC ms.
        lead: The words in front, in bold; may be empty.
        text: The sentence.
        kind: ``warn`` or ``crit`` for what wants a look, else empty.
    """

    at: int
    lead: str
    text: str
    kind: str = ""


def feed(events: list[Event], notes: list[Note], limit: int) -> list[Happening]:
    """Return the newest happenings, newest first."""
    found = [_of_event(event) for event in events] + [_of_note(note) for note in notes]
    return sorted(found, key=lambda happening: -happening.at)[:limit]


def _of_event(event: Event) -> Happening:
    lead, mark, rest = event.text.partition(": ")
    if not mark:
        lead, rest = "", event.text
    return Happening(at=event.at, lead=lead, text=rest, kind=_KINDS[event.severity])


def _of_note(note: Note) -> Happening:
    return Happening(at=note.at, lead=_("Note by %(who)s", who=note.author), text=note.text)
