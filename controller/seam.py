"""What an actuator's driver is: the seam between the controller and one piece of hardware.

A driver is one file with one class. It does what it is told and reports what the
hardware says; limits, timers and safe states are the controller's business alone.
"""

from typing import ClassVar, Protocol, runtime_checkable

import msgspec

from dt.hardware.bus import Buses
from dt.twin.command import Command, Verb


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of driver is.

    Attributes:
        kind: Name of the entry point and of the file.
        title: For people, e.g. ``Pump on a relay``.
        dangerous: A person is asked before it is switched on.
        limits: Interlocks that it should have, for a proposed twin.
        source: Datasheet or standard.
    """

    kind: str
    title: str
    dangerous: bool = False
    limits: dict[str, str] = {}
    source: str = ""


@runtime_checkable
class Driver(Protocol):
    """Drives one actuator.

    The constructor takes ``(options, buses, name)`` and touches no hardware.

    Attributes:
        DESCRIPTION: What it is.
        Options: Its keys in twin.yaml, beside those of every actuator.
        VERBS: What it can do, with its options.
    """

    DESCRIPTION: ClassVar[Description]
    Options: ClassVar[type[msgspec.Struct]]
    VERBS: frozenset[Verb]

    def apply(self, command: Command) -> None:
        """Do it; raise a HardwareError or SourceError."""
        ...

    def report(self) -> Command | None:
        """Return what the hardware says that it does; None: that cannot be told."""
        ...

    def close(self) -> None:
        """Let go of the hardware; again does nothing."""
        ...


class MakeDriver(Protocol):
    """The constructor of every driver class."""

    def __call__(self, options: msgspec.Struct, buses: Buses, name: str) -> Driver:
        """Make a driver without touching hardware."""
        ...
