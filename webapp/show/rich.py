"""Sentences with something in them: words in bold, and times that count down.

A translated text is filled with `strong` and `left`; `html` makes a page's markup of it,
`plain` its words alone.
"""

import re

from markupsafe import Markup, escape

from webapp.language import _
from webapp.show import times

_BOLD, _END = "\x02", "\x03"
_LEFT = re.compile("\x04(\\d+)\x05")
_SINCE = re.compile("\x06(\\d+)\x07")
_MINUTE_S = 60
_CONTROL = re.compile("[\x02-\x07]")


def strong(text: object) -> str:
    """Return words that stand out."""
    return f"{_BOLD}{_CONTROL.sub('', str(text))}{_END}"


def left(until: int) -> str:
    """Return the time until a moment (UTC ms), which goes on counting in the browser."""
    return f"\x04{until}\x05"


def since(at: int) -> str:
    """Return the time since a moment (UTC ms), which goes on counting in the browser."""
    return f"\x06{at}\x07"


def html(text: str, now: int) -> Markup:
    """Return a sentence as markup; `now` in UTC ms."""
    safe = str(escape(text)).replace(_BOLD, "<b>").replace(_END, "</b>")
    safe = _LEFT.sub(lambda m: _tag(int(m[1]), now), safe)
    safe = _SINCE.sub(lambda m: _age(int(m[1]), now), safe)
    return Markup(safe)  # noqa: S704 - all but our own marks is escaped


def plain(text: str, now: int) -> str:
    """Return the words of a sentence; `now` in UTC ms."""
    text = _LEFT.sub(lambda m: _span(int(m[1]), now), text)
    text = _SINCE.sub(lambda m: times.span((now - int(m[1])) / 1000), text)
    return _CONTROL.sub("", text)


def _tag(until: int, now: int) -> str:
    return f'<dt-left until="{until}">{_span(until, now)}</dt-left>'


def _age(at: int, now: int) -> str:
    return f'<dt-age at="{at}" bare>{times.span((now - at) / 1000)}</dt-age>'


def _span(until: int, now: int) -> str:
    """Return the time left, rounded up: ``8 min`` for 7 min 50 s, ``1 h 10 min``."""
    seconds = -(-max(0, until - now) // 1000)
    if seconds <= _MINUTE_S:
        return times.span(seconds)
    hours, minutes = divmod(-(-seconds // _MINUTE_S), _MINUTE_S)
    parts = [(hours, _("h")), (minutes, _("min"))]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
