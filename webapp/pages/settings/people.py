"""``/settings/people``: who may sign in, and as what. For admins."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt import passwords
from dt.errors import DtError
from dt.store.users import Role, good_role
from webapp.auth import identity
from webapp.auth.policy import requires
from webapp.context import current
from webapp.errors import Problem, problem_of

people = Blueprint("people", __name__, url_prefix="/settings/people")


@people.get("/")
@requires(Role.ADMIN, tokens=False)
def page() -> str:
    """Show all users."""
    return _page(None)


def _page(problem: Problem | None) -> str:
    context = current()
    return render_template(
        "settings_people.html",
        users=context.appliance.users.all(),
        roles=list(Role),
        me=identity.known_caller(),
        problem=problem,
        asked=request.form,
    )


@people.post("/add")
@requires(Role.ADMIN, tokens=False)
def add() -> AnyResponse | tuple[str, int]:
    """Add a user."""
    context = current()
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        role = good_role(request.form.get("role", ""))
        passwords.check(password, name)
        with context.hashing:
            stored = context.offload(passwords.hashed, password)
        user = context.appliance.users.add(name, role, stored)
    except DtError as error:
        return _page(problem_of(error)), error.status
    context.appliance.audit.add(
        identity.known_caller().name, "user.add", user.name, None, user
    )
    return redirect(url_for("people.page"), 303)


@people.post("/<int:user_id>")
@requires(Role.ADMIN, tokens=False)
def change(user_id: int) -> AnyResponse | tuple[str, int]:
    """Give a user another role, lock them out or in, or remove them."""
    users = current().appliance.users
    what = request.form.get("what", "")
    try:
        before = users.get(user_id)
        if what == "role":
            users.set_role(user_id, request.form.get("role", ""))
        elif what in {"lock", "unlock"}:
            users.set_disabled(user_id, what == "lock")
        elif what == "second-factor":
            current().appliance.second_factors.remove(user_id)
        elif what == "remove":
            users.remove(user_id)
    except DtError as error:
        return _page(problem_of(error)), error.status
    after = None if what == "remove" else users.get(user_id)
    who = identity.known_caller().name
    current().appliance.audit.add(who, f"user.{what}", before.name, before, after)
    return redirect(url_for("people.page"), 303)
