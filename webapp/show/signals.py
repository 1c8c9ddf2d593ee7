"""A signal as pages show it: title, sign, digits, colour, and when it counts as stale."""

import msgspec

from dt.twin import units
from dt.twin.description import DerivedSpec, SignalSpec, TwinDescription
from webapp import drivers
from webapp.show import numbers

COLOURS = 8
_LEAST_STALE_S = 15.0


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What every place that shows a signal needs to know of it.

    Attributes:
        name: Full name, ``dt:PlantBox_001/air.temperature``.
        key: Its name in the twin.
        title: For people.
        unit: UCUM code.
        digits: Decimals.
        colour: 1 to 8, of the series colours.
        low, high: Limits, or None.
        stale_ms: Age at which it counts as stale.
        derived: It is computed, not measured.
        sensor: Name of the sensor that reads it; empty: none does.
        every_s: How often a reading is expected.
    """

    name: str
    key: str
    title: str
    unit: str
    digits: int
    colour: int
    low: float | None = None
    high: float | None = None
    stale_ms: int = 60_000
    derived: bool = False
    sensor: str = ""
    every_s: float = 5.0

    @property
    def sign(self) -> str:
        """The unit as people know it."""
        return numbers.sign(self.unit)

    @property
    def limits_text(self) -> str:
        """The limits in words; empty: there are none."""
        return numbers.limits(self.low, self.high, self.digits, self.unit)

    def text(self, value: float | None) -> str:
        """Return a value in this signal's digits, without its unit."""
        return numbers.text(value, self.digits)


def signals_of(twin: TwinDescription) -> list[Signal]:
    """Return the signals of a twin as its file orders them, derived ones last."""
    readers = {
        key: (name, float(sensor.every))
        for name, sensor in twin.sensors.items()
        for key in sensor.reads.values()
    }
    slowest = max((float(s.every) for s in twin.sensors.values()), default=5.0)
    everything: list[tuple[str, SignalSpec | DerivedSpec]] = [
        *twin.signals.items(),
        *twin.derived.items(),
    ]
    return [
        _signal(twin, key, spec, index, readers.get(key, ("", slowest)))
        for index, (key, spec) in enumerate(everything)
    ]


def signal_of(twin: TwinDescription, key: str) -> Signal | None:
    """Return one signal of a twin, or None."""
    return next((s for s in signals_of(twin) if s.key == key), None)


def _signal(
    twin: TwinDescription,
    key: str,
    spec: SignalSpec | DerivedSpec,
    index: int,
    reader: tuple[str, float],
) -> Signal:
    low, high = spec.limits or (None, None)
    sensor, every = reader
    return Signal(
        name=twin.full_name(key),
        key=key,
        title=spec.title or title_of(key),
        unit=spec.unit,
        digits=_digits(twin, key, spec),
        colour=index % COLOURS + 1,
        low=low,
        high=high,
        stale_ms=round(_stale_s(spec, every) * 1000),
        derived=isinstance(spec, DerivedSpec),
        sensor=sensor,
        every_s=every,
    )


def _digits(twin: TwinDescription, key: str, spec: SignalSpec | DerivedSpec) -> int:
    """Return the decimals: as declared, as the sensor resolves, or as usual."""
    if spec.digits is None and isinstance(spec, SignalSpec):
        said = drivers.quantity_of(twin, key)
        plain = not spec.calibration and not spec.polynomial
        if said is not None and plain and said.unit == spec.unit:
            return units.digits(said.resolution)
    return numbers.digits_for(spec.unit, spec.digits)


def _stale_s(spec: SignalSpec | DerivedSpec, every: float) -> float:
    if isinstance(spec, SignalSpec):
        if spec.stale_after is not None:
            return float(spec.stale_after)
        if spec.deadband > 0:
            return max(3 * every, 2.5 * float(spec.heartbeat))
    return max(3 * every, _LEAST_STALE_S)


def title_of(key: str) -> str:
    """Return a title for a signal whose file gives none: ``air.temperature`` → words."""
    words = key.replace(".", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]
