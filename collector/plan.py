"""What a twin's sensors need: drivers, options, buses, signals. Nothing is opened here."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec

from collector.crew import Seat
from collector.seam import BusKind, Context, Description, MakeDriver, Sensor, Source
from collector.sources import Stand
from dt.clock import Clock
from dt.errors import DtError, TwinError
from dt.hardware.bus import Buses
from dt.processing.declared import Origin
from dt.twin.description import SensorSpec, TwinDescription
from dt.twin.document import Reader
from dt.twin.options import check_reads, options_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Where drivers come from and what they get.

    Attributes:
        driver: Name of a driver to its class; raises a PluginError.
        buses: Name of a driver and id of its twin to the buses that it gets.
        clock: Of this appliance.
        media_dir: Where drivers may keep files.
    """

    driver: Callable[[str], type[Any]]
    buses: Callable[[str, str], Buses]
    clock: Clock
    media_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One sensor as planned.

    Attributes:
        spec: As the twin declares it; equal specs need no change.
        driver: Name of the driver.
        seat: If it is asked by the crew.
        stand: If it tells by itself; with neither, others push its values.
    """

    spec: SensorSpec
    driver: str
    seat: Seat | None = None
    stand: Stand | None = None


@dataclass(slots=True, kw_only=True)
class Plan:
    """One twin as planned.

    Attributes:
        twin: What it declares.
        since: UTC ms when it was planned.
        posts: Its sensors by their names in the twin.
        origins: Signal (in the twin) to what its driver says of it.
        problems: Sensors that cannot run, and why.
    """

    twin: TwinDescription
    since: int
    posts: dict[str, Post] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    problems: dict[str, DtError] = field(default_factory=dict)

    def idle(self) -> list[str]:
        """Return the sensors that neither ask nor tell: others push their values."""
        return [n for n, p in self.posts.items() if p.seat is None and p.stand is None]

    def reads(self) -> dict[str, dict[str, str]]:
        """Return ``<twin>/<sensor>`` to its quantities and their full signal names."""
        return {
            f"{self.twin.id}/{name}": {
                quantity: self.twin.full_name(signal)
                for quantity, signal in post.spec.reads.items()
            }
            for name, post in self.posts.items()
        }


def plan(twin: TwinDescription, shop: Shop) -> Plan:
    """Return what the twin's sensors need; a sensor that is wrong stops no other."""
    made = Plan(twin=twin, since=shop.clock.now_ms())
    for name, spec in twin.sensors.items():
        try:
            cls = shop.driver(spec.driver)
            description = cast("Description", cls.DESCRIPTION)
            options = _options(twin, name, spec, cls)
        except DtError as error:
            made.problems[name] = error
            continue
        made.origins |= _origins(spec, description)
        made.posts[name] = _post(twin, name, cls, options, shop)
    return made


def _options(
    twin: TwinDescription, name: str, spec: SensorSpec, cls: type[Any]
) -> msgspec.Struct:
    """Return the driver's options.

    Raises:
        TwinError: An option is unknown, missing or wrong, or a quantity unknown.
    """
    reader = Reader(twin.source)
    description = cast("Description", cls.DESCRIPTION)
    options = options_of(twin, name, cast("type[msgspec.Struct]", cls.Options), reader)
    check_reads(twin, name, [q.name for q in description.quantities], reader)
    reader.finish(TwinError, f"docs/drivers.md tells of {spec.driver}")
    if options is None:
        raise TwinError(f"{twin.where(f'sensors.{name}')}: options cannot be read")
    return options


def _origins(spec: SensorSpec, description: Description) -> dict[str, Origin]:
    quantities = {quantity.name: quantity for quantity in description.quantities}
    found = {}
    for name, signal in spec.reads.items():
        quantity = quantities.get(name) or quantities.get(name.rpartition(".")[0])
        if quantity is not None:
            found[signal] = Origin(raw_unit=quantity.unit, resolution=quantity.resolution)
    return found


def _post(
    twin: TwinDescription, name: str, cls: type[Any], options: msgspec.Struct, shop: Shop
) -> Post:
    spec = twin.sensors[name]
    context = Context(
        twin=twin.id,
        sensor=name,
        reads=spec.reads,
        media_dir=str(shop.media_dir),
        twin_dir=str(Path(twin.source).parent),
    )
    make_driver = cast("MakeDriver", cls)

    def make() -> Sensor | Source:
        buses = shop.buses(spec.driver, twin.id)
        return make_driver(options, buses, shop.clock, context)

    post = Post(spec=spec, driver=spec.driver)
    if callable(getattr(cls, "read", None)):
        description = cast("Description", cls.DESCRIPTION)
        seat = Seat(
            twin=twin.id,
            sensor=name,
            driver=spec.driver,
            bus=bus_of(description.bus, options) or f"{twin.id}/{name}",
            every_s=float(spec.every),
            min_interval_s=description.min_interval_s,
            timeout_s=float(spec.timeout or description.timeout_s),
            make=cast("Callable[[], Sensor]", make),
        )
        return dataclasses.replace(post, seat=seat)
    if callable(getattr(cls, "run", None)):
        stand = Stand(
            twin=twin.id,
            sensor=name,
            driver=spec.driver,
            make=cast("Callable[[], Source]", make),
        )
        return dataclasses.replace(post, stand=stand)
    return post


def bus_of(kind: BusKind, options: msgspec.Struct) -> str:
    """Return the name of the hardware bus of a sensor; empty: it shares none."""
    number = getattr(options, "bus", None)
    names = {
        BusKind.I2C: f"i2c-{1 if number is None else number}",
        BusKind.SPI: f"spi-{number or 0}",
        BusKind.ONE_WIRE: "1-wire",
        BusKind.GPIO: f"gpio-{getattr(options, 'pin', 0)}",
        BusKind.CAMERA: f"camera-{getattr(options, 'camera', 0)}",
    }
    return names.get(kind, "")
