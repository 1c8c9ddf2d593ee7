"""Which signals plant clients mean by ``temperature``, ``humidity`` and so on.

The setting ``plant.signals`` (kind to full name) decides. For a kind that it leaves out,
the first signal by name whose unit and name fit is taken; names of the plainest form win.
"""

import re
from collections.abc import Iterable

import msgspec

from dt.store.records import SignalRow

SETTING = "plant.signals"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data of the plant clients.

    Attributes:
        name: As they say it.
        units: UCUM codes that fit.
        first: The name that is taken before all others.
        fits: What a signal's name must match.
    """

    name: str
    units: tuple[str, ...]
    first: str
    fits: str


KINDS = (
    Kind(
        name="temperature", units=("Cel",), first="air.temperature", fits=r"\btemperature$"
    ),
    Kind(name="humidity", units=("%",), first="air.humidity", fits=r"\bhumidity$"),
    Kind(name="soil_moisture", units=("%",), first="soil.moisture", fits=r"\bmoisture$"),
    Kind(
        name="light_intensity",
        units=("lx",),
        first="light.intensity",
        fits=r"\b(light|illuminance|light\.intensity)$",
    ),
    Kind(
        name="camera_image",
        units=(),
        first="camera.image",
        fits=r"\b(image|still|green|green_ratio|green\.ratio)$",
    ),
)
NAMES = tuple(kind.name for kind in KINDS)


def mapping(signals: Iterable[SignalRow], settled: dict[str, str]) -> dict[str, SignalRow]:
    """Return the signal of each kind that has one.

    Args:
        signals: All that the store knows.
        settled: What the setting says.
    """
    rows = sorted(signals, key=lambda row: row.name)
    by_name = {row.name: row for row in rows}
    found: dict[str, SignalRow] = {}
    for kind in KINDS:
        row = by_name.get(settled.get(kind.name, "")) or _first(kind, rows)
        if row is not None:
            found[kind.name] = row
    return found


def _first(kind: Kind, rows: list[SignalRow]) -> SignalRow | None:
    fitting = [
        row
        for row in rows
        if (not kind.units or row.unit in kind.units)
        and re.search(kind.fits, row.name.partition("/")[2])
    ]
    plain = [row for row in fitting if row.name.endswith(f"/{kind.first}")]
    plants = [row for row in plain or fitting if "plant" in row.twin.lower()]
    return next(iter([*plants, *plain, *fitting]), None)
