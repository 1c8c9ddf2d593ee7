"""``/rules``: every rule as it runs; one rule: its form, tried before it is kept."""

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt import plugins
from dt.errors import ConflictError, DtError
from dt.rules.alerts import Alert
from dt.store.automation import Kind
from dt.store.firings import FiringRow
from dt.store.users import Role
from dt.twin.readings import Series
from webapp import automation, trial
from webapp.auth import identity
from webapp.auth.policy import requires
from webapp.automation import Written
from webapp.context import current
from webapp.errors import Problem, problem_of
from webapp.pages import fetch, written
from webapp.pages.alerts import twin_names
from webapp.show import form, rule_form, times, trials
from webapp.show import rules as show
from webapp.show.form import Filled
from webapp.show.signals import Signal, signals_of
from webapp.show.sparks import Spark
from webapp.trial import Trial

rules = Blueprint("rules", __name__)

TRIES = ("1d", "7d", "30d", "1y")
_SPARK = "1d"
_EMPTY: automation.Body = {"kind": "threshold", "for": "60s"}


@rules.get("/rules")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """List the rules of all twins."""
    context = current()
    found = automation.all_of(context, Kind.RULE)
    wrong = _wrong()
    now = context.clock.now_ms()
    shown = fetch.Span(name=_SPARK, start=now - times.RANGES[_SPARK], end=now)
    signals = {
        id_: {s.key: s for s in signals_of(twin)} for id_, twin in context.twins().items()
    }
    about = {
        rule.target: show.main_signal(rule.entry, signals[rule.twin]) for rule in found
    }
    used = {signal.name: signal for signal in about.values() if signal is not None}
    history = fetch.series(list(used.values()), shown.start, shown.end, fetch.SPARK_POINTS)
    return render_template(
        "rules.html",
        rows=[
            _row(
                rule,
                _known(rule, wrong=rule.target in wrong),
                signals[rule.twin],
                (shown, about[rule.target], history),
            )
            for rule in found
        ],
        twins=list(context.twins().values()),
        shown=shown,
    )


@rules.get("/rules/new")
@requires(Role.ADMIN, tokens=False)
def new() -> str:
    """Show an empty form."""
    first = fetch.first_twin()
    twin_id = request.args.get("twin", "") or (first.id if first is not None else "")
    draft = Written(twin=twin_id, kind=Kind.RULE, name="", entry=_EMPTY, in_file=False)
    return _page(draft, rule_form.filled(_EMPTY), fresh=True)


@rules.get("/rules/<twin_id>/<name>")
@requires(Role.VIEWER, tokens=False)
def one(twin_id: str, name: str) -> str:
    """Show one rule."""
    found = automation.get(current(), Kind.RULE, twin_id, name)
    wrongs = automation.wrongs(current(), found)
    shown = _told(found, rule_form.filled(found.entry), wrongs)
    return _page(found, shown, fresh=False)


@rules.post("/rules/try")
@requires(Role.VIEWER, tokens=False)
def attempt() -> str | tuple[str, int]:
    """Show where the rule of the form would have fired; keep nothing."""
    draft, shown, fresh = _sent()
    lasts = times.RANGES[_range()]
    wrongs = automation.wrongs(current(), draft)
    if wrongs:
        return _page(draft, _told(draft, shown, wrongs), fresh=fresh), 422
    now = current().clock.now_ms()
    found = trial.of_rule(current(), draft, now - lasts, now)
    return _page(draft, shown, fresh=fresh, tried=found)


@rules.post("/rules/save")
@requires(Role.ADMIN, tokens=False)
def save() -> AnyResponse | tuple[str, int]:
    """Keep the rule of the form as its next version."""
    draft, shown, fresh = _sent()
    try:
        if fresh and automation.find(current(), Kind.RULE, draft.twin, draft.name):
            raise ConflictError(
                f"{draft.twin} has a rule {draft.name!r} already",
                hint="give the new one another name, or change that one",
            )
        wrongs = automation.wrongs(current(), draft)
        if wrongs:
            return _page(draft, _told(draft, shown, wrongs), fresh=fresh), 422
        automation.put(current(), draft, identity.known_caller().name)
    except DtError as error:
        page_again = _page(draft, shown, fresh=fresh, problem=problem_of(error))
        return page_again, error.status
    target = url_for("rules.one", twin_id=draft.twin, name=draft.name, saved="yes")
    return redirect(target, 303)


def _range() -> str:
    """Return over how long the form wants to try the rule."""
    wanted = request.form.get("range", "")
    return wanted if wanted in TRIES else "7d"


def _sent() -> tuple[Written, Filled, bool]:
    sent = request.form.to_dict()
    draft = written.drafted(Kind.RULE, rule_form.entry_from(sent))
    values = {**sent, "enabled": sent.get("enabled", "")}
    shown = Filled(values=values, steps=form.steps_shown(values))
    return draft, shown, "fresh" in sent


def _told(draft: Written, shown: Filled, wrongs: list[automation.Wrong]) -> Filled:
    twin = automation.twin_of(current(), draft.twin)
    kinds = rule_form.kinds(plugins.instances("dt.rules"), twin)
    names = [one.name for kind in kinds for one in kind.fields]
    names += [one.name for one in rule_form.timing_fields()]
    names += [one.name for one in rule_form.saying_fields()] + ["id", "kind"]
    names += [f"then.{i}.{key}" for i in range(form.ACTIONS) for key in form.STEP_KEYS]
    return rule_form.with_wrong(shown, wrongs, names)


def _page(
    draft: Written,
    shown: Filled,
    *,
    fresh: bool,
    tried: Trial | None = None,
    problem: Problem | None = None,
) -> str:
    context = current()
    twin = fetch.twin_or_404(draft.twin)
    signals = signals_of(twin)
    now = context.clock.now_ms()
    known = None if fresh else _kept(draft)
    return render_template(
        "rule.html",
        twin=twin,
        twins=list(context.twins().values()),
        draft=draft,
        fresh=fresh,
        filled=shown,
        kinds=rule_form.kinds(plugins.instances("dt.rules"), twin),
        timing=rule_form.timing_fields(),
        saying=rule_form.saying_fields(),
        steps=[form.step_fields(twin, index) for index in range(shown.steps)],
        tiles=fetch.tile_list(signals, fetch.span("1d")),
        state=None if known is None else show.state(*known),
        title=show.title(draft),
        firings=() if known is None else known[1].firings[:8],
        versions=[] if fresh else written.versions(Kind.RULE, draft.twin, draft.name),
        trial=trials.shown(tried, now) if tried is not None else None,
        tries=TRIES,
        tried_range=_range(),
        problem=problem,
        saved=request.args.get("saved", ""),
        **_drawn(draft, tried, {s.name: s for s in signals}),
    )


def _drawn(
    draft: Written, tried: Trial | None, signals: dict[str, Signal]
) -> dict[str, object]:
    """Return the chart of a trial."""
    if tried is None:
        return {}
    used = [signals[name] for name in tried.inputs if name in signals][:6]
    span = fetch.Span(name="", start=tried.start, end=tried.end)
    chart, drawings = fetch.chart(trials.panes(used, draft.entry), used, span)
    chart = msgspec.structs.replace(chart, marks=trials.marks(tried))
    return {
        "chart": chart,
        "drawings": drawings,
        "shown": span,
        "rows": fetch.table(used, span),
    }


def _row(
    rule: Written,
    known: show.Known,
    signals: dict[str, Signal],
    drawn: tuple[fetch.Span, Signal | None, dict[str, Series]],
) -> show.Row:
    shown, signal, history = drawn
    spark = Spark()
    if signal is not None:
        spark = fetch.picture(signal, history.get(signal.name), shown)
    pill, word = show.state(rule, known)
    return show.Row(
        rule=rule,
        twin=twin_names().get(rule.twin, rule.twin),
        title=show.title(rule),
        condition=show.condition(rule, signals),
        pill=pill,
        word=word,
        last=next((each for each in known.firings if each.happening == "fired"), None),
        signal=signal,
        spark=spark,
        fired=show.marks(known.firings, shown.start, shown.end),
    )


def _kept(draft: Written) -> tuple[Written, show.Known]:
    """Return the rule as it runs, whatever the form says, and what is known of it."""
    rule = automation.get(current(), Kind.RULE, draft.twin, draft.name)
    return rule, _known(rule, wrong=bool(automation.wrongs(current(), rule)))


def _known(rule: Written, *, wrong: bool) -> show.Known:
    appliance = current().appliance
    alert: Alert | None = appliance.alerts.find(rule.target)
    firings: list[FiringRow] = appliance.firings.newest(50, twin=rule.twin, rule=rule.name)
    return show.Known(alert=alert, wrong=wrong, firings=tuple(firings))


def _wrong() -> set[str]:
    """Return what the audit calls each rule that cannot run."""
    check = plugins.load("dt.checks", "control")
    found = set()
    for twin in automation.running(current()).values():
        for problem in check(twin):
            number = problem.path.partition("rules[")[2].partition("]")[0]
            if problem.path.startswith("rules[") and number.isdecimal():
                name = str(twin.rules[int(number)].get("id", number))
                found.add(automation.target_of(twin.id, Kind.RULE, name))
    return found
