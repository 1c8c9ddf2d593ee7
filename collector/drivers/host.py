"""This computer itself: processor, memory, disk, network. Works on any Linux."""

import logging
from pathlib import Path
from typing import ClassVar

import msgspec

from collector.seam import BusKind, Context, Description, Quantity
from dt.clock import Clock
from dt.errors import SourceError
from dt.hardware.bus import Buses
from dt.hardware.proc import Snapshot, loads, snapshot
from dt.twin.readings import Raw

log = logging.getLogger(__name__)

_LEVELS = ("temperature", "memory", "swap", "disk", "load", "uptime")
_RATES = {
    "disk.read": "disk_read",
    "disk.written": "disk_written",
    "network.received": "received",
    "network.sent": "sent",
}


def _of(name: str, unit: str, title: str, signal: str, high: float) -> Quantity:
    step = 0.1 if unit in ("%", "Cel") else 1.0
    bounds = (0.0, high)
    return Quantity(
        name=name, unit=unit, title=title, range=bounds, resolution=step, signal=signal
    )


class HostOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        disk: Any path on the file system whose fill is told.
        root: Where /proc and /sys are.
    """

    disk: str = "/"
    root: str = "/"


class Host:
    """Reads what the kernel tells; ``cpu.0``, ``cpu.1`` … are the loads of the cores."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="host",
        title="This computer",
        bus=BusKind.NONE,
        quantities=(
            _of("cpu", "%", "Processor load", "cpu.load", 100),
            _of("temperature", "Cel", "Processor temperature", "cpu.temperature", 150),
            _of("memory", "%", "Memory used", "memory.used", 100),
            _of("swap", "%", "Swap used", "swap.used", 100),
            _of("disk", "%", "Disk used", "disk.used", 100),
            _of("disk.read", "By/s", "Read from disks", "disk.read", 1e12),
            _of("disk.written", "By/s", "Written to disks", "disk.written", 1e12),
            _of("network.received", "By/s", "Received", "network.received", 1e12),
            _of("network.sent", "By/s", "Sent", "network.sent", 1e12),
            _of("load", "1", "Load average over 1 min", "load.average", 1e6),
            _of("uptime", "s", "Time since start", "uptime", 1e10),
        ),
        min_interval_s=0.2,
        source="proc(5), sysfs",
    )
    Options: ClassVar[type[msgspec.Struct]] = HostOptions

    def __init__(
        self, options: HostOptions, buses: Buses, clock: Clock, context: Context
    ) -> None:
        del buses
        self._options = options
        self._clock = clock
        self._context = context
        self._before: tuple[float, Snapshot] | None = None
        self._told: set[str] = set()

    def open(self) -> None:
        """Begin with no rates."""
        self._before = None

    def read(self) -> Raw:
        """Return what can be measured; loads and rates from the second call on."""
        now = self._clock.monotonic()
        seen = snapshot(Path(self._options.root), self._options.disk)
        if not seen.jiffies:
            raise SourceError(f"{self._options.root} has no proc/stat: expected Linux")
        values = {name: getattr(seen, name) for name in _LEVELS}
        if self._before is not None and now > self._before[0]:
            values |= _rates(self._before[1], seen, now - self._before[0])
            self._tell_missing({n for n in self._context.reads if values.get(n) is None})
        self._before = now, seen
        return Raw.of(**{name: v for name, v in values.items() if v is not None})

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _tell_missing(self, missing: set[str]) -> None:
        if missing - self._told:
            self._told |= missing
            facts = {"twin": self._context.twin, "sensor": self._context.sensor}
            names = " ".join(sorted(missing))
            log.info("this machine does not tell", extra={"quantities": names, **facts})


def _rates(old: Snapshot, new: Snapshot, seconds: float) -> dict[str, float | None]:
    """Return loads in % and rates per second between two looks."""
    values: dict[str, float | None] = {}
    for name, field in _RATES.items():
        before, after = getattr(old, field), getattr(new, field)
        if before is not None and after is not None and after >= before:
            values[name] = (after - before) / seconds
    names = ("cpu", *(f"cpu.{core}" for core in range(len(new.jiffies))))
    return values | dict(zip(names, loads(old, new), strict=False))
