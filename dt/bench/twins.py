"""The twins of the measured appliance: sixty signals, one reading of each a second.

Thirty come from ten simulated chips on five buses, through the real driver; thirty from
a CSV file that is replayed at 1 Hz, so that the values are like those of analogue inputs.
"""

import csv
from pathlib import Path

from dt.bench import data

BUSES = 5
ADDRESSES = (0x76, 0x77)
COLUMNS = 30
CHIPS = "dt:BenchChips_001"
FILE = "dt:BenchFile_001"
_QUANTITIES = (
    ("temperature", "{unit: Cel, range: [-40, 85], max_rate: 10/min}"),
    ("humidity", '{unit: "%", range: [0, 100]}'),
    ("pressure", "{unit: hPa, range: [300, 1100]}"),
)


def sixty(folder: Path, rows: int = 3600) -> dict[str, str]:
    """Return the texts of both twins; the file to replay is written into `folder`."""
    path = folder / "replayed.csv"
    _write(path, rows)
    return {"chips": _chips(), "file": _file(path, "loop: true")}


def replayed(folder: Path, rows: int) -> dict[str, str]:
    """Return the text of a twin that replays a file once, as fast as it can."""
    path = folder / "replayed.csv"
    _write(path, rows)
    return {"file": _file(path, "pace: as_fast_as_possible")}


def sixty_signals() -> list[str]:
    """Return the full names of all sixty signals."""
    chips = [f"{CHIPS}/{q}.{n}" for n in range(BUSES * 2) for q, _ in _QUANTITIES]
    return chips + [f"{FILE}/input.{n}" for n in range(COLUMNS)]


def _chips() -> str:
    lines = [f'"@id": {CHIPS}', "name: Ten chips", "signals:"]
    for number in range(BUSES * 2):
        lines += [f"  {name}.{number}: {limits}" for name, limits in _QUANTITIES]
    lines.append("sensors:")
    for number in range(BUSES * 2):
        bus, address = 1 + number // 2, ADDRESSES[number % 2]
        reads = ", ".join(f"{name}: {name}.{number}" for name, _ in _QUANTITIES)
        where = f"driver: bme280, bus: {bus}, address: {address:#x}, every: 1s"
        lines.append(f"  chip{number}: {{{where}, reads: {{{reads}}}}}")
    return "\n".join(lines) + "\n"


def _file(path: Path, pace: str) -> str:
    names = [f"input.{number}" for number in range(COLUMNS)]
    lines = [f'"@id": {FILE}', "name: Thirty inputs", "signals:"]
    lines += [f"  {name}: {{unit: V, range: [-10, 10]}}" for name in names]
    reads = ", ".join(f"c{n}: {name}" for n, name in enumerate(names))
    how = f"driver: csv_replay, file: {path}, interval: 1s, {pace}"
    lines += ["sensors:", f"  replay: {{{how}, reads: {{{reads}}}}}"]
    return "\n".join(lines) + "\n"


def _write(path: Path, rows: int) -> None:
    columns = [data.signal(data.noisy, rows, signal=n).value for n in range(COLUMNS)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([f"c{n}" for n in range(COLUMNS)])
        writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
