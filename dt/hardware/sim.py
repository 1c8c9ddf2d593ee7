"""All simulated buses of an appliance, and how chips get onto them."""

from collections.abc import Callable, Mapping
from typing import cast

from dt.errors import HardwareError
from dt.hardware.chip import BusName, Chip, MakeChip, Placement, Surroundings
from dt.hardware.faults import FaultKind
from dt.hardware.loads import Feedback, Load
from dt.hardware.simbus import (
    Bus,
    Conditions,
    SimGpio,
    SimI2C,
    SimOneWire,
    SimPin,
    SimSpi,
    address_text,
)
from dt.hardware.simpwm import SimPwm

_MILD = {
    "air.temperature": 21.0,
    "air.humidity": 55.0,
    "air.pressure": 1013.25,
    "light": 8000.0,
    "soil.moisture": 45.0,
    "soil.temperature": 19.0,
}


class Calm:
    """A world where nothing happens: a mild day, the same for ever."""

    def value(self, quantity: str) -> float:
        """Return the value of a quantity; KeyError if there is none."""
        return _MILD[quantity]


class SimBuses:
    """All simulated buses of an appliance."""

    def __init__(self, conditions: Conditions | None = None) -> None:
        self.conditions = conditions or Conditions()
        self._i2c: dict[int, SimI2C] = {}
        self._spi: dict[tuple[int, int], SimSpi] = {}
        self._one_wire = SimOneWire("1-wire", self.conditions)
        self._gpio = SimGpio("gpio", self.conditions)
        self._kinds: dict[str, MakeChip] = {}
        self._reads: dict[str, dict[str, str]] = {}
        self._dimmed: dict[str, Load] = {}

    def i2c(self, bus: int = 1) -> SimI2C:
        """Return I²C bus number `bus`."""
        if bus not in self._i2c:
            self._i2c[bus] = SimI2C(f"i2c-{bus}", self.conditions)
        return self._i2c[bus]

    def one_wire(self) -> SimOneWire:
        """Return the 1-Wire bus."""
        return self._one_wire

    def spi(self, bus: int = 0, select: int = 0) -> SimSpi:
        """Return one chip select of a SPI bus."""
        key = bus, select
        if key not in self._spi:
            self._spi[key] = SimSpi(f"spi-{bus}.{select}", self.conditions)
        return self._spi[key]

    def pin(self, number: int) -> SimPin:
        """Return one GPIO pin."""
        return SimPin(self._gpio, number)

    def pwm(self, chip: int, channel: int) -> SimPwm:
        """Return one PWM channel."""
        name = f"pwm{chip}.{channel}"
        return SimPwm(name, (name,), self.conditions, self._dimmed.get(name))

    def pwm_pin(self, number: int) -> SimPwm:
        """Return the hardware PWM of a pin of the header, each pin with its channel."""
        name, targets = f"{number}.pwm", ("gpio", f"gpio/{number}")
        return SimPwm(name, targets, self.conditions, self._dimmed.get(name))

    def dim(self, chip: int, channel: int, load: Load) -> None:
        """Hang what a PWM channel drives on it, instead of the load that is there."""
        self._dimmed[f"pwm{chip}.{channel}"] = load

    def dim_pin(self, pin: int, load: Load) -> None:
        """Hang what the hardware PWM of a pin drives on it, instead of what is there."""
        self._dimmed[f"{pin}.pwm"] = load

    def load(self, pin: int, load: Load) -> None:
        """Hang what a pin switches on it; a chip that is there already stays."""
        if isinstance(self._gpio.chips.get(str(pin), load), Load):
            self._gpio.chips[str(pin)] = load

    def feed_back(self, pin: int, load: int) -> None:
        """Let a pin see whether the load on another runs; a part that is there stays."""
        seen = Feedback(lambda: self._gpio.runs(str(load)))
        self._gpio.chips.setdefault(str(pin), seen)

    def close(self) -> None:
        """Do nothing: simulated buses hold nothing."""

    def attach(
        self,
        make: MakeChip,
        place: Placement,
        surroundings: Surroundings,
        reads: Mapping[str, str] | None = None,
    ) -> str:
        """Put a chip on its bus and return its target name.

        A chip of the same kind that is there already stays, and gains what `reads`
        names.

        Args:
            make: The simulator.
            place: Where it sits; what it leaves out is the simulator's default.
            surroundings: What the chip measures.
            reads: Quantity of the chip to the quantity of the surroundings, where it
                is not the simulator's usual one: a soil probe may hang in the air.

        Raises:
            HardwareError: Another kind of chip is at that place.
        """
        bus, spot = self._spot(make, place)
        target = f"{bus.name}/{spot}"
        there = self._kinds.get(target)
        if there is not None and there is not make:
            seen = getattr(there, "__name__", repr(there))
            wanted = getattr(make, "__name__", repr(make))
            raise HardwareError(
                f"two chips at {target}: {seen} is there, {wanted} wants to be",
                hint="give one of them another address, pin or bus in its twin.yaml",
            )
        self._reads.setdefault(target, {}).update(reads or {})
        if there is None:
            self._kinds[target] = make
            sense = self._sense(make, target, surroundings)
            bus.chips[spot] = make(sense, self.conditions.time)
        return target

    def _spot(self, make: MakeChip, place: Placement) -> tuple["Bus[Chip]", str]:
        usual = make.PLACE
        number = place.bus if place.bus is not None else usual.bus
        if make.BUS is BusName.I2C:
            address = place.address if place.address is not None else usual.address
            found: object = self.i2c(1 if number is None else number)
            spot = address_text(address or 0)
        elif make.BUS is BusName.ONE_WIRE:
            found, spot = self._one_wire, place.id or usual.id
        elif make.BUS is BusName.SPI:
            found, spot = self.spi(number or 0, place.select), "chip"
        else:
            pin = place.pin if place.pin is not None else usual.pin
            found, spot = self._gpio, str(pin or 0)
        return cast("Bus[Chip]", found), spot

    def _sense(
        self, make: MakeChip, target: str, surroundings: Surroundings
    ) -> Callable[[str], float]:
        conditions, reads = self.conditions, self._reads[target]
        last: dict[str, float] = {}

        def sense(quantity: str) -> float:
            bus = target.split("/", maxsplit=1)[0]
            if quantity in last and conditions.strikes(FaultKind.FROZEN, bus, target):
                return last[quantity]
            usual = make.SENSES.get(quantity, quantity)
            wanted = reads.get(quantity, usual)
            names = f"{target}/{quantity}", wanted, usual
            told = conditions.world.value(*names) if conditions.world else None
            last[quantity] = _first(surroundings, wanted, usual) if told is None else told
            return last[quantity]

        return sense


def _first(surroundings: Surroundings, *names: str) -> float:
    """Return the first quantity that the surroundings know; 0: there is nothing."""
    for name in names:
        try:
            return surroundings.value(name)
        except KeyError:
            continue
    return 0.0
