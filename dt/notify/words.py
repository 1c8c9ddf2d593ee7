"""The words of messages in the appliance's language. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

_GERMAN: Mapping[str, str] = MappingProxyType(
    {
        "info": "Info",
        "notice": "Hinweis",
        "warning": "Warnung",
        "critical": "Kritisch",
        "over": "Vorbei",
        "acknowledged": "Quittiert",
        "shelved": "Zurückgestellt",
        "by {who}": "von {who}",
        "Since {time}": "Seit {time}",
        "Over since {time}": "Vorbei seit {time}",
        "Seen: {what}": "Gemessen: {what}",
        "Done about it: {what}": "Unternommen: {what}",
        "Nothing is done about it by itself.": "Von selbst wird nichts unternommen.",
        "{command} for {seconds} s": "{command} für {seconds} s",
        "queued": "wartet",
        "accepted": "angenommen",
        "refused": "abgelehnt",
        "running": "läuft",
        "done": "erledigt",
        "failed": "gescheitert",
        "expired": "verfallen",
        "superseded": "überholt",
        "test": "Test",
        "This is a test of the channel {name}.": "Dies ist ein Test des Kanals {name}.",
    }
)
_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "info": "Info",
        "notice": "Notice",
        "warning": "Warning",
        "critical": "Critical",
        "over": "Over",
        "acknowledged": "Acknowledged",
        "shelved": "Shelved",
        "test": "Test",
    }
)
_TIMES = {"en": "%Y-%m-%d %H:%M", "de": "%d.%m.%Y %H:%M"}


def word(language: str, text: str, **values: object) -> str:
    """Return a text in a language (``en``, ``de``), with its ``{name}`` filled in."""
    words = _GERMAN if language == "de" else _ENGLISH
    found = words.get(text, text)
    return found.format(**values) if values else found


def time_format(language: str) -> str:
    """Return how a language writes a time, for `strftime`."""
    return _TIMES.get(language, _TIMES["en"])
