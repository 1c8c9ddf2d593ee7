"""On which machine a figure was measured."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader must know to compare a figure with his own."""

    cpu: str
    cores: int
    memory_gb: float
    kernel: str
    python: str
    product: str
    day: str
    load: float

    @classmethod
    def here(cls, root: Path = Path("/")) -> "Machine":
        """Return this machine, now."""
        return cls(
            cpu=_cpu(root),
            cores=os.cpu_count() or 1,
            memory_gb=_memory_gb(root),
            kernel=f"{platform.system()} {platform.release()} {platform.machine()}",
            python=platform.python_version(),
            product=version("dt-appliance"),
            day=datetime.now(tz=UTC).date().isoformat(),
            load=os.getloadavg()[0],
        )

    def sentence(self) -> str:
        """Return all of it for people."""
        return (
            f"Measured {self.day} with version {self.product} on "
            f"{self.cores} × {self.cpu}, {self.memory_gb:.0f} GB, {self.kernel}, "
            f"Python {self.python}; "
            f"load average before the run {self.load:.1f}."
        )


def _cpu(root: Path) -> str:
    path = root / "proc/cpuinfo"
    for line in path.read_text().splitlines() if path.exists() else ():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model"}:
            return value.strip()
    return platform.processor() or platform.machine()


def _memory_gb(root: Path) -> float:
    path = root / "proc/meminfo"
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) / 1e6
    return 0.0
