"""The errors of buses in words, the same for real and simulated ones."""

from dt.errors import BusStuckError, HardwareAbsentError, HardwareError

WIRING = "check wiring and power, then run: dt doctor"


def absent_i2c(bus: str, address: int) -> HardwareAbsentError:
    """Return the error for an I²C address that is not acknowledged."""
    return HardwareAbsentError(
        f"no I2C device acknowledges address 0x{address:02x} on {bus}",
        hint=f"{WIRING} i2c",
    )


def absent_one_wire(bus: str, chip: str) -> HardwareAbsentError:
    """Return the error for a 1-Wire chip that is not on the bus."""
    return HardwareAbsentError(
        f"no chip {chip} on the {bus} bus",
        hint=f"{WIRING} 1-wire",
    )


def absent_part(place: str, what: str) -> HardwareAbsentError:
    """Return the error for a part that gives no sign of life."""
    return HardwareAbsentError(f"{what} at {place} does not answer", hint=WIRING)


def stuck(bus: str, what: str) -> BusStuckError:
    """Return the error for a bus that cannot be used."""
    return BusStuckError(
        f"{bus} is stuck: {what}",
        hint="switch the supply of its chips off and on; look for a short circuit",
    )


def not_there(bus: str, device: str, overlay: str) -> HardwareError:
    """Return the error for a bus that this machine does not have or has switched off."""
    return HardwareError(
        f"{bus} cannot be opened: {device} does not exist",
        hint=f"switch it on: sudo raspi-config nonint {overlay} 0, then restart;"
        " DT_HARDWARE=sim simulates it",
    )


def forbidden(bus: str, device: str, group: str) -> HardwareError:
    """Return the error for a bus that this user may not use."""
    return HardwareError(
        f"{bus} cannot be opened: no permission for {device}",
        hint=f"sudo usermod -aG {group} $USER, then sign in again",
    )


def no_library(what: str, module: str) -> HardwareError:
    """Return the error for a Python package that is not installed."""
    return HardwareError(
        f"{what} needs the Python module {module}, which is not installed",
        hint="pip install 'dt-appliance[rpi]'",
    )
