"""The signals of a processor: what drivers measure, and what is computed from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dt.processing.calibrate import Calibration
from dt.processing.derive import Derivation
from dt.twin import formula_units, formulas
from dt.twin.description import DerivedSpec, SignalSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One signal that a driver measures.

    Attributes:
        signal: Id in the store.
        name: Full name.
        spec: As the twin declares it.
        raw_unit: Unit of the driver's quantity; None: that of the signal.
        resolution: Smallest step of the driver's quantity, in `raw_unit`.
        calibration: Instead of the twin's; None: as the twin says.
    """

    signal: int
    name: str
    spec: SignalSpec
    raw_unit: str | None = None
    resolution: float = 0.0
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """One derived signal.

    Attributes:
        signal: Id in the store.
        name: Full name.
        spec: As the twin declares it.
        names: Each signal of the same twin, as the formula says it, to its full name.
    """

    signal: int
    name: str
    spec: DerivedSpec
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a driver says of the quantity behind a signal."""

    raw_unit: str
    resolution: float = 0.0


def derivations(
    measured: Sequence[Measured], computed: Sequence[Computed], index: Mapping[str, int]
) -> list[Derivation]:
    """Return the derived signals in an order in which they can be computed."""
    everything: list[Measured | Computed] = [*measured, *computed]
    codes = {one.name: one.spec.unit for one in everything}
    parsed = {one.name: formulas.parse(one.spec.formula, one.names) for one in computed}
    by_name = {one.name: one for one in computed}
    full = {
        name: formulas.Formula(
            f.text, f.tree, tuple(by_name[name].names[n] for n in f.names)
        )
        for name, f in parsed.items()
    }
    return [
        Derivation(
            index=index[name],
            inputs=tuple(index[used] for used in full[name].names),
            formula=formula_units.fitted(full[name], codes, by_name[name].spec.unit),
            spec=by_name[name].spec,
        )
        for name in formulas.order(full)
    ]
