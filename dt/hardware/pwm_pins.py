"""Which PWM channel is on which pin of the Raspberry Pi's header.

The kernel numbers PWM chips as they come: on a Pi 5 the header's is ``pwmchip2`` with Linux
6.6 and ``pwmchip0`` with 6.12, while another is that of the cooling fan. So the chip is
found by its device. Source: RP1 peripherals, table of GPIO functions; BCM2835 ARM
peripherals 6.2; github.com/raspberrypi/linux issue 6818.
"""

from pathlib import Path

from dt.errors import HardwareAbsentError

PINS = (12, 13, 18, 19)
_OLD = {12: 0, 13: 1, 18: 0, 19: 1}
_RP1 = {12: 0, 13: 1, 18: 2, 19: 3}
_FUNCTION = {12: 4, 13: 4, 18: 2, 19: 2}
_DEVICES = {
    "1f00098000.pwm": _RP1,  # Pi 5
    "fe20c000.pwm": _OLD,  # Pi 4
    "3f20c000.pwm": _OLD,  # Pi 2, 3, Zero 2
    "2020c000.pwm": _OLD,  # Pi 1, Zero
}


def channel_of(pin: int, root: Path = Path("/")) -> tuple[int, int]:
    """Return chip and channel of a pin.

    Args:
        pin: BCM number, one of `PINS`.
        root: Where /sys is, for tests.

    Raises:
        HardwareAbsentError: The PWM of the header is not switched on.
    """
    for chip in sorted((root / "sys/class/pwm").glob("pwmchip*")):
        channels = _DEVICES.get((chip / "device").resolve().name)
        if channels is not None:
            return int(chip.name.removeprefix("pwmchip")), channels[pin]
    raise HardwareAbsentError(
        f"there is no hardware PWM on GPIO {pin}",
        hint=f"add dtoverlay=pwm,pin={pin},func={_FUNCTION[pin]} to "
        "/boot/firmware/config.txt and reboot; docs/actuators.md tells of two pins",
    )
