"""``/settings/tokens``: how programs sign in. A secret is shown once. For admins."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt.errors import DtError
from dt.store.users import Role
from webapp.auth import identity
from webapp.auth.identity import Scope
from webapp.auth.policy import requires
from webapp.context import current
from webapp.errors import Problem, problem_of

tokens = Blueprint("tokens", __name__, url_prefix="/settings/tokens")
_DAY_MS = 86_400_000


@tokens.get("/")
@requires(Role.ADMIN, tokens=False)
def page() -> str:
    """Show all tokens, without their secrets."""
    return _page("", None)


def _page(secret: str, problem: Problem | None) -> str:
    return render_template(
        "settings_tokens.html",
        tokens=current().appliance.tokens.all(),
        roles=list(Role),
        scopes=list(Scope),
        secret=secret,
        problem=problem,
        asked=request.form,
    )


@tokens.post("/add")
@requires(Role.ADMIN, tokens=False)
def add() -> str | tuple[str, int]:
    """Make a token and show its secret, this once."""
    context = current()
    who = identity.known_caller().name
    days = request.form.get("days", "")
    lasts = int(days) * _DAY_MS if days.isdigit() and len(days) < 6 else None
    asked = tuple(s for s in request.form.getlist("scope") if s in set(Scope))
    try:
        token, secret = context.appliance.tokens.add(
            request.form.get("name", ""),
            request.form.get("role", ""),
            scopes=asked,
            expires_at=context.clock.now_ms() + lasts if lasts else None,
            created_by=who,
        )
    except DtError as error:
        return _page("", problem_of(error)), error.status
    context.appliance.audit.add(who, "token.add", token.name, None, token)
    return _page(secret, None)


@tokens.post("/<int:token_id>/revoke")
@requires(Role.ADMIN, tokens=False)
def revoke(token_id: int) -> AnyResponse:
    """Make a token worthless."""
    context = current()
    token = context.appliance.tokens.revoke(token_id)
    who = identity.known_caller().name
    context.appliance.audit.add(who, "token.revoke", token.name, None, token)
    return redirect(url_for("tokens.page"), 303)
