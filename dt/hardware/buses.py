"""Opens the buses that the configuration asks for: the machine's, or simulated ones."""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import msgspec

from dt import plugins
from dt.config import Config, runtime_dir
from dt.errors import DtError
from dt.hardware.bus import Buses
from dt.hardware.chip import Surroundings, Time
from dt.hardware.faults import Plugged, WorldFile
from dt.hardware.linux import LinuxBuses
from dt.hardware.loads import Load
from dt.hardware.pin_levels import PinLevels
from dt.hardware.sim import Calm, SimBuses
from dt.hardware.simbus import Conditions
from dt.hardware.world_files import WorldFiles
from dt.twin.description import SensorSpec, TwinDescription

log = logging.getLogger(__name__)

WORLD_FILE = "world.yaml"
"""In the data folder of an appliance with simulated hardware: values and faults."""


def open_buses(
    config: Config,
    twins: Iterable[TwinDescription] = (),
    *,
    surroundings: Callable[[str], Surroundings] | None = None,
    time: Time | None = None,
) -> Buses:
    """Return the buses of this appliance; no bus is opened before a driver asks for it.

    Args:
        config: ``hardware: sim`` gives simulated buses.
        twins: Their sensors' simulators are put on simulated buses.
        surroundings: Twin id to what its chips measure; by default a mild, still day.
        time: For simulated buses; by default time that passes by itself.
    """
    if config.hardware != "sim":
        return LinuxBuses()
    return simulate(config, twins, surroundings=surroundings, time=time)


def simulate(
    config: Config,
    twins: Iterable[TwinDescription] = (),
    *,
    surroundings: Callable[[str], Surroundings] | None = None,
    time: Time | None = None,
) -> SimBuses:
    """Return simulated buses with the chips of these twins; see `open_buses`."""
    conditions = Conditions() if time is None else Conditions(time=time)
    world = config.data_dir / WORLD_FILE
    conditions.world = WorldFile(world, conditions.faults, conditions.time)
    conditions.levels = PinLevels(runtime_dir(config) / "gpio")
    buses = SimBuses(conditions)
    for chip in conditions.world.chips():
        _attach(buses, chip, Calm())
    plug(buses, twins, surroundings=surroundings)
    return buses


def plug(
    buses: Buses,
    twins: Iterable[TwinDescription],
    *,
    surroundings: Callable[[str], Surroundings] | None = None,
) -> None:
    """Put the chips of further twins on simulated buses; real ones have theirs already.

    Args:
        buses: What `open_buses` returned.
        twins: Chips that are there already stay as they are.
        surroundings: As for `open_buses`.
    """
    if not isinstance(buses, SimBuses):
        return
    calm = Calm()
    for twin in twins:
        around = calm if surroundings is None else surroundings(twin.id)
        for name, sensor in twin.sensors.items():
            plugged = _plugged(f"{twin.id}/{name}", sensor)
            if plugged is not None:
                _attach(buses, plugged, around)


def wire(buses: Buses, twins: Iterable[TwinDescription], config: Config) -> None:
    """Put what actuators switch on simulated pins; real pins have theirs already.

    Args:
        buses: What `open_buses` returned.
        twins: With their actuators; whose simulator is on no pin is left out.
        config: Says where the simulated worlds are.
    """
    if not isinstance(buses, SimBuses):
        return
    for twin in twins:
        files = WorldFiles.of(config, twin.id)
        for name, declared in twin.actuators.items():
            _hang(buses, files, name, declared)


def _hang(
    buses: SimBuses, files: WorldFiles, name: str, declared: Mapping[str, object]
) -> None:
    """Put what one actuator switches on its simulated pin or PWM channel."""
    kind, pin = str(declared.get("driver")), declared.get("pin")
    if kind not in plugins.names("dt.loads"):
        return
    make: type[Load] = plugins.load("dt.loads", kind)
    acts = str(declared.get("acts") or make.ACTS or name)
    load = make(
        partial(files.act, acts, by=name), high=declared.get("active", "high") == "high"
    )
    chip, channel = declared.get("chip", 0), declared.get("channel")
    feedback = declared.get("feedback")
    if isinstance(pin, int) and (kind == "pwm" or declared.get("pwm") is True):
        buses.dim_pin(pin, load)
    elif isinstance(pin, int):
        buses.load(pin, load)
        if isinstance(feedback, int):
            buses.feed_back(feedback, pin)
    elif isinstance(chip, int) and isinstance(channel, int):
        buses.dim(chip, channel, load)


def _plugged(name: str, sensor: SensorSpec) -> Plugged | None:
    """Return where the chip of a sensor sits; None if its options do not say it."""
    said = {**sensor.options, "kind": sensor.driver, "reads": sensor.reads}
    try:
        return msgspec.convert(said, Plugged, strict=False)
    except msgspec.ValidationError as error:
        log.warning("chip not simulated", extra={"sensor": name, "error": str(error)})
        return None


def _attach(buses: SimBuses, chip: Plugged, around: Surroundings) -> None:
    """Put a simulator on its bus, if there is one of that kind.

    What is wrong is left to the driver, which fails as it would on a real bus.
    """
    if chip.kind not in plugins.names("dt.simulators"):
        return
    try:
        make = plugins.load("dt.simulators", chip.kind)
        if hasattr(make, "BUS"):
            buses.attach(make, chip, around, chip.reads)
    except DtError as error:
        facts = {"driver": chip.kind, "code": error.code, "error": str(error)}
        log.warning("chip not simulated", extra=facts)
