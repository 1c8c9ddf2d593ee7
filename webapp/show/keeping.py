"""How long readings are kept, resolution by resolution, in words."""

from collections.abc import Mapping

import msgspec

from dt.twin.description import TwinDescription
from webapp.language import _
from webapp.show import times
from webapp.show.signals import signals_of


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One resolution and how long it is kept."""

    resolution: str
    lasts: str


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that is kept otherwise than the rest."""

    name: str
    title: str
    kept: list[Kept]


def kept_rows(retain: Mapping[str, float]) -> list[Kept]:
    """Return the resolutions from the finest, with how long each is kept."""
    return [
        Kept(resolution=resolution_word(key), lasts=times.span(float(lasts)))
        for key, lasts in retain.items()
    ]


def resolution_word(key: str) -> str:
    """Return a resolution in words."""
    return {
        "raw": _("every reading"),
        "1min": _("minutes"),
        "15min": _("quarters of an hour"),
        "1h": _("hours"),
        "1day": _("days"),
    }.get(key, key)


def kept_by_signal(twins: dict[str, TwinDescription]) -> list[Own]:
    """Return the signals whose twin says how long they are kept."""
    found = []
    for twin in twins.values():
        for signal in signals_of(twin):
            spec = twin.signals.get(signal.key) or twin.derived[signal.key]
            if spec.retain:
                rows = kept_rows(spec.retain)
                found.append(Own(name=signal.name, title=signal.title, kept=rows))
    return found
