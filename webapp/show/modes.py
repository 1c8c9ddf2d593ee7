"""The modes of a twin in words."""

from dt.store.control import LoopMode, Mode
from webapp.language import _


def word(mode: Mode) -> str:
    """Return a mode in a word."""
    return {
        Mode.MANUAL: _("manual"),
        Mode.AUTOMATIC: _("automatic"),
        Mode.AUTOPILOT: _("autopilot"),
    }[mode]


def meaning(mode: Mode) -> str:
    """Return who owns the actuators in a mode."""
    return {
        Mode.MANUAL: _("Only people decide; rules, routines and loops wait."),
        Mode.AUTOMATIC: _("Rules, routines and loops decide; people may always act."),
        Mode.AUTOPILOT: _("Models may command too; people may always act."),
    }[mode]


def loop_word(mode: LoopMode) -> str:
    """Return who gives a loop's output, in a word."""
    return {
        LoopMode.AUTO: _("automatic"),
        LoopMode.MANUAL: _("by hand"),
        LoopMode.AUTOTUNE: _("autotune"),
    }[mode]
