"""``/alerts``: what wants a person; one alert: its life, why, and what followed."""

import re

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt.errors import DtError, NotFoundError, RequestError
from dt.rules.alerts import Alert, Change, Condition
from dt.store.automation import Kind
from dt.store.commands import CommandRow
from dt.store.firings import FiringRow
from dt.store.users import Role
from webapp import alerts as acts
from webapp import automation
from webapp.alerts import Wish
from webapp.auth.policy import requires
from webapp.automation import Written
from webapp.context import current
from webapp.errors import Problem, problem_of
from webapp.pages import fetch
from webapp.security import safe_next
from webapp.show import alerts as show
from webapp.show import charts, times, traces, trials
from webapp.show import rules as rules_show
from webapp.show.charts import Mark
from webapp.show.signals import Signal, signals_of

alerts = Blueprint("alerts", __name__)

_TABS = {
    "active": show.OPEN,
    "shelved": (Condition.SHELVED,),
}
_BEFORE_MS, _AFTER_MS, _LONGEST_MS = 3_600_000, 1_800_000, 7 * 86_400_000
_SHELVES = {"1h": 3_600_000, "8h": 28_800_000, "1d": 86_400_000}
_FIRINGS = 20
_STEPS = 50
_DETAILED = 40
_ACTS = (Change.ACKNOWLEDGE, Change.SHELVE, Change.UNSHELVE)


@alerts.get("/alerts")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """List alerts: those that are open, shelved, or over."""
    return _page(None)


@alerts.get("/alerts/<path:key>")
@requires(Role.VIEWER, tokens=False)
def one(key: str) -> str:
    """Show one alert."""
    return _one(acts.find(current(), key), None)


@alerts.post("/alerts/<path:key>/<what>")
@requires(Role.OPERATOR, tokens=False)
def change(key: str, what: str) -> AnyResponse | tuple[str, int]:
    """Acknowledge, shelve or unshelve an alert; then back to where one was."""
    form = request.form
    if what not in _ACTS:
        raise NotFoundError(f"nobody can {what[:40]!r} an alert")
    try:
        until = _until() if what == Change.SHELVE else None
        wish = Wish(change=Change(what), why=form.get("why", ""), until=until)
        acts.change(current(), key, wish)
    except NotFoundError:
        raise
    except DtError as error:
        return _page(problem_of(error)), error.status
    return redirect(safe_next(form.get("next"), url_for("alerts.page")), 303)


def _until() -> int:
    """Return the UTC ms at which a shelf ends, as the form says."""
    lasts, until = request.form.get("for", ""), request.form.get("until", "")
    if lasts in _SHELVES:
        return current().clock.now_ms() + _SHELVES[lasts]
    found = times.from_field(until)
    if found is None:
        raise RequestError(
            f"the shelf ends at {until!r}: expected a date and a time",
            hint="choose 1 h, 8 h, 1 d, or type when it ends",
        )
    return found


def _page(problem: Problem | None) -> str:
    context = current()
    store = context.appliance.alerts
    tab = request.args.get("tab", "active")
    tab = tab if tab in {*_TABS, "history"} else "active"
    found = store.all(conditions=_TABS[tab]) if tab in _TABS else []
    steps = [] if tab in _TABS else store.steps(_STEPS + 1, before_id=_before())
    return render_template(
        "alerts.html",
        tab=tab,
        groups=show.groups(_listed(found)),
        steps=show.life(steps[:_STEPS]),
        older=steps[_STEPS - 1].id if len(steps) > _STEPS else None,
        counts={name: len(store.all(conditions=wanted)) for name, wanted in _TABS.items()},
        problem=problem,
        here=url_for("alerts.page", tab=tab),
    )


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isdecimal() and len(text) < 16 else None


def _listed(found: list[Alert]) -> list[show.Shown]:
    """Return alerts; the newest with a picture each, and what is being done about them."""
    context = current()
    now = context.clock.now_ms()
    names = twin_names()
    span = fetch.Span(name="1d", start=now - times.RANGES["1d"], end=now)
    made = []
    for index, alert in enumerate(found):
        one = show.shown(alert, names, now)
        if index >= _DETAILED:
            made.append(one)
            continue
        firings = acts.firings_of(context, alert.key, _FIRINGS)
        newest = _chosen(firings)
        made.append(
            msgspec.structs.replace(
                one,
                picture=_picture(alert, newest, span, firings),
                doing=traces.doing(traces.followed(_commands(newest)), now),
            )
        )
    return made


def _picture(
    alert: Alert, newest: FiringRow | None, span: fetch.Span, firings: list[FiringRow]
) -> show.Picture | None:
    twin = current().twins().get(alert.twin)
    signals = {s.key: s for s in signals_of(twin)} if twin is not None else {}
    about = _around(alert, newest, signals)[:1]
    if not about:
        return None
    found = fetch.series(about, span.start, span.end, fetch.SPARK_POINTS)
    return show.Picture(
        signal=about[0],
        spark=fetch.picture(about[0], found.get(about[0].name), span),
        fired=rules_show.marks(firings, span.start, span.end),
    )


def _one(alert: Alert, problem: Problem | None) -> str:
    context = current()
    now = context.clock.now_ms()
    firings = acts.firings_of(context, alert.key, _FIRINGS)
    firing = _chosen(firings)
    twin = context.twins().get(alert.twin)
    signals = {s.key: s for s in signals_of(twin)} if twin is not None else {}
    drawn_signals = _around(alert, firing, signals)
    shown = _span(alert, firing, now)
    rule = _rule(alert)
    panes = trials.panes(drawn_signals, rule.entry if rule is not None else {})
    chart, drawings = fetch.chart(panes, drawn_signals, shown)
    return render_template(
        "alert.html",
        shown_alert=show.shown(alert, twin_names(), now),
        alert=alert,
        twin=twin,
        rule=acts.rule_of(alert.key)[1],
        rule_known=rule is not None,
        sensor=acts.sensor_of(alert.key)[1],
        life=show.life(context.appliance.alerts.steps(12, key=alert.key)),
        firings=[each for each in firings if each.happening != "cleared"][:10],
        told=traces.told(firing, signals) if firing is not None else None,
        followed=traces.followed(_commands(firing)),
        happened=traces.happened,
        chart=_with_firings(chart, firings),
        drawings=drawings,
        signals=drawn_signals,
        shown=shown,
        rows=fetch.table(drawn_signals, shown),
        problem=problem,
        here=url_for("alerts.one", key=alert.key),
    )


def twin_names() -> dict[str, str]:
    """Return what people call each twin, by its id."""
    return {id_: twin.name for id_, twin in current().twins().items()}


def _rule(alert: Alert) -> Written | None:
    """Return the rule that an alert is about, as it runs now, or None."""
    twin, rule = acts.rule_of(alert.key)
    if not rule or twin not in current().twins():
        return None
    return automation.find(current(), Kind.RULE, twin, rule)


def _chosen(firings: list[FiringRow]) -> FiringRow | None:
    """Return the firing that the address asks for, else the newest that fired."""
    wanted = request.args.get("firing", "")
    asked = [each for each in firings if str(each.id) == wanted]
    fired = [each for each in firings if each.happening != "cleared"]
    return next(iter([*asked, *fired, *firings]), None)


def _around(
    alert: Alert, firing: FiringRow | None, signals: dict[str, Signal]
) -> list[Signal]:
    """Return the signals that the alert is about: at most six."""
    if firing is not None:
        names = [seen.signal for seen in firing.trace.inputs]
        return [signals[name] for name in names if name in signals][:6]
    sensor = acts.sensor_of(alert.key)[1]
    silent = re.sub(r"^no-data\.", "", acts.rule_of(alert.key)[1])
    mine = [
        s for s in signals.values() if s.key == silent or (sensor and s.sensor == sensor)
    ]
    return mine[:6]


def _span(alert: Alert, firing: FiringRow | None, now: int) -> fetch.Span:
    """Return the time around the firing, or around the alert."""
    begin = alert.raised_at
    end = alert.cleared_at or now
    if firing is not None:
        begin = min(firing.at, firing.trace.since)
        end = max(firing.at, begin)
        if alert.holds and firing.at >= alert.raised_at:
            end = now
    end = min(end + _AFTER_MS, now, begin + _LONGEST_MS)
    return fetch.Span(name="", start=begin - _BEFORE_MS, end=max(end, begin + 60_000))


def _with_firings(chart: charts.Chart, firings: list[FiringRow]) -> charts.Chart:
    """Return the chart with the firings marked in it."""
    marks = [
        Mark(
            at=each.at,
            text=_mark_text(each),
            kind="info" if each.happening == "cleared" else show.PILLS[each.severity],
        )
        for each in firings
        if chart.start <= each.at < chart.end
    ]
    both = sorted([*chart.marks, *marks], key=lambda mark: mark.at)
    return msgspec.structs.replace(chart, marks=tuple(both))


def _mark_text(firing: FiringRow) -> str:
    fired = firing.happening == "fired"
    return firing.message if fired else traces.happened(firing.happening)


def _commands(firing: FiringRow | None) -> list[CommandRow]:
    """Return the commands that followed; those long forgotten are left out."""
    if firing is None:
        return []
    found = []
    for each in firing.commands[:20]:
        try:
            found.append(current().appliance.commands.get(each))
        except NotFoundError:
            continue
    return found
