"""PWM channels of the kernel, through sysfs.

On a Raspberry Pi hardware PWM is on GPIO 12, 13, 18 and 19 once its config.txt has
``dtoverlay=pwm-2chan``. Source: Linux, Documentation/driver-api/pwm.rst; Raspberry Pi
documentation, device trees and overlays.
"""

import errno
import time
from pathlib import Path

from dt.errors import HardwareAbsentError, HardwareError

_EXPORT_S = 1.0
_LOOK_S = 0.02


class LinuxPwm:
    """One channel of ``/sys/class/pwm/pwmchipN``; pulses go on when the process ends.

    Args:
        chip: Number of the chip.
        channel: On the chip.
        root: Where /sys is, for tests.
    """

    def __init__(self, chip: int, channel: int, root: Path = Path("/")) -> None:
        self.name = f"pwm{chip}.{channel}"
        self._chip = root / "sys/class/pwm" / f"pwmchip{chip}"
        self._channel = channel
        self._folder = self._chip / f"pwm{channel}"
        self._period_ns = 0

    def write(self, share: float, frequency: float) -> None:
        """Give pulses of a share 0–1 of the time at a frequency in Hz."""
        self._export()
        period = round(1e9 / frequency)
        try:
            if period != self._period_ns:
                # The duty may never be longer than the period.
                (self._folder / "duty_cycle").write_text("0")
                (self._folder / "period").write_text(str(period))
                self._period_ns = period
            (self._folder / "duty_cycle").write_text(str(round(period * share)))
            (self._folder / "enable").write_text("1")
        except OSError as error:
            raise HardwareError(
                f"{self.name} cannot be written: {error.strerror}",
                hint="let this user write below /sys/class/pwm: group gpio by a udev rule",
            ) from error

    def read(self) -> float:
        """Return the share 0–1 that is given."""
        try:
            if (self._folder / "enable").read_text().strip() != "1":
                return 0.0
            duty = int((self._folder / "duty_cycle").read_text())
            period = int((self._folder / "period").read_text())
        except (OSError, ValueError):
            return 0.0
        return duty / period if period else 0.0

    def close(self) -> None:
        """Leave the channel as it is: the controller made it safe before."""

    def _export(self) -> None:
        if self._folder.exists():
            return
        if not self._chip.exists():
            raise HardwareAbsentError(
                f"there is no PWM chip {self._chip.name}",
                hint="add dtoverlay=pwm-2chan to /boot/firmware/config.txt and reboot",
            )
        try:
            (self._chip / "export").write_text(str(self._channel))
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise HardwareError(
                    f"{self.name} cannot be had: {error.strerror}",
                    hint="see which channels the chip has: cat npwm",
                ) from error
        for _ in range(round(_EXPORT_S / _LOOK_S)):
            if (self._folder / "duty_cycle").exists():
                return
            time.sleep(_LOOK_S)
        raise HardwareError(f"{self.name} did not appear after its export")
