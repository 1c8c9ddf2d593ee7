"""PWM channels of the kernel, through sysfs.

Source: Linux, Documentation/driver-api/pwm.rst; Raspberry Pi documentation, device trees
and overlays. Which channel is on which pin: `dt.hardware.pwm_pins`.
"""

import errno
import os
import time
from pathlib import Path

from dt.errors import HardwareAbsentError, HardwareError

_FILES = ("period", "duty_cycle", "enable")
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

    def write(self, share: float, frequency: float) -> None:
        """Give pulses of a share 0–1 of the time at a frequency in Hz."""
        self._export()
        period = round(1e9 / frequency)
        try:
            if self._number("duty_cycle") > period:
                # The kernel takes no period shorter than the duty, and before there
                # is a period it takes no duty at all.
                (self._folder / "duty_cycle").write_text("0")
            if self._number("period") != period:
                (self._folder / "period").write_text(str(period))
            (self._folder / "duty_cycle").write_text(str(round(period * share)))
            (self._folder / "enable").write_text("1")
        except (OSError, ValueError) as error:
            raise HardwareError(
                f"{self.name} cannot be written: {error}",
                hint="let this user write below /sys/class/pwm: group gpio by a udev rule",
            ) from error

    def read(self) -> float:
        """Return the share 0–1 that is given.

        Raises:
            HardwareError: That cannot be told.
        """
        try:
            if (self._folder / "enable").read_text().strip() != "1":
                return 0.0
            duty, period = self._number("duty_cycle"), self._number("period")
        except (OSError, ValueError) as error:
            raise HardwareError(f"{self.name} cannot be read: {error}") from error
        return duty / period if period else 0.0

    def close(self) -> None:
        """Leave the channel as it is: the controller made it safe before."""

    def _number(self, name: str) -> int:
        return int((self._folder / name).read_text())

    def _ready(self) -> bool:
        # udev gives the files to our group some time after they are there.
        return all(os.access(self._folder / name, os.W_OK) for name in _FILES)

    def _export(self) -> None:
        if self._ready():
            return
        if not self._chip.exists():
            raise HardwareAbsentError(
                f"there is no PWM chip {self._chip.name}",
                hint="name the pin instead of chip and channel; see ls -l /sys/class/pwm",
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
            if self._ready():
                return
            time.sleep(_LOOK_S)
        raise HardwareError(
            f"{self.name} cannot be written after its export",
            hint="let this user write below /sys/class/pwm: group gpio by a udev rule",
        )
