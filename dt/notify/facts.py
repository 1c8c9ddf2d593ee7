"""Collects from the store what a message says."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dt.config import Config
from dt.errors import NotFoundError
from dt.notify.message import Facts, Style
from dt.store.alerts import AlertStep
from dt.store.appliance import Appliance
from dt.store.commands import CommandRow
from dt.store.firings import FiringRow
from dt.twin import units
from dt.twin.description import TwinDescription

_LOOKED_AT = 20


def style_of(config: Config, appliance: Appliance) -> Style:
    """Return how messages of this appliance are written."""
    return Style(
        language=config.notify.language,
        zone=zone_of(config, appliance),
        link=config.notify.link,
    )


def zone_of(config: Config, appliance: Appliance) -> ZoneInfo:
    """Return the appliance's time zone."""
    kept = appliance.settings.get("appliance.timezone", "")
    try:
        return ZoneInfo(kept or config.appliance.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def title_of(config: Config, appliance: Appliance) -> str:
    """Return what people call this appliance."""
    kept = appliance.settings.get("appliance.title", "")
    return kept or config.appliance.title or config.appliance.id


def facts_of(appliance: Appliance, step: AlertStep) -> Facts:
    """Return what can be told of a step."""
    twins = {t.id: t.description for t in appliance.twins.all() if t.description}
    twin = twins.get(step.twin)
    firing = _firing(appliance, step)
    return Facts(
        step=step,
        alert=appliance.alerts.find(step.key),
        twin=(twin.name if twin else "") or step.twin,
        seen=_seen(firing, twin) if firing else (),
        commands=_commands(appliance, firing.commands) if firing else (),
    )


def _firing(appliance: Appliance, step: AlertStep) -> FiringRow | None:
    """Return the firing that raised the alert, if a rule did."""
    before, slash, rule = step.key.rpartition("/rules/")
    if not slash or before != step.twin:
        return None
    rows = appliance.firings.newest(_LOOKED_AT, twin=step.twin, rule=rule)
    fired = [row for row in rows if row.at <= step.at and row.happening != "cleared"]
    return fired[0] if fired else None


def _seen(firing: FiringRow, twin: TwinDescription | None) -> tuple[str, ...]:
    found = []
    for one in firing.trace.inputs:
        if one.value is not None:
            name = one.signal.rpartition("/")[2]
            found.append(f"{name} {units.text(one.value, _unit(twin, name))}")
    return tuple(found)


def _unit(twin: TwinDescription | None, signal: str) -> str:
    if twin is None:
        return ""
    spec = twin.signals.get(signal) or twin.derived.get(signal)
    return spec.unit if spec is not None else ""


def _commands(appliance: Appliance, ids: list[str]) -> tuple[CommandRow, ...]:
    found = []
    for one in ids:
        try:
            found.append(appliance.commands.get(one))
        except NotFoundError:
            continue
    return tuple(found)
