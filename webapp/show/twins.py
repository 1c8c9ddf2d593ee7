"""Twins as cards, their sensors as rows, and what is wrong with a broken file."""

import re

import msgspec

from dt.store.records import SensorState
from dt.twin.description import TwinDescription
from webapp.language import _, _n
from webapp.show import times
from webapp.show.tiles import State, Tile

_PROBLEM = re.compile(
    r"(?P<file>.*?):(?P<line>\d+): (?P<path>.*?): saw (?P<seen>.*?), expected (?P<rest>.*)"
)


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One twin in the list.

    Attributes:
        state: ``good``, ``warn``, ``crit`` or ``off``: the class of its pill.
        word: What the pill says.
    """

    twin: TwinDescription
    tiles: list[Tile]
    state: str
    word: str
    about: str


class SensorRow(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor of a twin as its page lists it."""

    name: str
    driver: str
    every: str
    reads: str
    state: SensorState | None
    pill: str
    word: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong in a file; `line` 0: it is not said where."""

    line: int
    path: str
    seen: str
    expected: str
    hint: str


def card(twin: TwinDescription, tiles: list[Tile], lost: int) -> Card:
    """Return the card of a twin from the tiles of its leading signals.

    Args:
        twin: Whose card.
        tiles: Of its leading signals.
        lost: How many of its sensors are lost.
    """
    state, word = "good", _("all good")
    if not twin.signals:
        state, word = "off", _("registered, not run")
    elif lost or any(t.state is State.BAD for t in tiles):
        state, word = (
            "crit",
            _n("%(num)s sensor lost", "%(num)s sensors lost", max(lost, 1)),
        )
    elif all(t.state is State.EMPTY for t in tiles):
        state, word = "off", _("no data yet")
    elif any(t.state is State.STALE for t in tiles):
        state, word = "warn", _("stale")
    elif any(t.outside for t in tiles):
        state, word = "warn", _("outside limits")
    count = len(twin.signals) + len(twin.derived)
    about = _n("%(num)s signal", "%(num)s signals", count)
    kind = twin.asset.kind if twin.asset else ""
    return Card(
        twin=twin,
        tiles=tiles,
        state=state,
        word=word,
        about=" · ".join(part for part in (about, kind) if part),
    )


_WORDS = {
    "ok": "good",
    "starting": "off",
    "lost": "crit",
    "quarantined": "crit",
    "hung": "crit",
}


def condition_word(condition: str) -> str:
    """Return how a sensor does, in a word."""
    return {
        "ok": _("good"),
        "starting": _("starting"),
        "lost": _("lost"),
        "quarantined": _("lost, tried less often"),
        "hung": _("does not return"),
    }.get(condition, condition)


def condition_pill(condition: str) -> str:
    """Return the class of a sensor's pill."""
    return _WORDS.get(condition, "off")


def sensor_rows(twin: TwinDescription, states: dict[str, SensorState]) -> list[SensorRow]:
    """Return the sensors of a twin with how they do."""
    rows = []
    for name, spec in twin.sensors.items():
        state = states.get(name)
        rows.append(
            SensorRow(
                name=name,
                driver=spec.driver,
                every=times.every(float(spec.every)),
                reads=", ".join(spec.reads.values()),
                state=state,
                pill=condition_pill(state.condition) if state else "off",
                word=condition_word(state.condition) if state else _("not started"),
            )
        )
    return rows


def problems(error: str) -> list[Problem]:
    """Return what is wrong with a file, problem by problem."""
    return [_problem(line) for line in error.splitlines() if line.strip()]


def _problem(line: str) -> Problem:
    found = _PROBLEM.fullmatch(line.strip())
    if not found:
        return Problem(line=0, path="", seen=line, expected="", hint="")
    rest, mark, hint = found["rest"].partition(" (did you mean")
    return Problem(
        line=int(found["line"]),
        path=found["path"],
        seen=found["seen"],
        expected=rest,
        hint=f"did you mean{hint.rstrip(')')}" if mark else "",
    )
