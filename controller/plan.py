"""The drivers of a twin's actuators: options read and checked, nothing switched."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from controller.declared import ActuatorSpec
from dt import plugins
from dt.errors import CommandError, DtError, PluginError, TwinError
from dt.hardware.bus import Buses
from dt.hardware.sim import SimBuses
from dt.twin import command
from dt.twin.command import Verb
from dt.twin.description import TwinDescription
from dt.twin.document import Reader
from dt.twin.options import node_of

_GROUP = "dt.actuators"
_PINS = ("pin", "feedback")


@dataclass(slots=True, kw_only=True)
class Made:
    """Drivers by the actuator's name in the twin, and what is wrong with the others."""

    drivers: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def drivers_of(twin: TwinDescription, names: Sequence[str], buses: Buses) -> Made:
    """Return the drivers of some actuators of a twin; one that is wrong stops no other."""
    made = Made()
    for name in names:
        reader = Reader(twin.source)
        try:
            driver = _driver(twin, name, buses, reader)
            kind = twin.actuators[name].get("driver")
            reader.finish(TwinError, f"docs/actuators.md tells of {kind}")
        except DtError as error:
            made.problems[name] = str(error)
        else:
            made.drivers[name] = driver
    return made


def check(twin: TwinDescription, reader: Reader) -> None:
    """Note what is wrong with each actuator in the eyes of its driver.

    An actuator without a driver is left out: `controller.declared` tells that.
    """
    buses = SimBuses()  # a driver's constructor touches nothing
    for name, declared in twin.actuators.items():
        if "driver" in declared:
            _driver(twin, name, buses, reader)


def users_of(twin: TwinDescription) -> dict[str, tuple[str, ...]]:
    """Return who in a twin uses which pin or PWM channel: ``gpio/17`` to their names."""
    found: dict[str, list[str]] = {}
    for name, sensor in twin.sensors.items():
        for place in places_of(sensor.options):
            found.setdefault(place, []).append(f"sensor {name}")
    for name, declared in twin.actuators.items():
        for place in places_of(declared):
            found.setdefault(place, []).append(f"actuator {name}")
    return {place: tuple(users) for place, users in found.items()}


def places_of(declared: Mapping[str, object]) -> list[str]:
    """Return the pins and PWM channels that an entry names: ``gpio/17``, ``pwm0.1``."""
    return [place for place, _ in _places(declared)]


def _places(declared: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    """Return places, and the key that names each."""
    for key in _PINS:
        if isinstance(pin := declared.get(key), int):
            yield f"gpio/{pin}", key
    chip, channel = declared.get("chip", 0), declared.get("channel")
    if isinstance(chip, int) and isinstance(channel, int):
        yield f"pwm{chip}.{channel}", "channel"


def _driver(twin: TwinDescription, name: str, buses: Buses, reader: Reader) -> Any:
    """Return the driver, or None with problems noted."""
    path, declared = f"actuators.{name}", twin.actuators[name]
    cls = _class(twin, path, declared.get("driver"), reader)
    if cls is None:
        return None
    common = ActuatorSpec.__struct_fields__
    own = {key: value for key, value in declared.items() if key not in common}
    options = reader.struct(cls.Options, node_of(twin, path, own), path, common)
    _check_places(twin, name, reader)
    if options is None:
        return None
    driver = cls(options, buses, name)
    _check_verbs(twin, path, driver.VERBS, reader)
    return driver


def _class(twin: TwinDescription, path: str, kind: object, reader: Reader) -> Any:
    where, known = f"{path}.driver", plugins.names(_GROUP)
    if kind in known:
        try:
            return plugins.load(_GROUP, str(kind))
        except PluginError as error:
            reader.report(twin.line(where), where, repr(kind), error.message, error.hint)
            return None
    near = difflib.get_close_matches(str(kind), known, n=1)
    hint = f"did you mean {near[0]}?" if near else ""
    expected = f"a driver that is installed: {', '.join(known)}"
    reader.report(twin.line(where), where, repr(kind), expected, hint)
    return None


def _check_places(twin: TwinDescription, name: str, reader: Reader) -> None:
    """Note a pin that somebody else of the twin uses too: one would switch the other."""
    users = users_of(twin)
    for place, key in _places(twin.actuators[name]):
        others = [one for one in users[place] if one != f"actuator {name}"]
        twice = users[place].count(f"actuator {name}") > 1
        if others or twice:
            where = f"actuators.{name}.{key}"
            seen = str(twin.actuators[name].get(key))
            whose = " and ".join(others) or "this actuator itself"
            expected = f"a place of its own: {place} is used by {whose} too"
            reader.report(twin.line(where), where, seen, expected)


def _check_verbs(
    twin: TwinDescription, path: str, able: frozenset[Verb], reader: Reader
) -> None:
    """Note commands that the driver cannot do; words that are none are noted elsewhere."""
    declared = twin.actuators[path.partition(".")[2]]
    allowed = declared.get("commands")
    expected = f"what the driver can do: {', '.join(sorted(able))}"
    for verb in allowed if isinstance(allowed, list | tuple) else ():
        if verb in Verb.__members__ and verb not in able:
            where = f"{path}.commands"
            reader.report(twin.line(where), where, str(verb), expected)
    try:
        safe = command.read(str(declared.get("safe", "OFF")))
    except CommandError:
        return
    if safe.verb not in able:
        where = f"{path}.safe"
        reader.report(twin.line(where), where, str(safe), expected)
