"""A twin.yaml for what `dt doctor` found, ready to be checked and edited."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from collector.scan import Found
from collector.seam import Description, Quantity
from dt import plugins
from dt.twin import reader
from dt.twin.quantities import duration_text

_EVERY_S = 5.0


def propose(found: Iterable[Found], appliance: str) -> str:
    """Return the text of a twin.yaml with a sensor for each chip that was read.

    Chips that a twin uses already are left out; the text is empty if none is left.

    Args:
        found: What a scan found.
        appliance: Id of the appliance; the twin and its asset are named after it.

    Raises:
        TwinError: A driver describes itself in a way that twin.yaml does not allow.
    """
    chips = [one for one in found if one.values and not one.sensor]
    if not chips:
        return ""
    signals: dict[str, str] = {}
    sensors: dict[str, str] = {}
    for chip in chips:
        about: Description = plugins.load("dt.sensors", chip.driver).DESCRIPTION
        name = _free(chip.driver, sensors)
        reads: dict[str, str] = {}
        for quantity in about.quantities:
            if quantity.name in chip.values:
                signal = _signal(quantity, name, signals)
                signals[signal] = _signal_line(quantity, chip.values[quantity.name])
                reads[quantity.name] = signal
        sensors[name] = _sensor_line(chip, about, reads)
    text = _text(appliance, signals, sensors)
    reader.read(text, "the proposal", "Proposal")
    return text


def _text(appliance: str, signals: Mapping[str, str], sensors: Mapping[str, str]) -> str:
    word = "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", appliance))
    lines = [
        "# Proposed by dt doctor from what answered on the buses. Give the signals the",
        "# names that you use for them, then: dt twin check twin.yaml",
        f'"@id": dt:{word or "Appliance"}_001',
        f"name: {_plain(appliance)}",
        f"asset: {{id: {_plain(appliance)}}}",
        "signals:",
        *(f"  {name}: {line}" for name, line in signals.items()),
        "sensors:",
        *(f"  {name}: {line}" for name, line in sensors.items()),
    ]
    return "\n".join(lines) + "\n"


def _signal(quantity: Quantity, sensor: str, taken: Mapping[str, str]) -> str:
    """Return the quantity's usual name, or one of its own for a second chip."""
    usual = quantity.signal or quantity.name
    return usual if usual not in taken else _free(f"{sensor}.{usual}", taken)


def _free(name: str, taken: Mapping[str, str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _signal_line(quantity: Quantity, value: float) -> str:
    unit, bounds = quantity.unit, quantity.range
    parts = []
    if quantity.calibration:
        unit = quantity.signal_unit or unit
        true = [point[1] for point in quantity.calibration]
        bounds = min(true), max(true)
    parts.append(f"unit: {_plain(unit)}")
    if bounds is not None:
        parts.append(f"range: [{bounds[0]:g}, {bounds[1]:g}]")
    if quantity.max_rate is not None:
        parts.append(f"max_rate: {quantity.max_rate * 60:g}/min")
    if quantity.stuck_after is not None:
        parts.append(f"stuck_after: {duration_text(quantity.stuck_after)}")
    if quantity.calibration:
        points = ", ".join(f"[{raw:g}, {true:g}]" for raw, true in quantity.calibration)
        parts.append(f"calibration: [{points}]")
    parts.append(f"title: {_plain(quantity.title)}")
    said = "" if quantity.unit == "1" else f" {quantity.unit}"
    return f"{{{', '.join(parts)}}}  # was {value:g}{said}"


def _sensor_line(chip: Found, about: Description, reads: Mapping[str, str]) -> str:
    every = max(_EVERY_S, about.min_interval_s)
    parts = [f"driver: {chip.driver}"]
    parts += [f"{key}: {_option(key, value)}" for key, value in chip.options.items()]
    parts.append(f"every: {duration_text(every)}")
    pairs = ", ".join(f"{quantity}: {signal}" for quantity, signal in reads.items())
    parts.append(f"reads: {{{pairs}}}")
    return f"{{{', '.join(parts)}}}"


def _option(key: str, value: int | str) -> str:
    if key == "address" and isinstance(value, int):
        return f"0x{value:02x}"
    return _plain(value)


def _plain(value: int | str) -> str:
    """Return a value as YAML that means the same whatever it holds."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9 ]*", value):
        return value
    return msgspec.json.encode(value).decode()
