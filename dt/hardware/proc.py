"""What the kernel tells about this machine and this process, read from /proc and /sys.

Source: proc(5), kernel documentation admin-guide/iostats and thermal/sysfs-api.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SECTOR = 512  # bytes; in diskstats always, whatever the disk
_CPU_ZONES = ("cpu", "soc", "pkg", "acpitz")
_CPU_CHIPS = ("coretemp", "k10temp", "cpu_thermal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One look at a machine; None: it does not tell.

    Attributes:
        jiffies: (busy, all) of all cores together, then of each core, since its start.
        temperature: Of the processor, in Cel.
        memory, swap, disk: Used, in %.
        disk_read, disk_written, received, sent: Bytes since start.
        load: Processes that ran or wanted to, mean over 1 min.
        uptime: Seconds since start.
    """

    jiffies: tuple[tuple[float, float], ...] = ()
    temperature: float | None = None
    memory: float | None = None
    swap: float | None = None
    disk: float | None = None
    disk_read: float | None = None
    disk_written: float | None = None
    received: float | None = None
    sent: float | None = None
    load: float | None = None
    uptime: float | None = None


def snapshot(root: Path, disk: str = "/") -> Snapshot:
    """Return one look at the machine whose /proc and /sys are under `root`.

    Args:
        root: ``/``, or a tree that looks like it.
        disk: A path on the file system whose fill is told.
    """
    memory, swap = _memory(root)
    disk_read, disk_written = _sum(_disks(root))
    received, sent = _sum(_links(root))
    return Snapshot(
        jiffies=tuple(_jiffies(root)),
        temperature=_temperature(root),
        memory=memory,
        swap=swap,
        disk=_fill(root / disk.lstrip("/")),
        disk_read=disk_read,
        disk_written=disk_written,
        received=received,
        sent=sent,
        load=_first(root / "proc/loadavg"),
        uptime=_first(root / "proc/uptime"),
    )


def loads(old: Snapshot, new: Snapshot) -> tuple[float | None, ...]:
    """Return the load between two looks in %: of all cores together, then of each."""
    found = []
    for before, after in zip(old.jiffies, new.jiffies, strict=False):
        busy, total = after[0] - before[0], after[1] - before[1]
        load = min(max(100.0 * busy / total, 0.0), 100.0) if total > 0 else None
        found.append(load)
    return tuple(found)


def rss_bytes(root: Path = Path("/")) -> int:
    """Return the resident memory of this process."""
    for line in _lines(root / "proc/self/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


def _first(path: Path) -> float | None:
    with suppress(ValueError, IndexError):
        return float(_lines(path)[0].split()[0])
    return None


def _jiffies(root: Path) -> Iterator[tuple[float, float]]:
    for line in _lines(root / "proc/stat"):
        name, *fields = line.split() or [""]
        if not name.startswith("cpu"):
            return
        counts = [float(field) for field in fields[:8]]  # the rest is counted in these
        total = sum(counts)
        yield total - sum(counts[3:5]), total  # idle and iowait


def _memory(root: Path) -> tuple[float | None, float | None]:
    kilobytes = {}
    for line in _lines(root / "proc/meminfo"):
        name, _, rest = line.partition(":")
        with suppress(ValueError, IndexError):
            kilobytes[name] = float(rest.split()[0])
    memory = _used(kilobytes.get("MemTotal"), kilobytes.get("MemAvailable"))
    return memory, _used(kilobytes.get("SwapTotal"), kilobytes.get("SwapFree"))


def _used(total: float | None, free: float | None) -> float | None:
    if not total or free is None:
        return None
    return 100.0 * (1.0 - free / total)


def _fill(path: Path) -> float | None:
    try:
        seen = os.statvfs(path)
    except OSError:
        return None
    usable = seen.f_blocks - seen.f_bfree + seen.f_bavail
    return _used(float(usable), float(seen.f_bavail))


def _disks(root: Path) -> Iterator[tuple[float, float]]:
    """Yield bytes read and written of each disk that is hardware."""
    for line in _lines(root / "proc/diskstats"):
        fields = line.split()
        if len(fields) >= 10 and (root / "sys/block" / fields[2] / "device").exists():
            yield float(fields[5]) * _SECTOR, float(fields[9]) * _SECTOR


def _links(root: Path) -> Iterator[tuple[float, float]]:
    """Yield bytes received and sent of each network link but the loopback."""
    for line in _lines(root / "proc/net/dev"):
        name, colon, rest = line.partition(":")
        fields = rest.split()
        if colon and name.strip() != "lo" and len(fields) >= 9:
            yield float(fields[0]), float(fields[8])


def _sum(pairs: Iterator[tuple[float, float]]) -> tuple[float | None, float | None]:
    found = list(pairs)
    if not found:
        return None, None
    return sum(a for a, _ in found), sum(b for _, b in found)


def _temperature(root: Path) -> float | None:
    """Return the hottest part of the processor; else of anything that has a zone."""
    zones = [
        (" ".join(_lines(zone / "type")).lower(), _first(zone / "temp"))
        for zone in sorted((root / "sys/class/thermal").glob("thermal_zone*"))
    ]
    chips = [
        (chip, _first(sensor))
        for folder in sorted((root / "sys/class/hwmon").glob("hwmon*"))
        for chip in _lines(folder / "name")
        for sensor in folder.glob("temp*_input")
    ]
    told = [milli for name, milli in zones if any(word in name for word in _CPU_ZONES)]
    told += [milli for name, milli in chips if name in _CPU_CHIPS]
    hot = [milli for milli in told or [milli for _, milli in zones] if milli is not None]
    return max(hot) / 1000.0 if hot else None
