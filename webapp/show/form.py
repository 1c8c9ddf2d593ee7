"""Entries of rules and routines as forms: fields, what stands in them, what is wrong.

A field's name is its key in the entry; those of a kind of rule are ``<kind>.<key>``, those
of actions ``then.0.actuator``. What somebody types goes into the entry as it is unless it
is plainly a number; the checker says what is wrong with it, and `at_fields` where.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from dt.twin.description import TwinDescription
from webapp.automation import Body, Wrong
from webapp.language import _

ACTIONS = 6
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d*)?(?:[eE][+-]?\d+)?")
_INDEX = re.compile(r"\[(\d+)\]")
STEP_KEYS = ("actuator", "command", "duration")


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field.

    Attributes:
        name: In the form.
        label: For people.
        hint: What may be typed; may be empty.
        look: ``text``, ``number``, ``choice``, ``check`` or ``date``.
        choices: (value, word) of a choice.
    """

    name: str
    label: str
    hint: str = ""
    look: str = "text"
    choices: tuple[tuple[str, str], ...] = ()


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A form with what stands in it.

    Attributes:
        values: Name of a field to its text; ``on`` for a box that is checked.
        steps: How many rows of actions to show.
        wrong: Name of a field to what is wrong there; empty name: with the whole.
    """

    values: dict[str, str]
    steps: int = 1
    wrong: dict[str, list[str]] = {}


def said(text: str) -> object:
    """Return what somebody typed: a number if it is plainly one, else the text."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return text
    value = float(text.replace(",", "."))
    return int(value) if value.is_integer() and "e" not in text.lower() else value


def text_of(value: object) -> str:
    """Return a value of an entry as it stands in a field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, list | tuple):
        return ", ".join(text_of(one) for one in value)
    return str(value)


def step_fields(twin: TwinDescription, index: int) -> tuple[Field, ...]:
    """Return the fields of one action."""
    names = [("", _("nothing")), *((name, name) for name in twin.actuators)]
    return (
        Field(
            name=f"then.{index}.actuator",
            label=_("Actuator"),
            look="choice",
            choices=tuple(names),
        ),
        Field(
            name=f"then.{index}.command",
            label=_("Command"),
            hint=_("ON, OFF, SET_PWM:0.4 or SET:21.5"),
        ),
        Field(name=f"then.{index}.duration", label=_("For how long"), hint=_("like 10s")),
    )


def steps_from(form: Mapping[str, str]) -> list[Body]:
    """Return the actions of a form; rows without an actuator are none."""
    found: list[Body] = []
    for index in range(ACTIONS):
        step = {key: form.get(f"then.{index}.{key}", "").strip() for key in STEP_KEYS}
        if step["actuator"]:
            found.append({key: said(text) for key, text in step.items() if text})
    for one in found:
        one["command"] = str(one.get("command", ""))
    return found


def step_values(entry: Mapping[str, object]) -> dict[str, str]:
    """Return the actions of an entry as fields."""
    then = entry.get("then")
    values: dict[str, str] = {}
    for index, step in enumerate(then if isinstance(then, list | tuple) else ()):
        if isinstance(step, Mapping):
            for key in STEP_KEYS:
                values[f"then.{index}.{key}"] = text_of(step.get(key))
    return values


def steps_shown(values: Mapping[str, str]) -> int:
    """Return how many rows of actions to show: those in use, and one more."""
    used = [i for i in range(ACTIONS) if values.get(f"then.{i}.actuator")]
    return min(ACTIONS, max(used, default=-1) + 2)


def at_fields(
    wrongs: Iterable[Wrong], names: Sequence[str], prefix: str = ""
) -> dict[str, list[str]]:
    """Return what is wrong by the field where it is to be told.

    Args:
        wrongs: As the checker says them, by path in the entry.
        names: Of the fields that there are.
        prefix: Of the fields of the kind: ``threshold.``.
    """
    found: dict[str, list[str]] = {}
    for one in wrongs:
        path = _INDEX.sub(r".\1", one.path)
        known = next((name for name in (prefix + path, path) if name in names), None)
        above = path.partition(".")[0]
        if known is None and above in names:
            known = above
        text = (
            sentence(one) if known is not None or not path else f"{path}: {sentence(one)}"
        )
        found.setdefault(known or "", []).append(text)
    return found


def sentence(wrong: Wrong) -> str:
    """Return what is wrong as a sentence: seen, expected, what to do."""
    if (wrong.seen, wrong.expected) == ("nothing", "this key"):
        return _("This is needed.")
    said, mark, why = wrong.expected.partition("otherwise: ")
    text = f"{why[:1].upper()}{why[1:]}." if mark and not said else ""
    text = text or _(
        "Saw %(seen)s, expected %(expected)s.", seen=wrong.seen, expected=wrong.expected
    )
    return f"{text} {wrong.hint[:1].upper()}{wrong.hint[1:]}" if wrong.hint else text
