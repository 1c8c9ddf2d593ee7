"""Whatever hardware PWM dims: the part that all such drivers share."""

from collections.abc import Callable
from typing import Annotated, ClassVar

import msgspec

from controller.pin_switch import PinOptions, PinSwitch
from dt.hardware.bus import Buses, PwmOutput
from dt.hardware.pwm_pins import PINS
from dt.twin.command import OFF, Command, Verb

Frequency = Annotated[float, msgspec.Meta(gt=0, le=100_000)]
DIMS: frozenset[Verb] = frozenset({Verb.ON, Verb.OFF, Verb.SET_PWM})
_NAMED = " or ".join(map(str, PINS))


class Dimmer:
    """Gives a share of the time; ON is all of it.

    Args:
        output: Opens the channel; asked at the first command.
        frequency: In Hz.
    """

    def __init__(self, output: Callable[[], PwmOutput], frequency: float) -> None:
        self._open = output
        self._frequency = frequency
        self._output: PwmOutput | None = None

    def apply(self, command: Command) -> None:
        """Give the share that the command means."""
        if self._output is None:
            self._output = self._open()
        share = float(command.on) if command.value is None else command.value
        self._output.write(share, self._frequency)

    def report(self) -> Command | None:
        """Return what the channel gives; None before the first command."""
        if self._output is None:
            return None
        share = self._output.read()
        return Command(verb=Verb.SET_PWM, value=round(share, 4)) if share > 0 else OFF

    def close(self) -> None:
        """Let go of the channel; again does nothing."""
        if self._output is not None:
            self._output.close()
            self._output = None


def check_pin(pin: int) -> None:
    """Refuse a pin without hardware PWM, in the words of `dt.twin.document.Reader`."""
    if pin not in PINS:
        raise ValueError("pin", f"a pin with hardware PWM: {_NAMED}")


class DimOptions(PinOptions, frozen=True, kw_only=True):
    """Options of what is switched by a pin, or dimmed by hardware PWM.

    Attributes:
        pwm: Dim it: `pin` is 12, 13, 18 or 19, and SET_PWM is taken.
        frequency: In Hz, if it is dimmed.
    """

    pwm: bool = False
    frequency: Frequency = 1000.0

    def __post_init__(self) -> None:
        if not self.pwm:
            return
        check_pin(self.pin)
        for key, free in (("active", "high"), ("feedback", None)):
            if getattr(self, key) != free:
                raise ValueError(key, "nothing else than its default where pwm is true")


class Dimmable:
    """A switch on a pin that hardware PWM can dim, if ``pwm: true`` says so.

    Args:
        options: Of the driver.
        buses: Where the pin is.
        name: Of the actuator in its twin.
    """

    Options: ClassVar[type[msgspec.Struct]] = DimOptions
    VERBS: frozenset[Verb] = PinSwitch.VERBS

    def __init__(self, options: DimOptions, buses: Buses, name: str) -> None:
        self.name = name
        self._way: Dimmer | PinSwitch = PinSwitch(options, buses, name)
        if options.pwm:
            self.VERBS = DIMS
            self._way = Dimmer(lambda: buses.pwm_pin(options.pin), options.frequency)

    def apply(self, command: Command) -> None:
        """Switch, or give the share that the command means."""
        self._way.apply(command)

    def report(self) -> Command | None:
        """Return what the pin does; None before the first command."""
        return self._way.report()

    def close(self) -> None:
        """Let go of the pin; again does nothing."""
        self._way.close()
