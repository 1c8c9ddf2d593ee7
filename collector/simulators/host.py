"""A computer made of files: a tree that looks like /proc and /sys.

Source: proc(5), kernel documentation admin-guide/iostats and thermal/sysfs-api.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Host:
    """A machine that works, one second at a time.

    Attributes:
        root: Folder where its /proc and /sys are written.
        load: Of each core, 0–1.
        temperature: In Cel; None: the machine has no thermometer.
        memory: Used, 0–1.
        read, written, received, sent: Bytes per second.
    """

    root: Path
    load: list[float] = field(default_factory=lambda: [0.25, 0.75])
    temperature: float | None = 48.3
    memory: float = 0.4
    swap: float | None = 0.1
    read: int = 512_000
    written: int = 1_024_000
    received: int = 20_000
    sent: int = 10_000
    _elapsed: float = 0.0
    _busy: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Let time pass, then write what the kernel would tell."""
        self._busy = self._busy or [0.0] * len(self.load)
        for core, load in enumerate(self.load):
            self._busy[core] += load * seconds
        self._elapsed += seconds
        self._write("proc/stat", "\n".join(self._stat()))
        self._write("proc/meminfo", self._meminfo())
        self._write("proc/uptime", f"{self._elapsed:.2f} 0.00\n")
        self._write("proc/loadavg", f"{sum(self.load):.2f} 0.5 0.4 1/200 4242\n")
        self._write("proc/diskstats", self._diskstats())
        (self.root / "sys/block/mmcblk0/device").mkdir(parents=True, exist_ok=True)
        self._write("proc/net/dev", self._net())
        if self.temperature is not None:
            self._write("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
            milli = round(self.temperature * 1000)
            self._write("sys/class/thermal/thermal_zone0/temp", f"{milli}\n")

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _stat(self) -> list[str]:
        cores = [
            f"{round(busy * 60)} 0 {round(busy * 40)} {round((self._elapsed - busy) * 90)}"
            f" {round((self._elapsed - busy) * 10)} 0 0 0 0 0"
            for busy in self._busy
        ]
        rows = [[int(n) for n in core.split()] for core in cores]
        total = " ".join(str(sum(column)) for column in zip(*rows, strict=True))
        each = [f"cpu{number} {core}" for number, core in enumerate(cores)]
        return [f"cpu  {total}", *each, "intr 1234 5 6", "ctxt 99", ""]

    def _meminfo(self) -> str:
        free = round(4_000_000 * (1 - self.memory))
        text = f"MemTotal:        4000000 kB\nMemAvailable:    {free} kB\n"
        if self.swap is None:
            return text + "SwapTotal:       0 kB\nSwapFree:        0 kB\n"
        free = round(1_000_000 * (1 - self.swap))
        return f"{text}SwapTotal:       1000000 kB\nSwapFree:        {free} kB\n"

    def _diskstats(self) -> str:
        read = round(self.read * self._elapsed) // 512
        written = round(self.written * self._elapsed) // 512
        disk = f"100 0 {read} 5 200 0 {written} 9 0 10 10"
        return f" 179 0 mmcblk0 {disk}\n 179 1 mmcblk0p1 {disk}\n 7 0 loop0 {disk}\n"

    def _net(self) -> str:
        received = round(self.received * self._elapsed)
        sent = round(self.sent * self._elapsed)
        head = "Inter-|   Receive  |  Transmit\n face |bytes packets\n"
        row = "{}: {} 1 0 0 0 0 0 0 {} 1 0 0 0 0 0 0\n"
        return (
            head + row.format("    lo", 10**9, 10**9) + row.format("wlan0", received, sent)
        )
