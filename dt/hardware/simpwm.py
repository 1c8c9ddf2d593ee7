"""Simulated PWM channels, with what is dimmed by them."""

from dt.hardware.faults import FaultKind
from dt.hardware.loads import Load
from dt.hardware.simbus import Conditions, load_name


class SimPwm:
    """One channel, which goes on when the process ends, as a real one does.

    Args:
        name: ``pwm0.1``, under which its share is kept.
        targets: Of its faults.
        conditions: Of all simulated buses.
        load: What it dims; None: nothing.
    """

    def __init__(
        self,
        name: str,
        targets: tuple[str, ...],
        conditions: Conditions,
        load: Load | None,
    ) -> None:
        self.name = name
        self._targets = targets
        self._conditions = conditions
        self._load = load

    def write(self, share: float, frequency: float) -> None:  # noqa: ARG002 - all alike
        """Give a share 0–1."""
        conditions = self._conditions
        if conditions.world is not None:
            conditions.world.look()
        slow = conditions.faults.strike(FaultKind.SLOW, *self._targets)
        if slow is not None:
            conditions.time.sleep(slow.seconds)
        conditions.levels.give(self.name, share)
        if self._load is not None:
            there = not conditions.strikes(FaultKind.ABSENT, *self._targets)
            name = load_name(self.name)
            self._load.dim(conditions.done(name, share, *self._targets, there=there))

    def read(self) -> float:
        """Return the share 0–1 that is given."""
        return self._conditions.levels.share(self.name)

    def close(self) -> None:
        """Do nothing: a simulated channel holds nothing."""
