"""Commands as sentences: who asked what, and what became of it."""

import msgspec

from dt.errors import CommandError
from dt.store.commands import CommandRow, Source, State
from dt.store.properties import Limit
from dt.twin import command as commands
from dt.twin.command import Command, Verb
from webapp.language import _, locale
from webapp.show import numbers, times
from webapp.show.rich import left, strong

_PILLS = {
    State.DONE: "good",
    State.RUNNING: "good",
    State.REFUSED: "warn",
    State.FAILED: "crit",
    State.EXPIRED: "warn",
}


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What sentences need to know of an actuator.

    Attributes:
        title: For people.
        waters: It waters plants.
        limit: What limits it.
    """

    title: str
    waters: bool = False
    limit: Limit = Limit()

    @property
    def noun(self) -> str:
        """The title in the middle of a sentence."""
        first, rest = self.title[:1], self.title[1:]
        plain = locale() == "en" and rest[:1].islower()
        return first.lower() + rest if plain else self.title


def pill(state: State) -> str:
    """Return the class of a state's pill."""
    return _PILLS.get(state, "off")


def word(state: State) -> str:
    """Return a state in a word."""
    return {
        State.QUEUED: _("waiting"),
        State.ACCEPTED: _("accepted"),
        State.REFUSED: _("refused"),
        State.RUNNING: _("running"),
        State.DONE: _("done"),
        State.FAILED: _("failed"),
        State.EXPIRED: _("expired"),
        State.SUPERSEDED: _("replaced"),
    }[state]


def who(row: CommandRow) -> str:
    """Return who asked: ``Rule too-dry``, ``ada``."""
    name = strong(row.by or "–")
    return {
        Source.RULE: _("Rule %(name)s", name=name),
        Source.ROUTINE: _("Routine %(name)s", name=name),
        Source.LOOP: _("Loop %(name)s", name=name),
        Source.MODEL: _("Model %(name)s", name=name),
        Source.CENTRE: _("The centre"),
    }.get(row.source, name)


def owner(desired_by: str) -> str:
    """Return who wants a property, as its row says: ``rule too-dry``, ``ada``."""
    kind, _space, name = desired_by.partition(" ")
    known = {
        "rule": _("rule %(name)s", name=name),
        "routine": _("routine %(name)s", name=name),
        "loop": _("loop %(name)s", name=name),
        "model": _("model %(name)s", name=name),
    }
    return known.get(kind, desired_by) if name else desired_by


def read(text: str) -> Command | None:
    """Return the command that a text says; None: none."""
    try:
        return commands.read(text)
    except CommandError:
        return None


def wanted(row: CommandRow) -> str:
    """Return what was asked, short: ``on for 10 s``, ``off``, ``40 %``."""
    said = level(read(row.command))
    if row.duration_s is None:
        return said
    return _("%(what)s for %(span)s", what=said, span=times.every(row.duration_s))


def level(what: Command | None) -> str:
    """Return what an actuator does, in a word."""
    if what is None:
        return "–"
    if what.verb is Verb.SET_PWM:
        return f"{numbers.text(100 * (what.value or 0), 0)} %"
    if what.verb is Verb.SET:
        return numbers.text(what.value, 1)
    return _("on") if what.on else _("off")


def sentence(row: CommandRow, thing: Thing, now: int) -> str:
    """Return who asked for what and what became of it; see `rich` for its marks.

    Args:
        row: The command.
        thing: Its actuator.
        now: UTC ms.
    """
    what = read(row.command)
    if row.state is State.DONE and what is not None and what.on:
        return _done(row, thing)
    return f"{_asked(row, thing, what)}: {outcome(row, thing, now)}"


def _done(row: CommandRow, thing: Thing) -> str:
    ran = ran_s(row, row.ended_at or 0)
    span = times.every(round(ran)) if ran >= 1 else times.every(round(ran, 1))
    if thing.waters:
        return _("%(who)s watered for %(span)s", who=who(row), span=span)
    return _(
        "%(who)s ran the %(what)s for %(span)s", who=who(row), what=thing.noun, span=span
    )


def _asked(row: CommandRow, thing: Thing, what: Command | None) -> str:
    facts = {"who": who(row), "what": thing.noun}
    if what is None or not what.on:
        return _("%(who)s asked the %(what)s to stop", **facts)
    if what.value is not None:
        said = wanted(row)
        return _("%(who)s asked the %(what)s for %(value)s", **facts, value=said)
    if row.duration_s is None:
        return _("%(who)s asked the %(what)s to run", **facts)
    span = times.every(row.duration_s)
    return _("%(who)s asked the %(what)s for %(span)s", **facts, span=span)


def outcome(row: CommandRow, thing: Thing, now: int) -> str:
    """Return what became of a command, in a few words."""
    if row.state is State.REFUSED:
        return _("refused, %(why)s", why=refusal(row, thing.limit, now))
    if row.state is State.FAILED:
        return _("failed, %(why)s", why=row.detail or "–")
    if row.state is State.EXPIRED:
        return _("nobody took it in time; does the controller run?")
    if row.state is State.RUNNING and row.duration_s and row.started_at:
        end = row.started_at + round(row.duration_s * 1000)
        return _("runs for %(left)s more", left=left(end))
    return word(row.state)


def refusal(row: CommandRow, limit: Limit, now: int) -> str:
    """Return why a command was refused, and how long that lasts."""
    said = _by_interlock(row, limit)
    if row.allowed_at is not None and row.allowed_at > now:
        return _("%(why)s, %(left)s left", why=said, left=left(row.allowed_at))
    return said


def _by_interlock(row: CommandRow, limit: Limit) -> str:
    """Return the rule that refused, in the reader's language where we can."""
    plain = {
        "locked": _("it is locked out"),
        "budget": _("it would draw too much current"),
        "commands": _("it does not take this command"),
        "mode": _("the mode does not let it"),
    }
    if row.interlock == "min_off" and limit.min_off:
        return _("it rests %(span)s between runs", span=times.every(limit.min_off))
    if row.interlock == "max_on" and limit.max_on:
        return _("at most %(span)s at a time", span=times.every(limit.max_on))
    if row.interlock == "duty" and limit.duty_on and limit.duty_window:
        return _(
            "at most %(span)s in %(window)s",
            span=times.every(limit.duty_on),
            window=times.every(limit.duty_window),
        )
    if row.interlock == "excludes" and limit.excludes:
        return _("never with %(others)s", others=", ".join(limit.excludes))
    return plain.get(row.interlock) or row.detail or row.interlock or "–"


def ran_s(row: CommandRow, now: int) -> float:
    """Return how long a command has run, in s; `now` UTC ms for one that still does."""
    if row.started_at is None:
        return 0.0
    end = row.ended_at if row.ended_at is not None else now
    return max(0.0, (end - row.started_at) / 1000)


def mark(row: CommandRow, thing: Thing, now: int) -> str:
    """Return what a chart says of a run: ``watered 10 s · rule too-dry``."""
    span = times.span(round(ran_s(row, now)))
    by = owner(row.by if row.source is Source.PERSON else f"{row.source} {row.by}")
    if thing.waters:
        return _("watered %(span)s · %(who)s", span=span, who=by)
    return _("%(what)s %(span)s · %(who)s", what=thing.title, span=span, who=by)


def last_watering(at: str, span: str) -> str:
    """Return when a twin was watered last: ``last watering 09:12, 10 s``."""
    return _("last watering %(time)s, %(span)s", time=at, span=span)
