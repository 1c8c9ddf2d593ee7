"""``/routines``: what happens by the clock; one routine: its form and its next slots."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt.errors import ConflictError, DtError
from dt.store.automation import Kind
from dt.store.users import Role
from webapp import automation, trial
from webapp.auth import identity
from webapp.auth.policy import requires
from webapp.automation import Written
from webapp.context import current
from webapp.errors import Problem, problem_of
from webapp.pages import fetch, written
from webapp.pages.alerts import twin_names
from webapp.show import form, routine_form
from webapp.show import rules as rule_show
from webapp.show.form import Filled

routines = Blueprint("routines", __name__)

_AHEAD_MS = 60 * 86_400_000
_SLOTS = 8


@routines.get("/routines")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """List the routines of all twins."""
    context = current()
    names = twin_names()
    rows = [
        (each, names.get(each.twin, each.twin), *_row(each))
        for each in automation.all_of(context, Kind.ROUTINE)
    ]
    return render_template(
        "routines.html",
        rows=rows,
        title=rule_show.title,
        trigger=routine_form.trigger,
        actions=routine_form.actions,
        twins=list(context.twins().values()),
    )


@routines.get("/routines/new")
@requires(Role.ADMIN, tokens=False)
def new() -> str:
    """Show an empty form."""
    first = fetch.first_twin()
    twin_id = request.args.get("twin", "") or (first.id if first is not None else "")
    draft = Written(twin=twin_id, kind=Kind.ROUTINE, name="", entry={}, in_file=False)
    return _page(draft, routine_form.filled({}), fresh=True)


@routines.get("/routines/<twin_id>/<name>")
@requires(Role.VIEWER, tokens=False)
def one(twin_id: str, name: str) -> str:
    """Show one routine."""
    found = automation.get(current(), Kind.ROUTINE, twin_id, name)
    wrongs = automation.wrongs(current(), found)
    shown = routine_form.with_wrong(routine_form.filled(found.entry), wrongs)
    return _page(found, shown, fresh=False)


@routines.post("/routines/try")
@requires(Role.VIEWER, tokens=False)
def attempt() -> str | tuple[str, int]:
    """Show when the routine of the form is due; keep nothing."""
    draft, shown, fresh = _sent()
    wrongs = automation.wrongs(current(), draft)
    shown = routine_form.with_wrong(shown, wrongs)
    page_again = _page(draft, shown, fresh=fresh)
    return (page_again, 422) if wrongs else page_again


@routines.post("/routines/save")
@requires(Role.ADMIN, tokens=False)
def save() -> AnyResponse | tuple[str, int]:
    """Keep the routine of the form as its next version."""
    draft, shown, fresh = _sent()
    try:
        if fresh and automation.find(current(), Kind.ROUTINE, draft.twin, draft.name):
            raise ConflictError(
                f"{draft.twin} has a routine {draft.name!r} already",
                hint="give the new one another name, or change that one",
            )
        wrongs = automation.wrongs(current(), draft)
        if wrongs:
            return _page(draft, routine_form.with_wrong(shown, wrongs), fresh=fresh), 422
        automation.put(current(), draft, identity.known_caller().name)
    except DtError as error:
        page_again = _page(draft, shown, fresh=fresh, problem=problem_of(error))
        return page_again, error.status
    target = url_for("routines.one", twin_id=draft.twin, name=draft.name, saved="yes")
    return redirect(target, 303)


def _sent() -> tuple[Written, Filled, bool]:
    sent = request.form.to_dict()
    draft = written.drafted(Kind.ROUTINE, routine_form.entry_from(sent))
    values = {**sent, "enabled": sent.get("enabled", "")}
    return draft, Filled(values=values, steps=form.steps_shown(values)), "fresh" in sent


def _page(
    draft: Written, shown: Filled, *, fresh: bool, problem: Problem | None = None
) -> str:
    context = current()
    twin = fetch.twin_or_404(draft.twin)
    whens = routine_form.whens()
    return render_template(
        "routine.html",
        twin=twin,
        twins=list(context.twins().values()),
        draft=draft,
        fresh=fresh,
        filled=shown,
        whens=whens,
        of_when={name: routine_form.fields(name) for name, _title, _hint in whens},
        days=routine_form.day_words(),
        others=routine_form.other_fields(),
        steps=[form.step_fields(twin, index) for index in range(shown.steps)],
        title=str(draft.entry.get("title") or rule_show.title(draft)),
        placed=context.config.appliance.latitude is not None,
        slots=[] if shown.wrong else _slots(draft)[:_SLOTS],
        versions=[] if fresh else written.versions(Kind.ROUTINE, draft.twin, draft.name),
        problem=problem,
        saved=request.args.get("saved", ""),
    )


def _slots(draft: Written) -> list[int]:
    """Return the next slots; none while something is wrong."""
    now = current().clock.now_ms()
    if not draft.name or automation.wrongs(current(), draft):
        return []
    return trial.slots(current(), draft, now, now + _AHEAD_MS)


def _row(routine: Written) -> tuple[bool, list[int]]:
    """Return whether a routine is wrong, and its next slot."""
    wrong = bool(automation.wrongs(current(), routine))
    return wrong, [] if wrong else _slots(routine)[:1]
