"""What every page has: navigation, who is signed in, words for numbers and times."""

from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import msgspec
from flask import Flask, current_app, request, url_for
from markupsafe import Markup

from dt import __version__
from webapp import language
from webapp.auth import identity, policy
from webapp.context import current
from webapp.language import _
from webapp.pages import words
from webapp.show import calibration, causes, commands, keeping, numbers, rich, tiles, times
from webapp.show.signals import Signal

_ON_PHONE = 4


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the navigation.

    Attributes:
        calls: It shows how many alerts want somebody.
    """

    title: str
    url: str
    icon: str
    here: bool
    calls: bool = False


def places() -> list[Place]:
    """Return the navigation of the bar."""
    return [
        _place(_("Now"), "now.page", "pulse"),
        _place(_("Charts"), "charts.page", "chart"),
        _place(_("Control"), "control.page", "power"),
        msgspec.structs.replace(_place(_("Alerts"), "alerts.page", "alert"), calls=True),
        _place(_("Twins"), "twins.page_of_all", "twin"),
        _place(_("Health"), "health.page", "heart"),
    ]


def phone_places() -> list[Place]:
    """Return the five entries of the bar on a phone."""
    everything = places()
    more = _place(_("More"), "more.page", "lines")
    hidden = any(place.here for place in everything[_ON_PHONE:])
    return [
        *everything[:_ON_PHONE],
        msgspec.structs.replace(more, here=more.here or hidden),
    ]


def more_places() -> list[Place]:
    """Return what a phone shows behind More: the rest of the bar, then the settings."""
    return [*places()[_ON_PHONE:], *settings_places()]


def settings_places() -> list[Place]:
    """Return the pages of the settings; those for admins only to admins."""
    found = [
        _place(_("Me"), "settings.me", "lines"),
        _place(_("Twin files"), "keeping.twin_files", "lines"),
        _place(_("Keeping and backup"), "keeping.page", "lines"),
    ]
    if policy.may("admin"):
        found.append(_place(_("People"), "people.page", "lines"))
        found.append(_place(_("Tokens"), "tokens.page", "lines"))
        found.append(_place(_("Notifications"), "notifications.page", "lines"))
    if policy.may("operator"):
        found.append(_place(_("Audit"), "audit.page", "lines"))
    found.append(_place(_("About"), "settings.about", "lines"))
    return found


_HOME = {
    "rules": "alerts",
    "routines": "alerts",
    "audit": "more",
    "signal": "twins",
    "calibrate": "twins",
    "settings": "more",
    "keeping": "more",
    "people": "more",
    "tokens": "more",
    "notifications": "more",
}


def _place(title: str, endpoint: str, icon: str) -> Place:
    here = _blueprint()
    mine = endpoint.partition(".")[0]
    return Place(
        title=title,
        url=url_for(endpoint),
        icon=icon,
        here=request.endpoint == endpoint or mine == _HOME.get(here, here),
    )


def _blueprint() -> str:
    return request.blueprint or ""


def rich_tag(text: str) -> Markup:
    """Return a sentence of `webapp.show.rich` as markup."""
    return rich.html(text, current().clock.now_ms())


def time_tag(ms: int, text: str) -> Markup:
    """Return a ``<time>`` that says UTC when hovered."""
    tag = '<time datetime="{}" title="{}">{}</time>'
    return Markup(tag).format(times.iso(ms), times.utc(ms), text)  # noqa: S704 - escaped


def moment_tag(ms: int) -> Markup:
    """Return a time as short as it stays clear."""
    return time_tag(ms, times.moment(ms, current().clock.now_ms()))


def ago_tag(ms: int) -> Markup:
    """Return an age that goes on counting in the browser."""
    tag = '<dt-age at="{}" title="{}">{}</dt-age>'
    age = times.ago(ms, current().clock.now_ms())
    return Markup(tag).format(ms, times.utc(ms), age)  # noqa: S704 - format escapes


def theme() -> str:
    """Return ``light`` or ``dark`` as the person chose; empty: as the device likes."""
    who = identity.caller()
    return who.theme if who is not None and who.theme in {"light", "dark"} else ""


def install(app: Flask) -> None:
    """Give the templates what every page needs."""
    app.jinja_env.tests["city"] = times.is_city
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        places=places,
        phone_places=phone_places,
        appliance_title=language.appliance_title,
        timezone=language.timezone,
        languages=language.LANGUAGES,
        theme=theme,
        moment=moment_tag,
        ago=ago_tag,
        time_tag=time_tag,
        times=times,
        numbers=numbers,
        json=_json,
        page_words=words.words,
        now_ms=_now_ms,
        calling_alerts=_calling,
        version=__version__,
        with_arguments=with_arguments,
        sentence=sentence,
        cause=causes.cause,
        tile_about=tiles.about,
        calibration_text=calibration.sentence,
        settings_places=settings_places,
        more_places=more_places,
        rich=rich_tag,
        command_words=commands,
        export_query=export_query,
        browser_name=browser_name,
        resolution_word=keeping.resolution_word,
        import_map=lambda: import_map(_asset, Path(app.static_folder or "")),
    )


def with_arguments(**changes: str) -> str:
    """Return this page's address with some of its arguments changed.

    A named range takes the place of fixed dates.
    """
    arguments = request.args.to_dict(flat=False)
    if "range" in changes:
        arguments.pop("from", None)
        arguments.pop("to", None)
    merged = arguments | {key: [value] for key, value in changes.items()}
    return f"{request.path}?{urlencode(merged, doseq=True)}"


def export_query(signals: list[Signal], start: int, end: int) -> str:
    """Return the arguments that export what a chart shows."""
    pairs = [("signal", signal.name) for signal in signals]
    return urlencode([*pairs, ("from", str(start)), ("to", str(end))])


_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """Return which browser on what a User-Agent says, in words."""
    browser = next((word for mark, word in _BROWSERS if mark in agent), "")
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or agent[:40] or _("unknown browser")


def sentence(text: str) -> str:
    """Return an error's words as a sentence: capital first, full stop last."""
    text = causes.told(text)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


_MODULES = {"io": "vendor/socket.io/socket.io.esm.min.js"}


def import_map(asset: Callable[[str], str], folder: Path) -> str:
    """Return which address each module name stands for: ours, and what we build on."""
    ours = sorted((folder / "js").rglob("*.js"))
    names = {f"dt/{path.relative_to(folder / 'js')}": path for path in ours}
    found = {name: asset(str(path.relative_to(folder))) for name, path in names.items()}
    found |= {name: asset(path) for name, path in _MODULES.items()}
    return _json({"imports": found})


def _asset(name: str) -> str:
    find = cast("Callable[[str], str]", current_app.jinja_env.globals["asset"])
    return find(name)


def _calling() -> int:
    return current().appliance.alerts.calling()


def _now_ms() -> int:
    return current().clock.now_ms()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
