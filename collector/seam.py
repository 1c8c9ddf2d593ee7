"""What a driver is: the seam between the collector and one sensor or source.

A driver is one file with one class. Its `DESCRIPTION` and its `Options` struct make the
form, the documentation, the check of twin.yaml and the proposal of ``dt doctor``.
"""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

import msgspec

from dt.clock import Clock
from dt.hardware.bus import Buses
from dt.twin.readings import Raw

Emit = Callable[[Raw], None]


class BusKind(StrEnum):
    """Which bus a driver needs; all sensors of one bus share one thread."""

    I2C = "i2c"
    GPIO = "gpio"
    ONE_WIRE = "1-wire"
    SPI = "spi"
    CAMERA = "camera"
    NONE = "none"


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a driver measures.

    Attributes:
        name: As `reads:` in twin.yaml says it, e.g. ``temperature``.
        unit: UCUM code of the raw value.
        title: For people.
        range: Lowest and highest value that the chip can say (datasheet).
        resolution: Smallest step of the value (datasheet).
        signal: Name that a proposed twin gives to the signal.
        max_rate: Largest plausible change per second, for a proposed twin.
        stuck_after: Seconds without change that are suspect, for a proposed twin.
        calibration: (raw, true) pairs for a proposed twin, where raw values mean little.
        signal_unit: UCUM code of the true values of `calibration`; empty: `unit`.
    """

    name: str
    unit: str
    title: str
    range: tuple[float, float] | None = None
    resolution: float = 0.01
    signal: str = ""
    max_rate: float | None = None
    stuck_after: float | None = None
    calibration: tuple[tuple[float, float], ...] = ()
    signal_unit: str = ""


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of driver is.

    Attributes:
        kind: Name of the entry point and of the file.
        title: For people, e.g. ``DHT22 air temperature and humidity``.
        bus: Which bus it needs.
        quantities: What it measures; empty: whatever `reads:` names.
        min_interval_s: Shortest interval that the chip allows (datasheet).
        timeout_s: After which a read counts as hung, unless twin.yaml says another.
        addresses: I²C addresses where `dt doctor` looks for it.
        identity: By which register the chip is recognised; empty: by its address only.
        source: Datasheet or standard.
    """

    kind: str
    title: str
    bus: BusKind
    quantities: tuple[Quantity, ...] = ()
    min_interval_s: float = 0.0
    timeout_s: float = 5.0
    addresses: tuple[int, ...] = ()
    identity: str = ""
    source: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver may use besides its options.

    Attributes:
        twin: Id of the twin.
        sensor: Name of the sensor in the twin.
        reads: Quantity to signal name, as twin.yaml says.
        media_dir: Folder where a driver may keep files (stills).
        twin_dir: Folder of the twin.yaml; relative paths start here.
    """

    twin: str
    sensor: str
    reads: dict[str, str]
    media_dir: str
    twin_dir: str


@runtime_checkable
class Sensor(Protocol):
    """A driver that is asked: the collector calls `read` every so often.

    The constructor takes ``(options, buses, clock, context)`` and touches no hardware.
    """

    DESCRIPTION: ClassVar[Description]
    Options: ClassVar[type[msgspec.Struct]]

    def open(self) -> None:
        """Find and prepare the chip; raise a HardwareError or SourceError."""
        ...

    def read(self) -> Raw:
        """Return one value of each quantity; raise a HardwareError or SourceError."""
        ...

    def close(self) -> None:
        """Let go of the chip; again does nothing."""
        ...


@runtime_checkable
class Source(Protocol):
    """A driver that tells: it runs in a thread of its own and emits when it has data.

    The constructor is that of `Sensor`.
    """

    DESCRIPTION: ClassVar[Description]
    Options: ClassVar[type[msgspec.Struct]]

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Emit raw values until `stop` is set; raise SourceError when it cannot go on.

        `emit` returns when the readings are in the live log (back pressure). A raw
        without values tells that the source is well though it has nothing to say.
        After an error `run` is called again, after a pause, on the same object.
        """
        ...


class MakeDriver(Protocol):
    """The constructor of every driver class."""

    def __call__(
        self,
        options: msgspec.Struct,
        buses: Buses,
        clock: Clock,
        context: Context,
    ) -> Sensor | Source:
        """Make a driver without touching hardware."""
        ...
