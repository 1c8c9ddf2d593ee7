"""Actuators as rows: what each does, what is wanted, why, how long still, its limits."""

from enum import StrEnum

import msgspec

from dt.store.commands import CommandRow, Source, State
from dt.store.control import Lockout
from dt.store.properties import Limit, Property
from dt.twin.command import Verb
from dt.twin.description import TwinDescription
from webapp.language import _
from webapp.show import commands, limits, times
from webapp.show.commands import Thing
from webapp.show.limits import Used
from webapp.show.rich import left
from webapp.show.signals import title_of

_WATERS = ("pump", "water", "valve", "irrigat")
_SAID_MS = 600_000
_SOON_MS = 3_600_000
_PATIENCE_MS = 10_000


class Look(StrEnum):
    """What is seen of an actuator first."""

    ON = "on"
    OFF = "off"
    HELD = "held"
    LOCKED = "locked"
    FAILED = "failed"
    UNKNOWN = "unknown"


_PILLS = {
    Look.ON: "good",
    Look.OFF: "off",
    Look.HELD: "warn",
    Look.LOCKED: "warn",
    Look.FAILED: "crit",
    Look.UNKNOWN: "off",
}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of an actuator.

    Attributes:
        state: As the controller told; None: it has not.
        lockout: Who locked it out; None: nobody.
        newest: Its newest command; None: there was none.
    """

    state: Property | None = None
    lockout: Lockout | None = None
    newest: CommandRow | None = None


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """One actuator as pages show it; sentences carry the marks of `rich`.

    Attributes:
        twin: Id of its twin.
        name: Its name there.
        title: For people.
        noun: That, in the middle of a sentence.
        look: What is seen first.
        pill, word: Class and word of its pill.
        about: How long still, or why not.
        wanted: What is wanted, by whom; empty: nothing.
        limits: Each in words.
        used: Of its duty; None: no such limit.
        said: What became of the last thing that a person asked, if that wants saying.
        waits: A person asked just now, and nobody has answered yet.
        runs: It runs.
        ends: It ends by itself.
        asks: Switching it on is asked once, by name.
        lengths: Runs to choose from.
        level: Percent that it does now.
        dims: It takes a share.
        lockout: Who locked it out; None: nobody.
    """

    twin: str
    name: str
    title: str
    noun: str
    look: Look
    pill: str
    word: str
    about: str
    wanted: str
    limits: list[str]
    used: Used | None
    said: str
    waits: bool
    runs: bool
    ends: bool
    asks: bool
    lengths: list[tuple[str, str]]
    level: int
    dims: bool
    lockout: Lockout | None

    @property
    def key(self) -> str:
        """An id for the page."""
        return "".join(c if c.isalnum() else "-" for c in f"{self.twin}-{self.name}")


def thing(twin: TwinDescription, name: str, limit: Limit | None = None) -> Thing:
    """Return what sentences need to know of an actuator, declared or gone."""
    declared = twin.actuators.get(name, {})
    title = str(declared.get("title") or title_of(name))
    domain = str(twin.metadata.get("domain", "")).lower()
    waters = "plant" in domain and any(word in name.lower() for word in _WATERS)
    return Thing(title=title, waters=waters, limit=limit or Limit())


def hand(twin: TwinDescription, name: str, known: Known, now: int) -> Hand:
    """Return an actuator's row.

    Args:
        twin: Whose it is.
        name: Its name there.
        known: What the store knows of it.
        now: UTC ms.
    """
    state = known.state or Property(twin=twin.id, name=name)
    about = thing(twin, name, state.limit)
    doing = commands.read(state.reported)
    runs = doing is not None and doing.on
    look = _look(known, runs)
    spent = limits.used(state, now)
    return Hand(
        twin=twin.id,
        name=name,
        title=about.title,
        noun=about.noun,
        look=look,
        pill=_PILLS[look],
        word=_word(look, state),
        about=" · ".join(
            part for part in (_about(look, known, now), spent.text if spent else "") if part
        ),
        wanted=_wanted(state),
        limits=limits.sentences(state.limit),
        used=spent,
        said=_said(known.newest, about, now),
        waits=_waits(known.newest, now),
        runs=runs,
        ends=state.until is not None and state.until - now < _SOON_MS,
        asks=limits.dangerous(state.limit),
        lengths=limits.lengths(state.limit),
        level=round(100 * ((1.0 if doing.value is None else doing.value) if runs else 0))
        if doing is not None
        else 0,
        dims=_dims(twin.actuators.get(name, {})),
        lockout=known.lockout,
    )


def _look(known: Known, runs: bool) -> Look:
    state = known.state
    looks = (
        (state is not None and bool(state.problem), Look.FAILED),
        (runs, Look.ON),
        (bool(known.lockout or (state and state.locked_by)), Look.LOCKED),
        (state is not None and bool(state.held), Look.HELD),
        (state is not None and bool(state.reported), Look.OFF),
    )
    return next((look for holds, look in looks if holds), Look.UNKNOWN)


def _word(look: Look, state: Property) -> str:
    if look is Look.ON:
        return commands.level(commands.read(state.reported))
    return {
        Look.OFF: _("off"),
        Look.HELD: _("held off"),
        Look.LOCKED: _("locked"),
        Look.FAILED: _("failed"),
    }.get(look, _("unknown"))


def _about(look: Look, known: Known, now: int) -> str:
    state, lockout = known.state, known.lockout
    if look is Look.LOCKED:
        return _locked(known)
    if state is None:
        return _("the controller has not told of it yet")
    if look is Look.ON:
        said = _running(state, now)
        return f"{said} · {_locked(known)}" if lockout else said
    held = _("safe: %(why)s", why=state.held) if state.held else ""
    return state.problem or held or _resting(state, now)


def _locked(known: Known) -> str:
    by = known.lockout.by if known.lockout else known.state.locked_by if known.state else ""
    why = known.lockout.why if known.lockout else ""
    said = _("locked out by %(who)s", who=by)
    return f"{said}: {why}" if why else said


def _running(state: Property, now: int) -> str:
    if state.until is not None and state.until - now < _SOON_MS:
        return _("on for %(left)s more", left=left(state.until))
    agreed = _("wanted on, reports on") if state.desired == state.reported else ""
    agreed = agreed or _disagreed(state)
    if state.until is not None:
        return f"{agreed} · " + _("until %(time)s", time=times.moment(state.until, now))
    if state.since is not None:
        return f"{agreed} · " + _("since %(time)s", time=times.moment(state.since, now))
    return agreed


def _disagreed(state: Property) -> str:
    wanted, does = commands.read(state.desired), commands.read(state.reported)
    if wanted is None:
        return _("reports %(does)s", does=commands.level(does))
    return _(
        "wanted %(wanted)s, reports %(does)s",
        wanted=commands.level(wanted),
        does=commands.level(does),
    )


def _resting(state: Property, now: int) -> str:
    if state.desired and state.desired != state.reported:
        return _disagreed(state)
    if state.off_since is not None:
        ready = state.off_since + round(state.limit.min_off * 1000)
        if ready > now:
            return _("may run again in %(left)s", left=left(ready))
        return _("off since %(time)s", time=times.moment(state.off_since, now))
    return _("has not run yet") if state.reported else _("it cannot tell what it does")


def _wanted(state: Property) -> str:
    what = commands.read(state.desired)
    if what is None:
        return ""
    said = commands.level(what)
    if not state.desired_by:
        return said
    return _("%(what)s, by %(who)s", what=said, who=commands.owner(state.desired_by))


def _said(row: CommandRow | None, about: Thing, now: int) -> str:
    """Return what became of the last wish of a person, while it is news."""
    if row is None or row.source is not Source.PERSON or now - row.asked_at > _SAID_MS:
        return ""
    if row.state is State.QUEUED:
        return _("asked; the controller answers at once when it runs")
    if row.state in {State.REFUSED, State.FAILED, State.EXPIRED}:
        said = commands.outcome(row, about, now)
        return said[:1].upper() + said[1:]
    return ""


def _waits(row: CommandRow | None, now: int) -> bool:
    fresh = row is not None and now - row.asked_at < _PATIENCE_MS
    return fresh and row is not None and row.state in {State.QUEUED, State.ACCEPTED}


def _dims(declared: dict[str, object]) -> bool:
    verbs = declared.get("commands") or ()
    listed = isinstance(verbs, (list, tuple)) and Verb.SET_PWM in verbs
    return listed or "pwm" in str(declared.get("driver", "")).lower()
