"""What a tree of processes uses: processor time, memory, bytes written to disks.

Source: proc(5). All of it belongs to the process and its children; a child that has
ended keeps its last seen share.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used up to a moment.

    Attributes:
        at: Monotonic time in s.
        cpu_s: Processor time of all processes, in s.
        written: Bytes that they gave to block devices (``write_bytes``).
        pss: Proportional set size of all of them together, in bytes.
        processes: How many live.
    """

    at: float
    cpu_s: float
    written: int
    pss: int
    processes: int


class Meter:
    """Adds up what a process and all its descendants use."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._last: dict[int, tuple[float, int]] = {}

    def read(self) -> Usage:
        """Return the usage so far."""
        pss = 0
        alive = tree(self._pid)
        for pid in alive:
            try:
                self._last[pid] = (_cpu_s(pid), _written(pid))
                pss += _pss(pid)
            except (FileNotFoundError, ProcessLookupError):
                continue
        return Usage(
            at=time.monotonic(),
            cpu_s=sum(cpu for cpu, _ in self._last.values()),
            written=sum(written for _, written in self._last.values()),
            pss=pss,
            processes=len(alive),
        )


def tree(pid: int) -> list[int]:
    """Return a process and its descendants that live, parents first."""
    found = [pid] if (_PROC / str(pid)).exists() else []
    for parent in found:
        for path in (_PROC / str(parent) / "task").glob("*/children"):
            try:
                found += [int(child) for child in path.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def _cpu_s(pid: int) -> float:
    # The name may hold spaces and brackets: fields are counted after the last bracket.
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _written(pid: int) -> int:
    return _field(_PROC / str(pid) / "io", "write_bytes:")


def _pss(pid: int) -> int:
    return _field(_PROC / str(pid) / "smaps_rollup", "Pss:") * 1024


def _field(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0
