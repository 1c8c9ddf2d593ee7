"""What a twin.yaml may say, as frozen structs. Names and shapes are fixed by contract.

Durations are seconds once read: ``5s`` is 5.0; rates are per second.
"""

import msgspec

from dt.twin.document import Problem
from dt.twin.quantities import PerSecond, Seconds


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """What is twinned."""

    id: str
    kind: str = ""


class Interfaces(msgspec.Struct, frozen=True, kw_only=True):
    """Where the twin can be reached: an API and streams written ``<KIND>:<topic>``."""

    api: str | None = None
    data_streams: tuple[str, ...] = ()


class Dependencies(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of the twins that this one depends on."""

    static: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()


class SignalSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One named quantity of a twin.

    Attributes:
        unit: UCUM code; ``1`` for a plain number.
        title: For people; from the name if empty.
        range: Lowest and highest possible value, in `unit`.
        limits: Where the grower wants it, in `unit`; shown, not judged.
        max_rate: Largest plausible change, in `unit` per second.
        noise: Change in `unit` that says nothing: `max_rate` allows it on top; None: the
            driver's resolution.
        stuck_after: Seconds without any change after which a value is suspect.
        stale_after: Seconds without a reading after which the tile says stale.
        calibration: (raw, true) pairs; one pair is an offset, two or more a line
            through each neighbouring two.
        polynomial: Coefficients, constant first; instead of `calibration`.
        deadband: Change in `unit` below which a new reading is not kept.
        heartbeat: Seconds after which a reading is kept although nothing changed.
        digits: Decimals shown to a person; None: as the driver resolves.
        retain: Resolution (``raw``, ``1min``, ``15min``, ``1h``, ``1day``) to seconds.
    """

    unit: str = "1"
    title: str = ""
    range: tuple[float, float] | None = None
    limits: tuple[float | None, float | None] | None = None
    max_rate: PerSecond | None = None
    noise: float | None = None
    stuck_after: Seconds | None = None
    stale_after: Seconds | None = None
    calibration: tuple[tuple[float, float], ...] = ()
    polynomial: tuple[float, ...] = ()
    deadband: float = 0.0
    heartbeat: Seconds = msgspec.field(default_factory=lambda: Seconds(60))
    digits: int | None = None
    retain: dict[str, Seconds] = {}


class SensorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor or source.

    Attributes:
        driver: Name of an entry point of ``dt.sensors``.
        every: Seconds between two reads.
        timeout: Seconds after which a read counts as hung; None: as the driver says.
        reads: Quantity of the driver to signal of the twin.
        options: The driver's own keys; in the file they stand beside the others.
    """

    driver: str
    every: Seconds = msgspec.field(default_factory=lambda: Seconds(5))
    timeout: Seconds | None = None
    reads: dict[str, str] = {}
    options: dict[str, object] = {}


class DerivedSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A signal computed from others by a formula.

    Attributes:
        formula: For instance ``vpd(air.temperature, air.humidity)``.
        unit: UCUM code of the result; what the formula gives is converted to it.
        title: For people; from the name if empty.
        range: Lowest and highest possible value, in `unit`.
        limits: Where the grower wants it, in `unit`; shown, not judged.
        max_age: Seconds after which an input's last reading is too old to be used.
        digits: Decimals shown to a person.
        retain: Resolution to seconds, as for a signal.
    """

    formula: str
    unit: str = "1"
    title: str = ""
    range: tuple[float, float] | None = None
    limits: tuple[float | None, float | None] | None = None
    max_age: Seconds = msgspec.field(default_factory=lambda: Seconds(600))
    digits: int | None = None
    retain: dict[str, Seconds] = {}


class TwinDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One twin as its file declares it.

    `actuators`, `rules`, `loops`, `routines` and `models` are kept as they stand; the
    organs that run them read them with structs of their own. `lines` has the line of
    each key (``sensors.climate.pin``), for their messages; `source` is the file;
    `warnings` say what is probably not meant, but stops nothing.
    """

    id: str
    name: str
    tenant: str = "demo"
    metadata: dict[str, object] = {}
    asset: Asset | None = None
    interfaces: Interfaces = Interfaces()
    dependencies: Dependencies = Dependencies()
    signals: dict[str, SignalSpec] = {}
    sensors: dict[str, SensorSpec] = {}
    derived: dict[str, DerivedSpec] = {}
    actuators: dict[str, dict[str, object]] = {}
    rules: tuple[dict[str, object], ...] = ()
    loops: dict[str, dict[str, object]] = {}
    routines: tuple[dict[str, object], ...] = ()
    models: tuple[dict[str, object], ...] = ()
    source: str = ""
    lines: dict[str, int] = {}
    warnings: tuple[Problem, ...] = ()

    def line(self, path: str) -> int:
        """Return the line of a key, or of the nearest above that is in the file."""
        found = path
        while found and found not in self.lines:
            found = found[: max(found.rfind("."), found.rfind("["), 0)]
        return self.lines.get(found, 1)

    def where(self, path: str) -> str:
        """Return ``file:line: path`` of a key, for a message."""
        return f"{self.source}:{self.line(path)}: {path}"

    def full_name(self, signal: str) -> str:
        """Return the name that a signal has everywhere outside its twin."""
        return f"{self.id}/{signal}"
