"""What must be right around the sensors: configuration, permissions, clock, disk."""

import importlib.metadata
import os
import shutil
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from collector.seam import BusKind
from dt import plugins
from dt.clock import Clock
from dt.config import Config
from dt.errors import DtError
from dt.store import whereabouts
from dt.twin.description import TwinDescription
from dt.twin.reader import TwinSet

_LOW_BYTES = 500_000_000
_DEVICES = {
    BusKind.I2C: ("dev/i2c-1", "i2c", "do_i2c"),
    BusKind.GPIO: ("dev/gpiochip0", "gpio", ""),
    BusKind.ONE_WIRE: ("sys/bus/w1/devices", "", "do_onewire"),
    BusKind.SPI: ("dev/spidev0.0", "spi", "do_spi"),
}
_PACKAGES = {
    BusKind.I2C: ("Adafruit-PureIO", "Adafruit-Blinka"),
    BusKind.GPIO: ("gpiod", "Adafruit-Blinka"),
    BusKind.SPI: ("Adafruit-PureIO",),
}


class Standing(StrEnum):
    """How one thing stands."""

    WELL = "well"
    WARNING = "warning"
    WRONG = "wrong"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        name: Of the thing.
        standing: ``wrong``: readings are missing or will be.
        message: What was seen.
        hint: What to do.
    """

    name: str
    standing: Standing
    message: str
    hint: str = ""


def check_up(
    config: Config, twins: TwinSet, clock: Clock, root: Path = Path("/")
) -> list[Check]:
    """Return how the things stand that sensors need.

    Args:
        config: Of the appliance.
        twins: Its twins, and the files that are broken.
        clock: Is it trusted?
        root: Where /dev and /sys are, for tests.
    """
    kinds = _buses(twins.twins)
    checks = [*_twins(twins), *_drivers(twins.twins)]
    if config.hardware == "real":
        checks += [check for kind in sorted(kinds) for check in _device(kind, root)]
    packages = {name for kind in kinds for name in _PACKAGES.get(kind, ())}
    checks += [_package(name) for name in sorted(packages)]
    left = [_left(one) for one in whereabouts.stale(root / "dev" / "shm")]
    return [*checks, _clock(clock), *_disk(config.data_dir), *left]


def _twins(twins: TwinSet) -> Iterator[Check]:
    for broken in twins.broken:
        for problem in broken.problems:
            yield Check(name="twin", standing=Standing.WRONG, message=str(problem))
    names = ", ".join(twin.id for twin in twins.twins)
    yield Check(
        name="twins",
        standing=Standing.WELL if names else Standing.WARNING,
        message=names or "no twin is declared",
        hint="" if names else "dt doctor --propose FILE writes one for what is connected",
    )


def _drivers(twins: Sequence[TwinDescription]) -> Iterator[Check]:
    """Check each sensor's driver and its options."""
    for twin in twins:
        for name, sensor in twin.sensors.items():
            try:
                driver = plugins.load("dt.sensors", sensor.driver)
                msgspec.convert(sensor.options, driver.Options)
            except DtError as error:
                said, hint = error.message, error.hint
            except (msgspec.ValidationError, TypeError, ValueError) as error:
                said, hint = f"its options are wrong: {error}", "see docs/drivers.md"
            else:
                continue
            yield Check(
                name=f"{twin.id}/{name}", standing=Standing.WRONG, message=said, hint=hint
            )


def _buses(twins: Sequence[TwinDescription]) -> set[BusKind]:
    """Return the sorts of buses that the twins' sensors need."""
    wanted: set[BusKind] = set()
    for twin in twins:
        for sensor in twin.sensors.values():
            try:
                driver = plugins.load("dt.sensors", sensor.driver)
            except DtError:
                continue  # reported with its sensor
            wanted.add(driver.DESCRIPTION.bus)
    return wanted


def _device(kind: BusKind, root: Path) -> Iterator[Check]:
    if kind not in _DEVICES:
        return
    name, group, overlay = _DEVICES[kind]
    path = root / name
    if not path.exists():
        switch = f"sudo raspi-config nonint {overlay} 0, then restart" if overlay else ""
        message = f"{path} does not exist"
        yield Check(name=kind, standing=Standing.WRONG, message=message, hint=switch)
    elif group and not os.access(path, os.R_OK | os.W_OK):
        hint = f"sudo usermod -aG {group} $USER, then sign in again"
        message = f"no permission for {path}"
        yield Check(name=kind, standing=Standing.WRONG, message=message, hint=hint)
    else:
        yield Check(name=kind, standing=Standing.WELL, message=f"{path} can be used")


def _package(name: str) -> Check:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(
            name=f"package {name}",
            standing=Standing.WRONG,
            message="is not installed",
            hint="pip install 'dt-appliance[rpi]'",
        )
    message = f"version {version}"
    return Check(name=f"package {name}", standing=Standing.WELL, message=message)


def _left(one: whereabouts.Stale) -> Check:
    what = f"{one.size / 1e6:.1f} MB in {one.folder} belong to {one.data}, which is gone"
    hint = "dt doctor --sweep removes it"
    if one.held:
        hint = f"stop process {one.held[0]}, which still uses it; then dt doctor --sweep"
    return Check(name="memory", standing=Standing.WARNING, message=what, hint=hint)


def _clock(clock: Clock) -> Check:
    if clock.trusted():
        return Check(name="clock", standing=Standing.WELL, message="can be trusted")
    return Check(
        name="clock",
        standing=Standing.WARNING,
        message="is not synchronised; new readings get provisional times",
        hint="connect to a network with NTP: timedatectl status; or fit a clock chip",
    )


def _disk(folder: Path) -> Iterator[Check]:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK):
        yield Check(
            name="data",
            standing=Standing.WRONG,
            message=f"{there} cannot be written by this user",
            hint="give its path by --data, or run as the user of the appliance",
        )
    free = shutil.disk_usage(there).free
    low = free < _LOW_BYTES
    yield Check(
        name="disk",
        standing=Standing.WARNING if low else Standing.WELL,
        message=f"{free / 1e9:.1f} GB free at {there}",
        hint="see store.budget and store.retain in dt.yaml" if low else "",
    )
