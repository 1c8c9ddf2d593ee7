"""What a twin.yaml may say, as frozen structs. Names and shapes are fixed by contract.

Durations are seconds once read: ``5s`` is 5.0; rates are per second.
"""

import msgspec

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
    stuck_after: Seconds | None = None
    stale_after: Seconds | None = None
    calibration: tuple[tuple[float, float], ...] = ()
    polynomial: tuple[float, ...] = ()
    deadband: float = 0.0
    heartbeat: Seconds = Seconds(60)
    digits: int | None = None
    retain: dict[str, Seconds] = {}


class SensorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor or source: a driver, what it reads, and the driver's own options."""

    driver: str
    every: Seconds = Seconds(5)
    timeout: Seconds | None = None
    reads: dict[str, str] = {}
    options: dict[str, object] = {}


class DerivedSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A signal computed from others by a formula."""

    formula: str
    unit: str = "1"
    title: str = ""
    range: tuple[float, float] | None = None
    limits: tuple[float | None, float | None] | None = None
    digits: int | None = None
    retain: dict[str, Seconds] = {}


class TwinDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One twin as its file declares it.

    `actuators`, `rules`, `loops`, `routines` and `models` are kept as they stand; the
    organs that run them read them with structs of their own.
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

    def full_name(self, signal: str) -> str:
        """Return the name that a signal has everywhere outside its twin."""
        return f"{self.id}/{signal}"
