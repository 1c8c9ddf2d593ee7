"""The addresses for signing in and out: for people without JavaScript too.

Templates: ``setup.html`` gets `code`, `timezones`, `asked` (what was typed, or None) and
`problem`; ``sign_in.html`` gets `next`, `name` and `problem` (None at first).
"""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from dt.errors import DtError
from dt.store.users import Role
from webapp import security, zones
from webapp.auth import csrf, first_run, identity, second, sessions
from webapp.auth.first_run import FirstRun
from webapp.auth.policy import open_to_all, requires
from webapp.context import current
from webapp.errors import Problem, problem_of

views = Blueprint("auth", __name__)


@views.get("/setup")
@open_to_all
def setup() -> AnyResponse | str:
    """Show the first-run page; once there is an account, the way to sign in."""
    if not first_run.is_needed(current()):
        return redirect("/sign-in")
    return _setup_page(None, None, request.args.get("code", ""))


@views.post("/setup")
@open_to_all
def set_up() -> AnyResponse | tuple[str, int]:
    """Make the first account and sign it in."""
    context = current()
    form = request.form
    asked = FirstRun(
        code=form.get("code", ""),
        name=form.get("name", ""),
        password=form.get("password", ""),
        timezone=form.get("timezone", "UTC"),
        title=form.get("title", ""),
    )
    try:
        sessions.slow_down(context, "setup", f"address:{request.remote_addr}")
        user = first_run.complete(context, asked)
    except DtError as error:
        if error.code == "auth.forbidden":
            context.appliance.attempts.failed("setup", f"address:{request.remote_addr}")
        problem = problem_of(error)
        return _setup_page(asked, problem, asked.code), problem.status
    return sessions.begin(context, user, redirect("/"))


def _setup_page(asked: FirstRun | None, problem: Problem | None, code: str) -> str:
    return render_template(
        "setup.html",
        code=code,
        timezones=zones.names(),
        asked=asked,
        problem=problem,
    )


@views.get("/sign-in")
@open_to_all
def sign_in() -> AnyResponse | str:
    """Show the sign-in page; without any account, go to the first-run page."""
    if first_run.is_needed(current()) and not current().appliance.users.count():
        return redirect("/setup")
    target = security.safe_next(request.args.get("next"))
    if identity.caller() is not None:
        return redirect(target)
    return render_template("sign_in.html", next=target, name="", problem=None)


@views.post("/sign-in")
@open_to_all
def signed_in() -> AnyResponse | tuple[str, int]:
    """Sign in and go on where the person wanted to be."""
    context = current()
    name = request.form.get("name", "")
    target = security.safe_next(request.form.get("next"))
    try:
        user = sessions.sign_in(
            context, name, request.form.get("password", ""), request.remote_addr or ""
        )
    except DtError as error:
        problem = problem_of(error)
        page = render_template("sign_in.html", next=target, name=name, problem=problem)
        return page, problem.status
    if second.is_asked(context, user):
        return render_template("sign_in_second.html", next=target, problem=None), 200
    return sessions.begin(context, user, redirect(target, 303))


@views.post("/sign-in/second")
@open_to_all
def signed_in_second() -> AnyResponse | tuple[str, int]:
    """Take the code of the phone, after the right password in this browser."""
    context = current()
    target = security.safe_next(request.form.get("next"))
    try:
        user = second.sign_in(
            context, request.form.get("code", ""), request.remote_addr or ""
        )
    except DtError as error:
        problem = problem_of(error)
        template = "sign_in_second.html" if second.waiting(context) else "sign_in.html"
        page = render_template(template, next=target, name="", problem=problem)
        return page, problem.status
    return sessions.begin(context, user, redirect(target, 303))


@views.post("/sign-out")
@requires(Role.VIEWER, tokens=False)
def sign_out() -> AnyResponse:
    """End this session; with ``everywhere`` all sessions of the person."""
    context = current()
    who = identity.known_caller()
    sessions.end(context)
    if request.form.get("everywhere") and who.user_id is not None:
        context.appliance.sessions.end_all(who.user_id)
        context.appliance.audit.add(who.name, "session.end_all", who.name)
    answer = redirect("/sign-in", 303)
    csrf.renew()
    answer.delete_cookie(identity.session_cookie(context.config))
    return answer
