"""Who may command a twin's actuators in which mode. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from dt.store.commands import Source
from dt.store.control import Mode

_PEOPLE = frozenset({Source.PERSON, Source.CENTRE})
_MAY: Mapping[Mode, frozenset[Source]] = MappingProxyType(
    {
        Mode.MANUAL: _PEOPLE,
        Mode.AUTOMATIC: _PEOPLE | {Source.RULE, Source.ROUTINE, Source.LOOP},
        Mode.AUTOPILOT: _PEOPLE | {Source.MODEL},
    }
)
_OWNER = MappingProxyType(
    {
        Mode.MANUAL: "people",
        Mode.AUTOMATIC: "its rules, routines and loops",
        Mode.AUTOPILOT: "models",
    }
)


def may(mode: Mode, source: Source) -> bool:
    """Tell whether a source may command in a mode; the safe state may always be asked."""
    return source in _MAY[mode]


def reason(mode: Mode, source: Source) -> str:
    """Return why a source may not command, as one sentence."""
    return f"the mode is {mode}: {_OWNER[mode]} own the actuators, not a {source}"
