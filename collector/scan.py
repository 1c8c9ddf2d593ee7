"""What answers on the buses, and which driver reads it: test before you save."""

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from collector.seam import BusKind, Context, Description, Sensor
from dt import plugins
from dt.clock import Clock, SystemClock
from dt.config import Config
from dt.errors import DriverTimeoutError, DtError, HardwareError
from dt.hardware.bus import Buses
from dt.hardware.buses import open_buses
from dt.twin.description import SensorSpec, TwinDescription
from dt.twin.readings import pairs

BUSES = (BusKind.I2C, BusKind.ONE_WIRE, BusKind.GPIO)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a scan found, or could not find.

    Attributes:
        bus: ``i2c-1``, ``1-wire`` or ``gpio``.
        place: Address, id or pin; empty: the bus itself is in trouble.
        driver: Kind of the driver that read it; empty: none could.
        title: What it is, for people.
        sure: The chip said what it is; else only its address speaks for it.
        options: Of the driver, as twin.yaml would say them.
        values: Quantity to the value of one reading, without those that are NaN.
        sensor: ``<twin id>/<sensor>`` that uses it already; empty: none does.
        code, problem, hint: Why it could not be read; empty: it could.
    """

    bus: str
    place: str = ""
    driver: str = ""
    title: str = ""
    sure: bool = False
    options: dict[str, int | str] = {}
    values: dict[str, float] = {}
    sensor: str = ""
    code: str = ""
    problem: str = ""
    hint: str = ""


def scan(
    config: Config,
    twins: Sequence[TwinDescription] = (),
    *,
    only: Iterable[BusKind] = BUSES,
    pins: Iterable[int] = (),
    buses: Buses | None = None,
    clock: Clock | None = None,
) -> list[Found]:
    """Return what answers on the buses, each read once by the driver that fits.

    Pins cannot be searched: those of the twins' sensors are tried, and `pins`, which
    are pulled low for a millisecond.

    Args:
        config: Says whether the buses are real.
        twins: Their sensors are tried with their own options.
        only: Which sorts of buses to look at.
        pins: BCM numbers of pins to try besides.
        buses: Already opened; by default those of the configuration.
        clock: For drivers.
    """
    opened = buses or open_buses(config, twins)
    scanner = _Scanner(opened, clock or SystemClock(config.clock.trust), twins)
    ways: dict[BusKind, Callable[[], Iterator[Found]]] = {
        BusKind.I2C: scanner.i2c,
        BusKind.ONE_WIRE: scanner.one_wire,
        BusKind.GPIO: lambda: scanner.gpio(pins),
    }
    try:
        return [found for kind in BUSES if kind in only for found in ways[kind]()]
    finally:
        if buses is None:
            opened.close()


class _Use(msgspec.Struct, frozen=True):
    """One sensor of a twin, by the name that other parts know it by."""

    name: str
    spec: SensorSpec
    folder: str


class _Scanner:
    def __init__(
        self, buses: Buses, clock: Clock, twins: Sequence[TwinDescription]
    ) -> None:
        self._buses = buses
        self._clock = clock
        self._uses = [
            _Use(f"{twin.id}/{name}", sensor, str(Path(twin.source).parent))
            for twin in twins
            for name, sensor in twin.sensors.items()
        ]
        self._drivers = list(_drivers())

    def i2c(self) -> Iterator[Found]:
        """Look at bus 1, and at those that sensors name."""
        drivers = self._of(BusKind.I2C)
        used: dict[int, dict[int, _Use]] = {1: {}}
        for use, driver in self._used(drivers):
            number = _number(use.spec, "bus", _default(driver, "bus", 1))
            address = _number(use.spec, "address", _default(driver, "address", 0))
            used.setdefault(number, {}).setdefault(address, use)
        for number, wanted in sorted(used.items()):
            name = f"i2c-{number}"
            try:
                present = self._buses.i2c(number).scan()
            except HardwareError as error:
                yield _trouble(name, error, wanted.values())
                continue
            for address in sorted({*present, *wanted}):
                fitting = [d for d in drivers if address in d.DESCRIPTION.addresses]
                options: dict[str, int | str] = {"bus": number, "address": address}
                yield self._best(name, f"0x{address:02x}", fitting, options)

    def one_wire(self) -> Iterator[Found]:
        """Look at the thermometers that the kernel found."""
        drivers = self._of(BusKind.ONE_WIRE)
        uses = [use for use, _ in self._used(drivers)]
        try:
            present = self._buses.one_wire().scan()
        except HardwareError as error:
            yield _trouble("1-wire", error, uses)
            return
        wanted = {str(use.spec.options.get("id", "")).lower() for use in uses}
        if present:
            wanted.discard("")
        for chip in sorted({*present, *wanted}):
            yield self._best("1-wire", chip or "any", drivers, {"id": chip})

    def gpio(self, pins: Iterable[int]) -> Iterator[Found]:
        """Try the pins of the sensors and those given."""
        drivers = self._of(BusKind.GPIO)
        wanted: dict[int, list[type[Sensor]]] = dict.fromkeys(pins, drivers)
        for use, driver in self._used(drivers):
            pin = _number(use.spec, "pin", _default(driver, "pin", 0))
            wanted.setdefault(pin, [driver])
        for pin, fitting in sorted(wanted.items()):
            yield self._best("gpio", str(pin), fitting, {"pin": pin})

    def _of(self, kind: BusKind) -> list[type[Sensor]]:
        return [d for d in self._drivers if d.DESCRIPTION.bus is kind]

    def _used(self, drivers: Iterable[type[Sensor]]) -> Iterator[tuple[_Use, type[Sensor]]]:
        """Yield the sensors of the twins that use one of these drivers."""
        kinds = {driver.DESCRIPTION.kind: driver for driver in drivers}
        for use in self._uses:
            if use.spec.driver in kinds:
                yield use, kinds[use.spec.driver]

    def _best(
        self,
        bus: str,
        place: str,
        fitting: Sequence[type[Sensor]],
        options: dict[str, int | str],
    ) -> Found:
        """Return what the first driver says that can read it; else the last's trouble."""
        uses = {d.DESCRIPTION.kind: self._use(d, options) for d in fitting}
        tried = [
            self._try(bus, place, driver, options, uses[driver.DESCRIPTION.kind])
            for driver in sorted(fitting, key=lambda d: _rank(d, uses))
        ]
        read = [found for found in tried if not found.problem]
        if read or tried:
            return (read or tried)[0]
        return Found(
            bus=bus,
            place=place,
            title="unknown",
            options=options,
            code="hardware.unknown",
            problem=f"no driver knows what answers at {place} on {bus}",
            hint="see docs/drivers.md for the chips that are known",
        )

    def _try(
        self,
        bus: str,
        place: str,
        driver: type[Sensor],
        options: dict[str, int | str],
        use: _Use | None,
    ) -> Found:
        """Return what one driver reads once."""
        about = driver.DESCRIPTION
        found = Found(
            bus=bus,
            place=place,
            driver=about.kind,
            title=about.title,
            sure=bool(about.identity),
            options=options,
            sensor=use.name if use else "",
        )
        reads = use.spec.reads if use else {}
        told = {**options, **(use.spec.options if use else {})}
        twin, _, sensor = (use.name if use else "dt:Doctor/scan").rpartition("/")
        context = Context(
            twin=twin,
            sensor=sensor,
            reads=reads,
            media_dir="",
            twin_dir=use.folder if use else "",
        )
        make: Any = driver
        try:
            chosen = msgspec.convert(told, driver.Options)
            part: Sensor = make(chosen, self._buses, self._clock, context)
            values = _read_once(part, about)
        except DtError as error:
            return _with(found, error)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            return _with(found, HardwareError(f"{about.kind} refuses its options: {error}"))
        return msgspec.structs.replace(found, values=values)

    def _use(self, driver: type[Sensor], options: dict[str, int | str]) -> _Use | None:
        """Return the sensor that uses this place by this driver."""
        for use in self._uses:
            if use.spec.driver == driver.DESCRIPTION.kind and all(
                use.spec.options.get(key, _default(driver, key, value)) in (value, "")
                for key, value in options.items()
            ):
                return use
        return None


def _drivers() -> Iterator[type[Sensor]]:
    """Return the installed drivers of chips; one that is broken is left out."""
    for name in plugins.names("dt.sensors"):
        try:
            driver = plugins.load("dt.sensors", name)
        except DtError:
            continue
        if driver.DESCRIPTION.bus in BUSES:
            yield driver


def _read_once(part: Sensor, about: Description) -> dict[str, float]:
    """Return the values of one reading, those within the range of the chip.

    Raises:
        HardwareError: It cannot be read in time, or says what it cannot know.
    """
    result: list[dict[str, float] | DtError] = []

    def read() -> None:
        try:
            part.open()
            result.append(dict(pairs(part.read())))
        except DtError as error:
            result.append(error)
        finally:
            part.close()

    thread = threading.Thread(target=read, daemon=True, name=f"doctor {about.kind}")
    thread.start()
    thread.join(2 * about.timeout_s)
    if not result:
        waited = f"waited {2 * about.timeout_s:g} s"
        raise DriverTimeoutError(f"{about.kind} did not return: {waited}")
    if isinstance(result[0], DtError):
        raise result[0]
    values = {name: value for name, value in result[0].items() if not math.isnan(value)}
    for quantity in about.quantities:
        value = values.get(quantity.name)
        low, high = quantity.range or (-math.inf, math.inf)
        if value is not None and not low <= value <= high:
            seen = f"{quantity.name} {value:g} {quantity.unit}"
            raise HardwareError(f"{about.kind} says {seen}, expected {low:g} to {high:g}")
    return values


def _rank(driver: type[Sensor], uses: dict[str, _Use | None]) -> tuple[bool, bool, str]:
    """Sort the drivers of twins first, then those that recognise their chip."""
    about = driver.DESCRIPTION
    return uses[about.kind] is None, not about.identity, about.kind


def _default(driver: type[Sensor], key: str, otherwise: Any) -> Any:
    """Return the default of one option of a driver."""
    for field in msgspec.structs.fields(driver.Options):
        if field.name == key and field.default is not msgspec.NODEFAULT:
            return field.default
    return otherwise


def _number(spec: SensorSpec, key: str, otherwise: int) -> int:
    value = spec.options.get(key, otherwise)
    return value if isinstance(value, int) else otherwise


def _trouble(bus: str, error: DtError, uses: Iterable[_Use]) -> Found:
    return _with(Found(bus=bus, sensor=", ".join(use.name for use in uses)), error)


def _with(found: Found, error: DtError) -> Found:
    return msgspec.structs.replace(
        found, code=error.code, problem=error.message, hint=error.hint
    )
