"""A command as people and files write it: ``ON OFF SET_PWM:0.4 SET:21.5``."""

import math
from enum import StrEnum

import msgspec

from dt.errors import CommandError


class Verb(StrEnum):
    """What a command asks for."""

    ON = "ON"
    OFF = "OFF"
    SET_PWM = "SET_PWM"
    SET = "SET"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What an actuator shall do.

    Attributes:
        verb: What is asked for.
        value: Of SET_PWM the share 0–1, of SET in the actuator's unit; else None.
    """

    verb: Verb
    value: float | None = None

    def __str__(self) -> str:
        return self.verb if self.value is None else f"{self.verb}:{self.value:g}"

    @property
    def on(self) -> bool:
        """Tell whether something runs after this command."""
        return self.verb is Verb.ON or bool(self.value)


OFF = Command(verb=Verb.OFF)
ON = Command(verb=Verb.ON)


def read(text: str) -> Command:
    """Return the command that a text says.

    Raises:
        CommandError: It says none.
    """
    word, colon, number = text.strip().partition(":")
    if word not in Verb.__members__:
        raise _wrong(text)
    verb = Verb(word)
    if verb in {Verb.ON, Verb.OFF}:
        if colon:
            raise _wrong(text)
        return Command(verb=verb)
    try:
        value = float(number)
    except ValueError:
        raise _wrong(text) from None
    if not math.isfinite(value) or (verb is Verb.SET_PWM and not 0 <= value <= 1):
        raise _wrong(text)
    return Command(verb=verb, value=value)


def _wrong(text: str) -> CommandError:
    return CommandError(
        f"no command: saw {text!r}, expected ON, OFF, SET_PWM:0.4 (0 to 1) or SET:21.5",
        hint="write the words in capitals, a value after a colon",
    )
