"""Alerts, every step of their lives, and the firings behind them.

A key holds slashes and colons (``dt:Box/rules/too-dry``); it stands in the address as it
is, and the last part of the address says what to do with it.
"""

from typing import Annotated

import msgspec
from flask import Blueprint

from dt.rules.alerts import Alert, Change, Condition
from dt.store.alerts import AlertStep
from dt.store.firings import FiringRow
from dt.store.users import Role
from webapp import alerts
from webapp.alerts import Wish
from webapp.api.events import Before, Limit
from webapp.api.notes import When
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Scope
from webapp.context import current

blueprint = Blueprint("api_alerts", __name__, url_prefix="/api/v1")

Why = Annotated[str, msgspec.Meta(max_length=400, description="For whoever comes later")]
Twin = Annotated[str, msgspec.Meta(description="Only those of this twin")]


class AlertsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts, the last changed first; without `condition` all that are not over."""

    condition: Annotated[
        list[Condition], msgspec.Meta(description="In one of these; none: not over")
    ] = []
    twin: Twin = ""
    limit: Limit = 500


class StepsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which steps: newest first, page by page with `before`."""

    limit: Limit = 100
    before: Before = 0
    twin: Twin = ""
    key: Annotated[str, msgspec.Meta(description="Only those of this alert")] = ""


class FiringsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which firings: newest first, page by page with `before`."""

    limit: Limit = 100
    before: Before = 0
    twin: Twin = ""
    rule: Annotated[str, msgspec.Meta(description="Only those of this rule")] = ""


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody does it."""

    why: Why = ""


class Shelf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long an alert is put aside, 90 days at most.

    Attributes:
        until: UTC ms at which it comes back.
    """

    until: When
    why: Why = ""


def _change(what: Change, summary: str, body: type[msgspec.Struct]) -> Operation:
    return Operation(
        method="POST",
        rule=f"/alerts/<path:key>/{what}",
        summary=summary,
        body=body,
        answer=Alert,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    )


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/alerts",
        summary="List alerts, the last changed first",
        query=AlertsQuery,
        answer=list[Alert],
    ),
)
def list_alerts(query: AlertsQuery) -> list[Alert]:
    """Return alerts; by default those that are not over."""
    return current().appliance.alerts.all(
        conditions=query.condition or None, twin=query.twin or None, limit=query.limit
    )


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/alerts/steps",
        summary="List what became of alerts, newest first",
        query=StepsQuery,
        answer=list[AlertStep],
    ),
)
def list_alert_steps(query: StepsQuery) -> list[AlertStep]:
    """Return steps of alerts: raised, ended, acknowledged, shelved, unshelved."""
    return current().appliance.alerts.steps(
        query.limit,
        key=query.key or None,
        twin=query.twin or None,
        before_id=query.before or None,
    )


@serve(
    blueprint,
    Operation(
        method="GET", rule="/alerts/<path:key>", summary="Get one alert", answer=Alert
    ),
)
def get_alert(key: str) -> Alert:
    """Return one alert."""
    return alerts.find(current(), key)


@serve(blueprint, _change(Change.ACKNOWLEDGE, "Say that somebody has seen it", Reason))
def acknowledge_alert(key: str, body: Reason) -> Alert:
    """Acknowledge an alert that is active, or over and not seen yet."""
    return alerts.change(current(), key, Wish(change=Change.ACKNOWLEDGE, why=body.why))


@serve(blueprint, _change(Change.SHELVE, "Put an alert aside until a time", Shelf))
def shelve_alert(key: str, body: Shelf) -> Alert:
    """Shelve an alert; it comes back by itself."""
    wish = Wish(change=Change.SHELVE, why=body.why, until=body.until)
    return alerts.change(current(), key, wish)


@serve(blueprint, _change(Change.UNSHELVE, "Bring a shelved alert back", Reason))
def unshelve_alert(key: str, body: Reason) -> Alert:
    """Bring an alert back before its shelf is over."""
    return alerts.change(current(), key, Wish(change=Change.UNSHELVE, why=body.why))


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/firings",
        summary="List firings of rules with why they fired, newest first",
        query=FiringsQuery,
        answer=list[FiringRow],
        tag="rules",
    ),
)
def list_firings(query: FiringsQuery) -> list[FiringRow]:
    """Return firings with their traces and the ids of the commands that followed."""
    return current().appliance.firings.newest(
        query.limit,
        twin=query.twin or None,
        rule=query.rule or None,
        before_id=query.before or None,
    )
