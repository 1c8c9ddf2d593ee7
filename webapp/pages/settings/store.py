"""``/settings/keeping``: how long readings are kept, how to get them, the twin files."""

from flask import Blueprint, render_template

from dt.store.users import Role
from webapp.auth.policy import requires
from webapp.context import current
from webapp.show import health
from webapp.show.keeping import kept_by_signal, kept_rows

keeping = Blueprint("keeping", __name__, url_prefix="/settings")


@keeping.get("/keeping")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """Show what is kept for how long, and what the budget allows."""
    context = current()
    store = context.log.health()
    return render_template(
        "settings_keeping.html",
        rows=kept_rows(context.config.store.retain),
        own=kept_by_signal(context.twins()),
        store=store,
        budget=health.budget(store),
        config=context.config,
    )


@keeping.get("/twins")
@requires(Role.VIEWER, tokens=False)
def twin_files() -> str:
    """Show the twin files, and how to add one."""
    context = current()
    return render_template(
        "settings_twins.html", files=context.twin_files(), folders=context.config.twins
    )
