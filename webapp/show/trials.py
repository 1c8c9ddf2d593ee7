"""A dry run for people: how often, how long, where; and as a chart."""

import re
from collections.abc import Mapping

import msgspec

from webapp.automation import Body
from webapp.language import _, _n
from webapp.show import numbers, times
from webapp.show.charts import Mark, Pane
from webapp.show.charts import panes as stacked
from webapp.show.signals import Signal
from webapp.trial import Episode, Trial

_COMPARISON = re.compile(r"\s*([a-z][\w.]*)\s*([<>]=?)\s*(-?\d+(?:\.\d+)?)\s*", re.I)
_ROWS = 50
_MARKS = 200


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One time that the rule would have held."""

    at: int
    lasted: str
    message: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A dry run in words.

    Attributes:
        fired: How often.
        headline: ``It would have fired 3 times``.
        held: How long in all.
        longest: The longest of all that are listed.
        judged: What was judged: readings, or means of so long.
        rows: The last ones, newest first.
        more: How many are not listed.
        empty: There was nothing to judge.
    """

    fired: int
    headline: str
    held: str
    longest: str
    judged: str
    rows: tuple[Row, ...]
    more: int
    empty: bool


def shown(trial: Trial, now: int) -> Shown:
    """Return a dry run in words; now in UTC ms."""
    found = trial.episodes
    return Shown(
        fired=trial.fired,
        headline=_n(
            "It would have fired %(num)s time",
            "It would have fired %(num)s times",
            trial.fired,
        ),
        held=times.span(trial.held_ms / 1000),
        longest=times.span(max((_ms(one, trial.end) for one in found), default=0) / 1000),
        judged=_judged(trial),
        rows=tuple(_row(one, now) for one in reversed(found[-_ROWS:])),
        more=max(0, trial.fired - min(len(found), _ROWS)),
        empty=not trial.rows,
    )


def _ms(one: Episode, end: int) -> int:
    return (one.end or end) - one.start


def _row(one: Episode, now: int) -> Row:
    lasted = times.span(_ms(one, now) / 1000)
    return Row(
        at=one.start,
        lasted=lasted if one.end is not None else _("%(span)s, still holds", span=lasted),
        message=one.firing.message,
    )


def _judged(trial: Trial) -> str:
    if not trial.bucket_ms:
        return _("%(count)s readings judged", count=numbers.text(trial.rows, 0))
    span = times.span(trial.bucket_ms / 1000)
    return _(
        "judged on means of %(span)s: shorter peaks and silences are not seen", span=span
    )


def marks(trial: Trial) -> tuple[Mark, ...]:
    """Return where it would have fired, as marks of the chart: at most 200."""
    return tuple(
        Mark(
            at=one.start,
            text=_("would fire, %(span)s", span=times.span(_ms(one, trial.end) / 1000)),
            kind="warn",
        )
        for one in trial.episodes[-_MARKS:]
    )


def panes(signals: list[Signal], entry: Body) -> tuple[Pane, ...]:
    """Return the panes of a trial, with the limits of the rule instead of the signal's."""
    limited = [_with_limits(signal, entry) for signal in signals]
    return stacked(limited, 2)


def _with_limits(signal: Signal, entry: Mapping[str, object]) -> Signal:
    plain = _COMPARISON.fullmatch(str(entry.get("when", "")))
    if plain is not None:
        key = "below" if plain[2].startswith("<") else "above"
        entry = {"kind": "threshold", "signal": plain[1], key: float(plain[3])}
    if str(entry.get("kind", "expression")) not in {"threshold", "range"}:
        return signal
    if entry.get("signal") != signal.key:
        return msgspec.structs.replace(signal, low=None, high=None)
    low = entry.get("below", entry.get("low"))
    high = entry.get("above", entry.get("high"))
    return msgspec.structs.replace(signal, low=_number(low), high=_number(high))


def _number(value: object) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain else None  # type: ignore[arg-type]
