"""``/settings/second-factor``: set it up with a phone, or do without it again."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt import passwords
from dt.errors import DtError, UnauthenticatedError
from dt.store.users import Role, User
from webapp.auth import identity, second, sessions
from webapp.auth.policy import requires
from webapp.context import current
from webapp.errors import Problem, problem_of

factor = Blueprint("factor", __name__, url_prefix="/settings/second-factor")


@factor.get("/")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """Show whether there is one, how many recovery codes are left, or how to begin."""
    return _page(None)


def _me() -> User:
    return current().appliance.users.get(identity.known_caller().user_id or 0)


def _page(
    problem: Problem | None, proposal: second.Proposal | None = None, codes: object = ()
) -> str:
    user = _me()
    return render_template(
        "settings_second.html",
        user=user,
        held=current().appliance.second_factors.of(user.id),
        proposal=proposal,
        codes=codes,
        problem=problem,
    )


@factor.post("/begin")
@requires(Role.VIEWER, tokens=False)
def begin() -> str | tuple[str, int]:
    """Show a new secret as a picture and as text."""
    try:
        return _page(None, second.propose(current(), _me()))
    except DtError as error:
        return _page(problem_of(error)), error.status


@factor.post("/confirm")
@requires(Role.VIEWER, tokens=False)
def confirm() -> str | tuple[str, int]:
    """Ask for codes from now on, if the first one fits; show the recovery codes once."""
    context = current()
    try:
        codes = second.confirm(context, _me(), request.form.get("code", ""))
    except UnauthenticatedError as error:
        return _page(problem_of(error), second.propose(context, _me())), error.status
    except DtError as error:
        return _page(problem_of(error)), error.status
    who = identity.known_caller()
    context.appliance.sessions.end_all(who.user_id or 0, who.session_id)
    return _page(None, codes=codes)


@factor.post("/remove")
@requires(Role.VIEWER, tokens=False)
def remove() -> AnyResponse | tuple[str, int]:
    """Do without it again, if the password is right."""
    context, user = current(), _me()
    account, place = f"user:{user.name.casefold()}", f"address:{request.remote_addr}"
    try:
        sessions.slow_down(context, account, place)
        with context.hashing:
            given = request.form.get("password", "")[:1024]
            if not context.offload(passwords.matches, given, user.password_hash):
                context.appliance.attempts.failed(account, place)
                raise UnauthenticatedError("the present password is wrong")
    except DtError as error:
        return _page(problem_of(error)), error.status
    if context.appliance.second_factors.remove(user.id):
        context.appliance.audit.add(user.name, "second-factor.remove", user.name)
    return redirect(url_for("factor.page"), 303)
