"""``/settings/keeping``: how long readings are kept, how to get them, the twin files."""

from flask import Blueprint, render_template, request

from dt.errors import RequestError
from dt.store import prune
from dt.store.budget import Loss
from dt.store.users import Role
from dt.twin.quantities import size
from webapp.auth import policy
from webapp.auth.policy import requires
from webapp.context import current
from webapp.errors import Problem, problem_of
from webapp.show import health
from webapp.show.keeping import kept_by_signal, kept_rows

_MOST = 60

keeping = Blueprint("keeping", __name__, url_prefix="/settings")


@keeping.get("/keeping")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """Show what is kept for how long, and what the budget allows."""
    context = current()
    store = context.log.health()
    asked = request.args.get("budget", "")
    losses, problem = _losses(asked)
    return render_template(
        "settings_keeping.html",
        asked=asked,
        losses=losses,
        problem=problem,
        most=_MOST,
        rows=kept_rows(context.config.store.retain),
        own=kept_by_signal(context.twins()),
        store=store,
        budget=health.budget(store),
        config=context.config,
    )


def _losses(asked: str) -> tuple[list[Loss] | None, Problem | None]:
    """Return what a budget would cost now; None: nobody asked, or may not."""
    if not asked or not policy.may(Role.OPERATOR):
        return None, None
    context = current()
    try:
        most = size(asked)
    except ValueError as error:
        wrong = RequestError(f"budget is {asked[:40]!r}: expected {error}")
        return None, problem_of(wrong)
    return prune.preview(context.config, context.clock, context.appliance, most), None


@keeping.get("/twins")
@requires(Role.VIEWER, tokens=False)
def twin_files() -> str:
    """Show the twin files, and how to add one."""
    context = current()
    return render_template(
        "settings_twins.html", files=context.twin_files(), folders=context.config.twins
    )
