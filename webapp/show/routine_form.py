"""The form of a routine: when, what becomes of a missed slot, what is done."""

from collections.abc import Mapping

import msgspec
from babel.dates import get_day_names

from webapp.automation import Body, Wrong
from webapp.language import _, babel_locale
from webapp.show import form
from webapp.show.form import Field, Filled

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OF = {"at": ("at", "on"), "every": ("every",), "sun": ("sun", "offset")}
_ALWAYS = ("missed", "grace", "title")


def whens() -> list[tuple[str, str, str]]:
    """Return the ways to say when: name, title, hint."""
    return [
        ("at", _("Time of day"), _("at 06:00, on some days or every day")),
        ("every", _("Interval"), _("every 30 min, whatever the clock says")),
        ("sun", _("Sun"), _("at sunrise or sunset, or some time before or after")),
    ]


def day_words() -> list[tuple[str, str]]:
    """Return the days of the week, with their short names."""
    words = get_day_names("abbreviated", locale=babel_locale())
    return [(day, words[index]) for index, day in enumerate(DAYS)]


def fields(when: str) -> tuple[Field, ...]:
    """Return the fields of one way to say when."""
    suns = (("sunrise", _("sunrise")), ("sunset", _("sunset")))
    all_fields = {
        "at": (
            Field(name="at", label=_("Times"), hint=_("like 06:00, 18:30")),
            Field(name="on", label=_("Only on"), hint=_("a date; empty: by the days")),
        ),
        "every": (Field(name="every", label=_("Every"), hint=_("like 30min")),),
        "sun": (
            Field(name="sun", label=_("At"), look="choice", choices=suns),
            Field(name="offset", label=_("Moved by"), hint=_("like 30min or -1h")),
        ),
    }
    return all_fields[when]


def other_fields() -> tuple[Field, ...]:
    """Return the fields that every routine has."""
    missed = (("skip", _("skip it")), ("once", _("run it once, late")))
    return (
        Field(name="missed", label=_("A missed slot"), look="choice", choices=missed),
        Field(name="grace", label=_("Counts as missed after"), hint=_("empty: 60 s")),
    )


def filled(entry: Mapping[str, object]) -> Filled:
    """Return the form of an entry."""
    kind = next((one for one in ("every", "sun") if entry.get(one) is not None), "at")
    keys = {key for some in _OF.values() for key in some} | {*_ALWAYS}
    values = {key: form.text_of(entry.get(key)) for key in keys}
    values["kind"] = kind
    values["enabled"] = "" if entry.get("enabled") is False else "on"
    days = entry.get("days")
    for day in days if isinstance(days, list | tuple) else ():
        values[f"day.{str(day)[:3].lower()}"] = "on"
    values |= form.step_values(entry)
    return Filled(values=values, steps=form.steps_shown(values))


def entry_from(sent: Mapping[str, str]) -> Body:
    """Return the entry that a form says."""
    kind = sent.get("kind", "at")
    entry: Body = _when(kind, sent)
    for key in _ALWAYS:
        text = sent.get(key, "").strip()
        if text and (key, text) != ("missed", "skip"):
            entry[key] = form.said(text) if key == "grace" else text
    then = form.steps_from(sent)
    if then:
        entry["then"] = then
    if not sent.get("enabled"):
        entry["enabled"] = False
    return entry


def _when(kind: str, sent: Mapping[str, str]) -> Body:
    entry: Body = {}
    for key in _OF.get(kind, ()):
        text = sent.get(key, "").strip()
        if text:
            entry[key] = text if key in {"at", "on"} else form.said(text)
    times = [one.strip() for one in str(entry.get("at", "")).split(",") if one.strip()]
    if len(times) > 1:
        entry["at"] = times
    days = [day for day in DAYS if sent.get(f"day.{day}")]
    if kind != "every" and days and len(days) < len(DAYS):
        entry["days"] = days
    return entry


def with_wrong(shown: Filled, wrongs: list[Wrong]) -> Filled:
    """Return a form with what is wrong at its fields."""
    names = [one.name for when in _OF for one in fields(when)]
    names += [one.name for one in other_fields()] + ["days", "title", "id"]
    names += [f"then.{i}.{key}" for i in range(form.ACTIONS) for key in form.STEP_KEYS]
    return msgspec.structs.replace(shown, wrong=form.at_fields(wrongs, names))


def trigger(entry: Mapping[str, object]) -> str:
    """Return in words when a routine runs."""
    shown = filled(entry).values
    if shown["kind"] == "every":
        return _("every %(span)s", span=shown["every"])
    words = dict(day_words())
    days = ", ".join(words[day] for day in DAYS if shown.get(f"day.{day}"))
    days = shown.get("on") or days or _("every day")
    if shown["kind"] == "sun":
        when = {"sunrise": _("sunrise"), "sunset": _("sunset")}.get(
            shown["sun"], shown["sun"]
        )
        offset = shown["offset"]
        when = f"{when} {offset if offset[:1] == '-' else '+' + offset}" if offset else when
        return f"{when}, {days}"
    return f"{shown['at']}, {days}"


def actions(entry: Mapping[str, object]) -> str:
    """Return in words what is done: ``pump ON for 10s``."""
    values = form.step_values(entry)
    found = []
    for index in range(form.ACTIONS):
        actuator, command, lasts = (
            values.get(f"then.{index}.{key}", "") for key in form.STEP_KEYS
        )
        if actuator and lasts:
            found.append(
                _(
                    "%(actuator)s %(command)s for %(span)s",
                    actuator=actuator,
                    command=command,
                    span=lasts,
                )
            )
        elif actuator:
            found.append(f"{actuator} {command}")
    return ", ".join(found) or _("nothing")
