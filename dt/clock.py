"""Time: UTC for what is told, monotonic for what is measured, and when to believe UTC."""

import ctypes
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

_STA_UNSYNC = 0x0040
_BUILT_MS = 1_767_225_600_000  # 2026-01-01: no right clock is earlier than this program


class Clock(Protocol):
    """Time as the organs see it; simulated in tests."""

    def now_ms(self) -> int:
        """Return UTC in ms."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step."""
        ...

    def trusted(self) -> bool:
        """Tell whether `now_ms` may be believed."""
        ...

    def boot_id(self) -> str:
        """Return an id that changes at each boot."""
        ...


class _Timex(ctypes.Structure):
    """``struct timex``, as far as `status`. Source: adjtimex(2)."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    ]


class SystemClock:
    """The clock of this machine.

    Args:
        trust: ``always``; ``ntp``: when the kernel is synchronised; ``auto``: that, or
            the machine has a clock chip (or is no Raspberry Pi) and says a year that
            can be true.
        root: Where /sys, /proc and /run are, for tests.
    """

    def __init__(self, trust: str = "auto", root: Path = Path("/")) -> None:
        self._trust = trust
        self._root = root
        self._boot = ""
        self._has_chip: bool | None = None
        self._checked_at = -1e9
        self._was_trusted = False
        self._synchronised: Callable[[], bool] = _kernel_synchronised

    def now_ms(self) -> int:
        """Return UTC in ms."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds since boot, time asleep included; never steps."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def trusted(self) -> bool:
        """Tell whether `now_ms` may be believed; looks at most once a second."""
        now = self.monotonic()
        if now - self._checked_at >= 1.0:
            self._checked_at = now
            self._was_trusted = self._look()
        return self._was_trusted

    def _look(self) -> bool:
        if self._trust == "always":
            return True
        marker = self._root / "run/systemd/timesync/synchronized"
        if marker.exists() or self._synchronised():
            return True
        if self._trust == "ntp" or self.now_ms() < _BUILT_MS:
            return False
        if self._has_chip is None:
            pi = (self._root / "proc/device-tree/model").exists()
            chip = self._root / "sys/class/rtc/rtc0/hctosys"
            said = chip.read_text().strip() if chip.exists() else ""
            self._has_chip = said == "1" or not pi
        return self._has_chip

    def boot_id(self) -> str:
        """Return the kernel's id of this boot."""
        if not self._boot:
            path = self._root / "proc/sys/kernel/random/boot_id"
            self._boot = path.read_text().strip() if path.exists() else "unknown"
        return self._boot


def _kernel_synchronised() -> bool:
    """Ask the kernel whether something disciplines its clock. Source: adjtimex(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "adjtimex"):
        return False
    state = _Timex()
    result = libc.adjtimex(ctypes.byref(state))
    return result >= 0 and not state.status & _STA_UNSYNC
