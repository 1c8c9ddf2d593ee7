"""The loops that a twin declares, read and checked; see docs/control.md for the keys."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeGuard

import msgspec

from controller import day_times
from controller.day_times import Turn
from dt.errors import CommandError
from dt.twin import command
from dt.twin.description import TwinDescription
from dt.twin.document import Reader
from dt.twin.options import node_of
from dt.twin.quantities import Seconds


class LoopKind(StrEnum):
    """How a loop regulates."""

    PID = "pid"
    HYSTERESIS = "hysteresis"


class LoopSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An entry under ``loops:``; outputs are shares 0–1 of the actuator.

    Attributes:
        kind: How it regulates.
        input: Signal of the twin.
        output: Actuator of the twin.
        setpoint: In the input's unit; or the time of day (``06:00``, ``sunrise``,
            ``sunset+30min``) to the setpoint from then on.
        ramp: How long a setpoint takes to become the next; ``all``: the whole way.
        title: For people; from the name if empty.
        gain: Share per unit of the input; negative: the output lowers the input.
        integral: Integral time in s; 0: no integral part.
        derivative: Derivative time in s; 0: no derivative part.
        filter: Time constant of the derivative's filter in s.
        low, high: Limits of the output.
        rate: Largest change of the output per s; None: any.
        safe: Output while the input cannot be used.
        below, above: Of hysteresis: how far from the setpoint it switches on and off.
        cools: Of hysteresis: it is on above the setpoint.
        period: One on and one off of an actuator that is only on or off; None: by its
            shortest pause.
        shortest: Shortest pulse and pause in s; None: by its shortest pause.
        step: Least change of the output that is passed on.
        max_age: After which the input is stale; None: as of a rule.
        enabled: Off: it is read and checked, and never runs.
    """

    input: str
    output: str
    setpoint: object
    kind: LoopKind = LoopKind.PID
    ramp: object = None
    title: str = ""
    gain: float = 0.2
    integral: Seconds = msgspec.field(default_factory=lambda: Seconds(1200))
    derivative: Seconds = msgspec.field(default_factory=lambda: Seconds(0))
    filter: Seconds = msgspec.field(default_factory=lambda: Seconds(10))
    low: float = 0.0
    high: float = 1.0
    rate: float | None = None
    safe: float = 0.0
    below: float = 0.5
    above: float = 0.5
    cools: bool = False
    period: Seconds | None = None
    shortest: Seconds | None = None
    step: float = 0.01
    max_age: Seconds | None = None
    enabled: bool = True


class LoopEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A loop that can run.

    Attributes:
        name: Of the loop in its twin.
        spec: What the entry says.
        turns: Its setpoints over the day; one: always the same.
        ramp_s: See `controller.loops.profile.setpoint`.
    """

    name: str
    spec: LoopSpec
    turns: tuple[Turn, ...]
    ramp_s: float | None


def loops_of(twin: TwinDescription, reader: Reader) -> tuple[LoopEntry, ...]:
    """Return the loops of a twin; wrong ones are left out, with problems noted."""
    found = [_one(twin, name, reader) for name in twin.loops]
    entries = [entry for entry in found if entry is not None]
    taken: dict[str, str] = {}
    kept = []
    for entry in entries:
        if entry.spec.enabled and entry.spec.output in taken:
            path = f"loops.{entry.name}.output"
            seen = f"{entry.spec.output}, which {taken[entry.spec.output]} has"
            reader.report(twin.line(path), path, seen, "an actuator for each loop")
            continue
        if entry.spec.enabled:
            taken[entry.spec.output] = entry.name
        kept.append(entry)
    return tuple(kept)


def _one(twin: TwinDescription, name: str, reader: Reader) -> LoopEntry | None:
    path, before = f"loops.{name}", len(reader.problems)
    spec = reader.struct(LoopSpec, node_of(twin, path, twin.loops[name]), path)
    if spec is None:
        return None
    _check_names(twin, spec, path, reader)
    _check_numbers(twin, spec, path, reader)
    _check_safe(twin, spec, path, reader)
    turns = _turns(twin, spec.setpoint, f"{path}.setpoint", reader)
    ramp = _ramp(twin, spec.ramp, f"{path}.ramp", reader)
    if len(reader.problems) > before:
        return None
    return LoopEntry(name=name, spec=spec, turns=turns, ramp_s=ramp)


def _check_names(twin: TwinDescription, spec: LoopSpec, path: str, reader: Reader) -> None:
    signals = sorted({*twin.signals, *twin.derived})
    if spec.input not in signals:
        where = f"{path}.input"
        reader.unknown(twin.line(where), where, spec.input, signals)
    if spec.output not in twin.actuators:
        where = f"{path}.output"
        reader.unknown(twin.line(where), where, spec.output, sorted(twin.actuators))


def _check_numbers(
    twin: TwinDescription, spec: LoopSpec, path: str, reader: Reader
) -> None:
    wrong = {
        "gain": (spec.gain != 0, "a number other than 0"),
        "low": (0 <= spec.low < spec.high, "0 or more, and below high"),
        "high": (spec.high <= 1, "1 at most"),
        "safe": (0 <= spec.safe <= 1, "a share, 0 to 1"),
        "rate": (spec.rate is None or spec.rate > 0, "a number above 0"),
        "below": (spec.below >= 0, "0 or more"),
        "above": (spec.above >= 0, "0 or more"),
        "period": (spec.period is None or spec.period >= 1, "1 s or more"),
        "step": (0 <= spec.step <= 0.5, "0 to 0.5"),
    }
    for key, (good, expected) in wrong.items():
        if not good:
            where = f"{path}.{key}"
            reader.report(twin.line(where), where, f"{getattr(spec, key):g}", expected)


def _check_safe(twin: TwinDescription, spec: LoopSpec, path: str, reader: Reader) -> None:
    """A loop whose input is lost must do what the actuator does without it."""
    said = str(twin.actuators.get(spec.output, {}).get("safe", "OFF"))
    try:
        on = command.read(said).on
    except CommandError:
        return  # told where the actuator is read
    if spec.safe > 0 and not on:
        where = f"{path}.safe"
        expected = f"0: the safe state of {spec.output} is {said}"
        reader.report(twin.line(where), where, f"{spec.safe:g}", expected)


def _turns(
    twin: TwinDescription, said: object, path: str, reader: Reader
) -> tuple[Turn, ...]:
    if _is_number(said):
        return (Turn(value=float(said)),)
    turns: list[Turn] = []
    for key, value in said.items() if isinstance(said, Mapping) else ():
        where = f"{path}.{key}"
        if not _is_number(value):
            reader.report(twin.line(where), where, repr(value), "a number")
            continue
        try:
            turns.append(day_times.turn(str(key), float(value)))
        except ValueError as error:
            reader.report(twin.line(where), where, repr(key), str(error))
    if not turns:
        expected = 'a number, or times of day like {"06:00": 22, "sunset": 18}'
        reader.report(twin.line(path), path, repr(said), expected)
    return tuple(turns)


def _ramp(twin: TwinDescription, said: object, path: str, reader: Reader) -> float | None:
    if said is None:
        return 0.0
    if said == "all":
        return None
    try:
        return day_times.duration(said)
    except ValueError as error:
        reader.report(twin.line(path), path, repr(said), f"{error}, or all")
        return 0.0


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
