"""A sensor that says when it was read, as a plug-in of the appliance that is measured.

The core imports no organ, and a driver is written against the collector's seam: so the
plug-in is a text, installed into a folder that only the measured appliance looks into.
"""

from pathlib import Path

_DRIVER = '''\
"""Says the wall-clock time at which it was read, in s, at uneven intervals."""

import random
import time

import msgspec

from collector.seam import BusKind, Description, Quantity
from dt.twin.readings import Raw


class Probe:
    """The source."""

    DESCRIPTION = Description(
        kind="bench_probe",
        title="Time of reading",
        bus=BusKind.NONE,
        quantities=(Quantity(name="at", unit="s", title="Time", resolution=0.0),),
    )

    class Options(msgspec.Struct, frozen=True, kw_only=True):
        """The longest pause, and the file that gets what was accepted."""

        pause_s: float = 0.7
        taken: str = "/dev/null"

    def __init__(self, options, buses, clock, context):
        self._options = options

    def run(self, emit, stop):
        """Emit until told to stop."""
        pauses = random.Random(1)
        longest = self._options.pause_s
        with open(self._options.taken, "a", buffering=1) as taken:
            while not stop.wait(pauses.uniform(longest / 7, longest)):
                now = time.time()
                emit(Raw.of(at=now))
                taken.write(f"{now!r}\\n")
'''
_NAMES = "[dt.sensors]\nbench_probe = dt_bench_probe:Probe\n"
_METADATA = "Metadata-Version: 2.1\nName: dt-bench-probe\nVersion: 1\n"

SIGNAL = "dt:BenchProbe_001/read.at"


def twin(options: str = "") -> str:
    """Return the text of a twin with the probe; `options` in YAML, with a comma after."""
    return (
        '"@id": dt:BenchProbe_001\n'
        "name: Probe of the bench\n"
        "signals:\n"
        "  read.at: {unit: s, title: Time of reading}\n"
        "sensors:\n"
        f"  probe: {{driver: bench_probe, {options} reads: {{at: read.at}}}}\n"
    )


def install(folder: Path, actuator: tuple[str, str, str] | None = None) -> Path:
    """Write the plug-in into a folder, to be put on the path of Python; return it.

    Args:
        folder: Made here.
        actuator: Name, class and text of an actuator's driver to install with it.
    """
    facts = folder / "dt_bench_probe-1.dist-info"
    facts.mkdir(parents=True)
    (folder / "dt_bench_probe.py").write_text(_DRIVER, encoding="utf-8")
    (facts / "METADATA").write_text(_METADATA, encoding="utf-8")
    names = _NAMES
    if actuator is not None:
        name, cls, text = actuator
        (folder / f"dt_{name}.py").write_text(text, encoding="utf-8")
        names += f"[dt.actuators]\n{name} = dt_{name}:{cls}\n"
    (facts / "entry_points.txt").write_text(names, encoding="utf-8")
    return folder
