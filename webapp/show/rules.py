"""Rules as rows: what each says, how it does, its picture with its firings in it."""

from collections.abc import Mapping, Sequence

import msgspec

from dt.rules.alerts import Alert
from dt.rules.description import Severity
from dt.store.firings import FiringRow
from webapp.automation import Written
from webapp.language import _
from webapp.show import alerts, rule_form
from webapp.show.signals import Signal
from webapp.show.sparks import Spark

_WIDTH = 150


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the list.

    Attributes:
        rule: Itself.
        twin: What people call the twin.
        title: What it says to people, or its name.
        condition: When it fires.
        pill: Shape and colour of its state.
        word: Its state.
        last: Its newest firing, or None.
        signal: Whose picture is shown, or None.
        spark: The picture.
        fired: Path of the marks of its firings in the picture.
    """

    rule: Written
    twin: str
    title: str
    condition: str
    pill: str
    word: str
    last: FiringRow | None
    signal: Signal | None
    spark: Spark
    fired: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a rule.

    Attributes:
        alert: That it raised, if it is not over.
        wrong: It cannot run.
        firings: Newest first.
    """

    alert: Alert | None
    wrong: bool
    firings: tuple[FiringRow, ...]


def state(rule: Written, known: Known) -> tuple[str, str]:
    """Return how a rule does: shape and colour, and the word."""
    if not rule.enabled:
        return "off", _("off")
    if known.wrong:
        return "crit", _("wrong")
    if known.alert is not None and known.alert.holds:
        return alerts.PILLS[known.alert.severity], _("fires now")
    return "good", _("quiet")


def title(rule: Written) -> str:
    """Return what people call a rule: from its name."""
    words = rule.name.replace("-", " ").replace("_", " ").replace(".", " ")
    return words[:1].upper() + words[1:]


def severity(entry: Mapping[str, object]) -> str:
    """Return the severity of a rule as a word."""
    return alerts.severity_word(str(entry.get("severity", Severity.WARNING)))


def main_signal(
    entry: Mapping[str, object], signals: Mapping[str, Signal]
) -> Signal | None:
    """Return the signal that a rule is about: the one it names, or the first it uses."""
    named = signals.get(str(entry.get("signal", "")))
    if named is not None:
        return named
    when = str(entry.get("when", ""))
    places = {key: when.find(key) for key in signals}
    used = [key for key, at in places.items() if at >= 0]
    used.sort(key=lambda key: (places[key], -len(key)))
    return signals[used[0]] if used else None


def marks(firings: Sequence[FiringRow], start: int, end: int) -> str:
    """Return the path of a mark for each time it fired between two times."""
    width = max(1, end - start)
    return "".join(
        f"M{(one.at - start) / width * _WIDTH:.1f},0V36"
        for one in firings
        if one.happening == "fired" and start <= one.at < end
    )


def condition(rule: Written, signals: Mapping[str, Signal]) -> str:
    """Return when a rule fires, in words."""
    titles = {key: signal.title for key, signal in signals.items()}
    return rule_form.condition(rule.entry, titles)
