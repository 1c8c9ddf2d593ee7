"""Why a rule fired, for people: values, clauses, since when, and what followed."""

from collections.abc import Mapping, Sequence

import msgspec

from dt.rules.description import Clause, Seen
from dt.store.commands import CommandRow, State
from dt.store.firings import FiringRow
from dt.twin.quality import Quality, quality_of
from webapp.language import _, _n
from webapp.show import numbers, times
from webapp.show.signals import Signal


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """An input as the rule saw it.

    Attributes:
        title: Of the signal.
        name: Full name; empty: no twin declares it now.
        text: Value with unit, or a dash.
        note: Its quality and age then.
    """

    title: str
    name: str
    text: str
    note: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A clause: its text, and in words and shape whether it held."""

    text: str
    word: str
    pill: str


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A command that followed, and what became of it."""

    command: CommandRow
    word: str
    pill: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A firing as a page tells it.

    Attributes:
        firing: Itself.
        happened: ``fired`` and so on in words.
        held: Since when, for how long and in how many readings.
    """

    firing: FiringRow
    happened: str
    held: str
    parts: tuple[Part, ...]
    values: tuple[Value, ...]


def told(firing: FiringRow, signals: Mapping[str, Signal]) -> Told:
    """Return a firing for people.

    Args:
        firing: With its trace.
        signals: Of its twin, by the name within the twin.
    """
    return Told(
        firing=firing,
        happened=happened(firing.happening),
        held=_held(firing),
        parts=tuple(_part(clause) for clause in firing.trace.clauses),
        values=tuple(
            _value(seen, signals.get(seen.signal), firing.at)
            for seen in firing.trace.inputs
        ),
    )


def happened(happening: str) -> str:
    """Return what became of a rule in a word."""
    return {
        "fired": _("fired"),
        "repeated": _("acted again"),
        "cleared": _("cleared"),
    }.get(happening, happening)


def _held(firing: FiringRow) -> str:
    trace = firing.trace
    lasted = times.span((firing.at - trace.since) / 1000)
    since = times.moment(trace.since, firing.at)
    if not trace.count:
        return _("since %(time)s, for %(span)s", time=since, span=lasted)
    readings = _n("%(num)s reading", "%(num)s readings", trace.count)
    return _(
        "since %(time)s, for %(span)s, in %(readings)s",
        time=since,
        span=lasted,
        readings=readings,
    )


def _part(clause: Clause) -> Part:
    word = {True: _("held"), False: _("did not hold"), None: _("cannot be told")}
    pill = {True: "good", False: "crit", None: "off"}
    return Part(text=clause.text, word=word[clause.held], pill=pill[clause.held])


def _value(seen: Seen, signal: Signal | None, at: int) -> Value:
    title = signal.title if signal is not None else seen.signal
    text = numbers.DASH
    if seen.value is not None:
        text = (
            f"{signal.text(seen.value)} {signal.sign}".strip()
            if signal is not None
            else f"{seen.value:.4g}"
        )
    return Value(
        title=title,
        name=signal.name if signal is not None else "",
        text=text,
        note=_note(seen, at),
    )


def _note(seen: Seen, at: int) -> str:
    if seen.observed_at is None:
        return _("never read")
    parts = []
    if seen.code is None:
        parts.append(_("stale"))
    elif quality_of(seen.code) is not Quality.GOOD:
        bad = quality_of(seen.code) is Quality.BAD
        parts.append(_("bad") if bad else _("uncertain"))
    if at - seen.observed_at >= 1000:
        age = times.span((at - seen.observed_at) / 1000)
        parts.append(_("%(span)s before", span=age))
    return ", ".join(parts)


_PILLS = {
    State.DONE: "good",
    State.RUNNING: "good",
    State.REFUSED: "warn",
    State.FAILED: "crit",
    State.EXPIRED: "warn",
}


def followed(commands: Sequence[CommandRow]) -> list[Followed]:
    """Return commands with what became of them in words."""
    return [
        Followed(command=one, word=state_word(one.state), pill=_PILLS.get(one.state, "off"))
        for one in commands
    ]


def doing(found: Sequence[Followed], now: int) -> str:
    """Return what is being done: the newest command and what became of it; or nothing."""
    if not found:
        return ""
    last = found[-1]
    one = last.command
    text = f"{one.actuator} {one.command}: {last.word}"
    text = f"{text}, {one.detail}" if one.detail else text
    if one.state is State.REFUSED and one.allowed_at is not None and one.allowed_at > now:
        at = times.moment(one.allowed_at, now)
        text = _("%(said)s, allowed from %(time)s", said=text, time=at)
    return text


def state_word(state: State) -> str:
    """Return where a command is in its life, as a word."""
    return {
        State.QUEUED: _("queued"),
        State.ACCEPTED: _("accepted"),
        State.REFUSED: _("refused"),
        State.RUNNING: _("running"),
        State.DONE: _("done"),
        State.FAILED: _("failed"),
        State.EXPIRED: _("expired"),
        State.SUPERSEDED: _("superseded"),
    }[state]
