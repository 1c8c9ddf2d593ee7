"""``/settings``: my language, time zone, theme, password, sessions; and about this."""

import hashlib
from pathlib import Path

import msgspec
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt import passwords
from dt.errors import DtError, RequestError, UnauthenticatedError
from dt.store.users import Role
from webapp import language, security, zones
from webapp.auth import identity, sessions
from webapp.auth.policy import requires
from webapp.context import current
from webapp.errors import Problem, problem_of

settings = Blueprint("settings", __name__, url_prefix="/settings")
_THEMES = ("auto", "light", "dark")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of software that the pages contain."""

    name: str
    version: str
    licence: str
    sha256: str
    url: str


@settings.get("/")
@requires(Role.VIEWER, tokens=False)
def me() -> str:
    """Show my own settings."""
    return _page(None)


def _page(problem: Problem | None) -> str:
    context = current()
    who = identity.known_caller()
    user = context.appliance.users.get(who.user_id or 0)
    return render_template(
        "settings_me.html",
        user=user,
        who=who,
        sessions=context.appliance.sessions.of(user.id),
        timezones=zones.names(),
        appliance_zone=context.timezone(),
        themes=_THEMES,
        problem=problem,
        saved=request.args.get("saved", ""),
    )


@settings.post("/preferences")
@requires(Role.VIEWER, tokens=False)
def set_preferences() -> AnyResponse:
    """Keep my language, time zone and theme."""
    locale, zone, theme = (request.form.get(k, "") for k in ("locale", "timezone", "theme"))
    if locale and locale not in language.LANGUAGES:
        raise RequestError(f"language is {locale!r}: expected one of the list")
    if zone and zone not in zones.names():
        raise RequestError(f"time zone is {zone!r}: expected an IANA name")
    _keep(locale=locale, timezone=zone, theme=_theme(theme))
    return redirect(url_for("settings.me", saved="preferences"), 303)


@settings.post("/theme")
@requires(Role.VIEWER, tokens=False)
def set_theme() -> AnyResponse:
    """Keep my theme, and go back to the page where it was chosen."""
    _keep(theme=_theme(request.form.get("theme", "")))
    back = request.referrer or "/"
    path = "/" + back.split("/", 3)[3] if back.count("/") >= 3 else "/"
    return redirect(security.safe_next(path), 303)


def _theme(theme: str) -> str:
    if theme not in _THEMES:
        raise RequestError(f"theme is {theme!r}: expected {', '.join(_THEMES)}")
    return theme


def _keep(**preferences: str) -> None:
    who = identity.known_caller()
    current().appliance.users.set_preferences(who.user_id or 0, **preferences)


@settings.post("/password")
@requires(Role.VIEWER, tokens=False)
def set_password() -> AnyResponse | tuple[str, int]:
    """Change my password; all my other sessions end."""
    context = current()
    who = identity.known_caller()
    try:
        old, new = request.form.get("old", ""), request.form.get("new", "")
        user = context.appliance.users.get(who.user_id or 0)
        with context.hashing:
            if not context.offload(passwords.matches, old, user.password_hash):
                raise UnauthenticatedError("the present password is wrong")
        passwords.check(new, user.name)
        with context.hashing:
            stored = context.offload(passwords.hashed, new)
        user = context.appliance.users.set_password(user.id, stored)
    except DtError as error:
        return _page(problem_of(error)), error.status
    context.appliance.audit.add(who.name, "user.password", who.name)
    answer = redirect(url_for("settings.me", saved="password"), 303)
    return sessions.begin(context, user, answer)


@settings.post("/sessions/end")
@requires(Role.VIEWER, tokens=False)
def end_session() -> AnyResponse:
    """End one of my sessions, or all but this one."""
    context = current()
    who = identity.known_caller()
    chosen = request.form.get("session", "")
    if chosen.isdigit():
        context.appliance.sessions.end(int(chosen), who.user_id)
    else:
        context.appliance.sessions.end_all(who.user_id or 0, who.session_id)
    context.appliance.audit.add(who.name, "session.end", who.name)
    return redirect(url_for("settings.me", saved="sessions"), 303)


@settings.get("/about")
@requires(Role.VIEWER, tokens=False)
def about() -> str:
    """Show the version, and the licences of what the pages contain."""
    folder = Path(current_app.static_folder or "")
    return render_template("settings_about.html", parts=parts(folder))


def parts(folder: Path) -> list[Part]:
    """Return what `vendor/parts.json` declares, with the checksums of the files."""
    listed = msgspec.json.decode((folder / "vendor" / "parts.json").read_bytes())
    return [
        Part(
            name=part["name"],
            version=part["version"],
            licence=part["licence"],
            sha256=hashlib.sha256((folder / part["file"]).read_bytes()).hexdigest(),
            url=url_for("static", filename=part["licence_file"]),
        )
        for part in listed
    ]
