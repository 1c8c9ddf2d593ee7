"""The words of a page in the reader's language, and times in the reader's time zone.

English is the source; `translations/<language>/LC_MESSAGES/messages.po` holds the others.
``_`` marks a text; outside a request it stays English, so that pure code may use it.
"""

from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from flask import Flask, has_request_context, request
from flask_babel import Babel
from flask_babel import gettext as _gettext
from flask_babel import ngettext as _ngettext

from webapp import zones
from webapp.auth import identity
from webapp.context import current

LANGUAGES = {"en": "English", "de": "Deutsch"}


def _(text: str, **values: object) -> str:
    """Return a text in the reader's language, with its ``%(name)s`` filled in."""
    if has_request_context():
        return str(_gettext(text, **values))
    return text % values if values else text


def _n(one: str, many: str, count: int, **values: object) -> str:
    """Return the form of a text that fits a count, which is its ``%(num)s``."""
    if has_request_context():
        return str(_ngettext(one, many, count, **values))
    return (one if count == 1 else many) % {"num": count, **values}


def locale() -> str:
    """Return the reader's language: as they chose, as the browser asks, or English."""
    if not has_request_context():
        return "en"
    who = identity.caller()
    if who is not None and who.locale in LANGUAGES:
        return who.locale
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def babel_locale() -> Locale:
    """Return the reader's language as Babel wants it for numbers and dates."""
    try:
        return Locale.parse(locale())
    except UnknownLocaleError:  # pragma: no cover - LANGUAGES are known ones
        return Locale("en")


def timezone() -> ZoneInfo:
    """Return the reader's time zone: their own, else the appliance's."""
    wanted = ""
    if has_request_context():
        who = identity.caller()
        wanted = (who.timezone if who is not None else "") or current().timezone()
    return ZoneInfo(wanted if wanted in zones.names() else "UTC")


def appliance_title() -> str:
    """Return what people call this appliance."""
    return current().title()


def install(app: Flask) -> None:
    """Translate this app; templates get ``_`` and ``_n``."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=locale, timezone_selector=lambda: str(timezone()))
    app.jinja_env.globals.update(_=_, _n=_n, language=locale)
