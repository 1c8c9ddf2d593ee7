"""``/more``: on a phone, what does not fit into the bar of five."""

from flask import Blueprint, render_template

from dt.store.users import Role
from webapp.auth.policy import requires

more = Blueprint("more", __name__)


@more.get("/more")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """Show the way to the settings, and out."""
    return render_template("more.html")
