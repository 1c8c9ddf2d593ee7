"""The form of a rule: a field for every key of docs/rules.md, whatever its kind."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dt.rules.seam import Kind
from dt.twin.description import TwinDescription
from webapp.automation import Body, Wrong
from webapp.language import _
from webapp.show import alerts, form
from webapp.show.form import Field, Filled
from webapp.show.signals import signals_of

_SEVERITIES = ("info", "notice", "warning", "critical")
_CHECKS = ("good_only", "latch")
_TEXTS = ("for", "persistence", "cooldown", "repeat", "max_age")
_DEFAULTS: Mapping[str, object] = {"kind": "expression", "severity": "warning"}


class KindShown(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of rule to choose.

    Attributes:
        name: Of its entry point.
        title: For people.
        hint: What it is for.
        fields: Of its own keys.
    """

    name: str
    title: str
    hint: str
    fields: tuple[Field, ...]


def kinds(known: Mapping[str, Kind], twin: TwinDescription) -> list[KindShown]:
    """Return every kind that is installed, the usual ones first."""
    words = _kind_words()
    order = [*(name for name in words if name in known), *sorted(known.keys() - words)]
    return [
        KindShown(
            name=name,
            title=words.get(name, (name, ""))[0],
            hint=words.get(name, (name, ""))[1],
            fields=tuple(_own(name, known[name].Options, twin)),
        )
        for name in order
    ]


def _kind_words() -> dict[str, tuple[str, str]]:
    return {
        "threshold": (_("Threshold"), _("a value is above or below a limit")),
        "range": (_("Range"), _("a value leaves a range")),
        "expression": (_("Formula"), _("anything over several signals")),
        "rate": (_("Rate"), _("a value changes too fast")),
        "no_data": (_("No data"), _("a signal is silent for too long")),
        "quality": (_("Quality"), _("readings are worth too little")),
    }


def kind_title(name: str) -> str:
    """Return what people call a kind."""
    return _kind_words().get(name, (name, ""))[0]


def _own(kind: str, options: Any, twin: TwinDescription) -> list[Field]:
    words = _own_words()
    found = []
    for one in msgspec.structs.fields(options):
        key = one.encode_name
        label, hint = words.get(f"{kind}.{key}", words.get(key, (key, "")))
        if key == "signal":
            names = tuple((s.key, f"{s.title} · {s.key}") for s in signals_of(twin))
            found.append(
                Field(name=f"{kind}.{key}", label=label, look="choice", choices=names)
            )
        else:
            number = one.type in {float, float | None, int, int | None}
            look = "number" if number else "text"
            found.append(Field(name=f"{kind}.{key}", label=label, hint=hint, look=look))
    return found


def _own_words() -> dict[str, tuple[str, str]]:
    formula = _("like soil.moisture < 30 and air.temperature > 5")
    unit = _("in the signal's unit")
    return {
        "when": (_("Fires when"), formula),
        "clear": (_("Clears when"), _("empty: when the first does not hold any more")),
        "signal": (_("Signal"), ""),
        "above": (_("Above"), _("in the signal's unit; one of the two")),
        "below": (_("Below"), _("in the signal's unit; one of the two")),
        "quality.below": (_("Score below"), _("0 to 1; empty: 0.5")),
        "low": (_("Lowest"), unit),
        "high": (_("Highest"), unit),
        "margin": (_("Margin"), _("how far back it must come to clear")),
        "rising": (_("Rising faster than"), _("like 0.5/s or 3/min")),
        "falling": (_("Falling faster than"), _("like 0.5/s or 3/min")),
        "after": (_("Silent for"), _("like 5min")),
    }


def timing_fields() -> tuple[Field, ...]:
    """Return the fields that say how long and how often."""
    return (
        Field(name="for", label=_("Must hold for"), hint=_("like 60s; empty: at once")),
        Field(name="persistence", label=_("In readings in a row"), hint=_("empty: 1")),
        Field(name="cooldown", label=_("Pause after a firing"), hint=_("empty: none")),
        Field(name="repeat", label=_("Acts again every"), hint=_("empty: once")),
        Field(
            name="max_age",
            label=_("Inputs are stale after"),
            hint=_("empty: by the sensor"),
        ),
        Field(name="good_only", label=_("Only good readings count"), look="check"),
    )


def saying_fields() -> tuple[Field, ...]:
    """Return the fields of the alert."""
    words = tuple((one, alerts.severity_word(one)) for one in _SEVERITIES)
    return (
        Field(
            name="message",
            label=_("Message"),
            hint=_("{soil.moisture} is a value; empty: the condition"),
        ),
        Field(name="severity", label=_("Severity"), look="choice", choices=words),
        Field(name="latch", label=_("Stays until somebody has seen it"), look="check"),
    )


def filled(entry: Mapping[str, object]) -> Filled:
    """Return the form of an entry."""
    kind = str(entry.get("kind", "expression"))
    values = {key: form.text_of(entry.get(key)) for key in (*_TEXTS, *_CHECKS, "message")}
    values["kind"] = kind
    values["severity"] = str(entry.get("severity", "warning"))
    values["enabled"] = "" if entry.get("enabled") is False else "on"
    shared = {*values, "then", "id"}
    values |= {
        f"{kind}.{key}": form.text_of(value)
        for key, value in entry.items()
        if key not in shared
    }
    values |= form.step_values(entry)
    return Filled(values=values, steps=form.steps_shown(values))


def entry_from(sent: Mapping[str, str]) -> Body:
    """Return the entry that a form says."""
    kind = sent.get("kind", "expression")
    prefix = f"{kind}."
    entry: Body = {"kind": kind}
    for name, text in sent.items():
        if name.startswith(prefix) and text.strip():
            key = name.removeprefix(prefix)
            entry[key] = text.strip() if key in {"when", "clear"} else form.said(text)
    for key in _TEXTS:
        if sent.get(key, "").strip():
            entry[key] = form.said(sent[key])
    entry["severity"] = sent.get("severity", "warning")
    entry |= {key: True for key in _CHECKS if sent.get(key)}
    if sent.get("message", "").strip():
        entry["message"] = sent["message"].strip()
    then = form.steps_from(sent)
    if then:
        entry["then"] = then
    if not sent.get("enabled"):
        entry["enabled"] = False
    return {k: v for k, v in entry.items() if _DEFAULTS.get(k) != v}


def with_wrong(shown: Filled, wrongs: list[Wrong], fields: list[str]) -> Filled:
    """Return a form with what is wrong at its fields."""
    prefix = f"{shown.values.get('kind', 'expression')}."
    found = form.at_fields(wrongs, fields, prefix)
    return msgspec.structs.replace(shown, wrong=found)


def condition(entry: Mapping[str, object], titles: Mapping[str, str]) -> str:
    """Return the condition of a rule in words: ``Soil moisture < 30 for 60s``."""
    said = _condition(entry, titles)
    hold = form.text_of(entry.get("for"))
    return _("%(condition)s, for %(span)s", condition=said, span=hold) if hold else said


def _condition(entry: Mapping[str, object], titles: Mapping[str, str]) -> str:
    kind = str(entry.get("kind", "expression"))
    values = {key: form.text_of(value) for key, value in entry.items()}
    signal = str(entry.get("signal", ""))
    title = titles.get(signal, signal)
    if kind == "rate":
        pairs = (("rising", "↑"), ("falling", "↓"))
        speeds = [f"{mark} {values[key]}" for key, mark in pairs if key in values]
        return " ".join([title, *speeds])
    if kind == "threshold":
        sign, key = (">", "above") if "above" in entry else ("<", "below")
        return f"{title} {sign} {values.get(key, '')}"
    low, high = values.get("low", ""), values.get("high", "")
    after = values.get("after", "")
    texts = {
        "expression": values.get("when", ""),
        "range": _("%(title)s not in %(low)s – %(high)s", title=title, low=low, high=high),
        "no_data": _("%(title)s silent for %(span)s", title=title, span=after),
    }
    return texts.get(kind, f"{kind_title(kind)}: {title}")
