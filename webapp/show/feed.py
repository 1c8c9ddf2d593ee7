"""What happened: commands, alerts, events and notes as sentences, newest first."""

import msgspec

from dt.rules.alerts import Change
from dt.store.alerts import AlertStep
from dt.store.events import Event, Severity
from dt.store.notes import Note
from webapp.language import _
from webapp.show.rich import strong

_KINDS = {
    Severity.INFO: "",
    Severity.NOTICE: "",
    Severity.WARNING: "warn",
    Severity.CRITICAL: "crit",
}
_STEP_KINDS = {"warning": "warn", "critical": "crit"}


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list.

    Attributes:
        at: UTC ms.
        lead: The words in front, in bold; may be empty.
        text: The sentence; see `rich` for its marks.
        kind: ``warn`` or ``crit`` for what wants a look, else empty.
    """

    at: int
    lead: str
    text: str
    kind: str = ""


def feed(events: list[Event], notes: list[Note], limit: int) -> list[Happening]:
    """Return the newest happenings, newest first."""
    return merged([*map(_of_event, events), *map(_of_note, notes)], limit)


def merged(found: list[Happening], limit: int) -> list[Happening]:
    """Return the newest happenings of several kinds, newest first."""
    return sorted(found, key=lambda happening: -happening.at)[:limit]


def of_steps(steps: list[AlertStep]) -> list[Happening]:
    """Return the steps of alerts; lost sensors are told by their own events."""
    return [_of_step(step) for step in steps if "/sensors/" not in step.key]


def _of_step(step: AlertStep) -> Happening:
    lead, _mark, rest = step.text.partition(": ")
    if step.change == Change.RAISE:
        kind = _STEP_KINDS.get(step.severity, "")
        return Happening(at=step.at, lead=lead, text=rest, kind=kind)
    facts = {"who": strong(step.by), "what": lead}
    text = {
        Change.END: _("%(what)s is over", what=strong(lead)),
        Change.ACKNOWLEDGE: _("%(who)s acknowledged: %(what)s", **facts),
        Change.SHELVE: _("%(who)s shelved: %(what)s", **facts),
    }.get(Change(step.change), _("%(what)s is back from the shelf", what=strong(lead)))
    if step.why:
        text = f"{text} ({step.why})"
    return Happening(at=step.at, lead="", text=text)


def _of_event(event: Event) -> Happening:
    lead, mark, rest = event.text.partition(": ")
    if not mark:
        lead, rest = "", event.text
    return Happening(at=event.at, lead=lead, text=rest, kind=_KINDS[event.severity])


def _of_note(note: Note) -> Happening:
    return Happening(at=note.at, lead=_("Note by %(who)s", who=note.author), text=note.text)
