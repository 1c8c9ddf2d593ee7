"""The limits that a twin declares for its actuators, read and checked."""

import re

import msgspec

from controller.limits import Duty, Settings
from dt.errors import CommandError
from dt.twin import command
from dt.twin.command import OFF, Command, Verb
from dt.twin.description import TwinDescription
from dt.twin.document import Reader
from dt.twin.options import node_of
from dt.twin.quantities import Seconds, seconds

_DUTY = re.compile(r"\s*([^/]+?)\s*/\s*(\d*\.?\d*)\s*([a-z]+)\s*")
_RUN_LIMITS = ("max_on", "min_off", "duty", "excludes")


class ActuatorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of an actuator that are not its driver's own.

    Attributes:
        driver: What switches it.
        safe: Command that makes it safe.
        commands: Verbs that are allowed; empty: all.
        max_on: Longest run in s.
        min_off: Shortest pause in s.
        duty: Running time within a window: ``120s/h``.
        excludes: Actuators that never run together with it.
        current: What it draws while it runs, in A.
        requires: Signals that must be fresh and good.
    """

    driver: str
    safe: str = "OFF"
    commands: tuple[Verb, ...] = ()
    max_on: Seconds | None = None
    min_off: Seconds = msgspec.field(default_factory=lambda: Seconds(0))
    duty: str | None = None
    excludes: tuple[str, ...] = ()
    current: float = 0.0
    requires: tuple[str, ...] = ()


def settings_of(twin: TwinDescription, reader: Reader) -> tuple[Settings, ...]:
    """Return the limits of a twin's actuators; wrong ones are left out, with problems.

    Keys that are not of `ActuatorSpec` are the driver's own and not looked at.

    Args:
        twin: As `dt.twin.reader` read it.
        reader: Takes the problems, with the lines of the twin's file.
    """
    found = [_one(twin, name, reader) for name in twin.actuators]
    return tuple(one for one in found if one is not None)


def _one(twin: TwinDescription, name: str, reader: Reader) -> Settings | None:
    path, before = f"actuators.{name}", len(reader.problems)
    own = {
        k: v for k, v in twin.actuators[name].items() if k in ActuatorSpec.__struct_fields__
    }
    spec = reader.struct(ActuatorSpec, node_of(twin, path, own), path)
    if spec is None:
        return None
    safe = _safe(twin, spec, path, reader)
    duty = _duty(twin, spec, path, reader)
    for key in ("max_on", "current"):
        value = getattr(spec, key)
        if value is not None and (value < 0 or (key == "max_on" and value == 0)):
            where = f"{path}.{key}"
            reader.report(twin.line(where), where, f"{value:g}", "a number above 0")
    for signal in spec.requires:
        if signal not in twin.signals and signal not in twin.derived:
            where = f"{path}.requires"
            known = sorted({*twin.signals, *twin.derived})
            reader.unknown(twin.line(where), where, signal, known)
    if len(reader.problems) > before:
        return None
    return Settings(
        actuator=name,
        commands=frozenset(spec.commands or Verb),
        safe=safe,
        max_on=None if spec.max_on is None else float(spec.max_on),
        min_off=float(spec.min_off),
        duty=duty,
        excludes=frozenset(spec.excludes),
        current=spec.current,
        requires=spec.requires,
    )


def _safe(twin: TwinDescription, spec: ActuatorSpec, path: str, reader: Reader) -> Command:
    where = f"{path}.safe"
    try:
        safe = command.read(spec.safe)
    except CommandError as error:
        expected = error.message.rpartition("expected ")[2]
        reader.report(twin.line(where), where, repr(spec.safe), expected, error.hint)
        return OFF
    limited = [key for key in _RUN_LIMITS if getattr(spec, key)]
    if safe.on and limited:
        expected = f"no {', '.join(limited)} where the safe state runs"
        reader.report(twin.line(where), where, str(safe), expected)
    return safe


def _duty(
    twin: TwinDescription, spec: ActuatorSpec, path: str, reader: Reader
) -> Duty | None:
    if spec.duty is None:
        return None
    try:
        return _duty_of(spec.duty)
    except ValueError as error:
        where = f"{path}.duty"
        reader.report(twin.line(where), where, repr(spec.duty), str(error))
        return None


def _duty_of(text: str) -> Duty:
    expected = "running time within a window, like 120s/h or 5min/2h"
    found = _DUTY.fullmatch(text)
    if found is None:
        raise ValueError(expected)
    on_s, window_s = seconds(found[1]), seconds(f"{found[2] or 1}{found[3]}")
    if not 0 < on_s <= window_s:
        raise ValueError(expected)
    return Duty(on_s=float(on_s), window_s=float(window_s))
