"""Loops as cards: what is wanted, what is, what the loop gives, and how it was tuned."""

from collections.abc import Mapping

import msgspec

from dt.store.control import LoopMode, LoopWish
from dt.store.events import Event
from dt.twin.description import TwinDescription
from webapp.language import _
from webapp.show import numbers, times
from webapp.show.signals import Signal, signal_of, title_of

TUNED, FAILED = "LoopTuned", "LoopTuneFailed"
_KEYS = {"gain": "gain", "integral": "integral_s", "derivative": "derivative_s"}
_STALE_MS = 120_000


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """What an autotune found, or why it found nothing.

    Attributes:
        at: UTC ms.
        text: In words.
        settings: To be written into the loop's entry; empty: it failed, or they are.
    """

    at: int
    text: str
    settings: dict[str, float] = {}


class LoopCard(msgspec.Struct, frozen=True, kw_only=True):
    """One loop.

    Attributes:
        name: In its twin.
        title: For people.
        about: Kind, input and output in words.
        mode: Who gives its output now.
        setpoint: In words, or how the entry says it.
        own_setpoint: A person's; None: the entry's holds.
        unit: Sign of its input.
        input, goal, output: Its three signals.
        share: Percent that a person gives by hand.
        by, at: Who wished so, and when; UTC ms.
        tunes: It can be autotuned.
        tuning: The newest result; None: there is none.
    """

    name: str
    title: str
    about: str
    mode: LoopMode
    setpoint: str
    own_setpoint: float | None
    unit: str
    input: Signal | None
    goal: Signal
    output: Signal
    share: int
    by: str
    at: int
    tunes: bool
    tuning: Tuning | None


def card(
    twin: TwinDescription, name: str, wish: LoopWish, tuning: Tuning | None
) -> LoopCard:
    """Return a loop's card.

    Args:
        twin: As it runs.
        name: Of the loop.
        wish: What a person wants of it.
        tuning: The newest result of an autotune.
    """
    entry = twin.loops[name]
    kind = str(entry.get("kind", "pid"))
    key = str(entry.get("input", ""))
    measured = signal_of(twin, key)
    unit = measured.unit if measured else "1"
    digits = measured.digits if measured else 1
    own = wish.setpoint
    return LoopCard(
        name=name,
        title=str(entry.get("title") or title_of(name)),
        about=_about(kind, measured.title if measured else key, entry, twin),
        mode=wish.mode,
        setpoint=numbers.with_unit(own, digits, unit)
        if own is not None
        else _declared(entry.get("setpoint"), digits, unit),
        own_setpoint=own,
        unit=numbers.sign(unit),
        input=measured,
        goal=_signal(twin, f"loop.{name}.setpoint", _("Setpoint"), unit, (digits, 2)),
        output=_signal(twin, f"loop.{name}.output", _("Output"), "1", (2, 3)),
        share=round(100 * wish.output),
        by=wish.by,
        at=wish.at,
        tunes=kind == "pid",
        tuning=tuning,
    )


def _about(
    kind: str, measured: str, entry: Mapping[str, object], twin: TwinDescription
) -> str:
    output = str(entry.get("output", ""))
    declared = twin.actuators.get(output, {})
    acts = str(declared.get("title") or title_of(output))
    how = _("on and off") if kind == "hysteresis" else kind.upper()
    return _("%(how)s · %(input)s by %(output)s", how=how, input=measured, output=acts)


def _declared(value: object, digits: int, unit: str) -> str:
    if isinstance(value, (int, float)):
        return numbers.with_unit(float(value), digits, unit)
    if isinstance(value, Mapping):
        return ", ".join(
            f"{_moment(at)} {_declared(one, digits, unit)}" for at, one in value.items()
        )
    return str(value)


def _moment(at: object) -> str:
    return f"{at // 60:02}:{at % 60:02}" if isinstance(at, int) else str(at)


def _signal(
    twin: TwinDescription, key: str, title: str, unit: str, look: tuple[int, int]
) -> Signal:
    digits, colour = look
    return Signal(
        name=twin.full_name(key),
        key=key,
        title=title,
        unit=unit,
        digits=digits,
        colour=colour,
        stale_ms=_STALE_MS,
    )


def tuning(event: Event, entry: Mapping[str, object]) -> Tuning:
    """Return what an autotune found.

    Args:
        event: That told of it.
        entry: The loop's, to see whether it has these settings already.
    """
    if event.kind == FAILED:
        why = str(event.body.get("why", "–"))
        return Tuning(at=event.at, text=_("found nothing: %(why)s", why=why))
    found = {key: _number(event.body.get(name)) for key, name in _KEYS.items()}
    text = _(
        "gain %(gain)s, integral %(integral)s, derivative %(derivative)s",
        gain=numbers.text(found["gain"], 3),
        integral=times.every(round(found["integral"])),
        derivative=times.every(round(found["derivative"])),
    )
    same = all(_number(entry.get(key)) == value for key, value in found.items())
    return Tuning(at=event.at, text=text, settings={} if same else found)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
