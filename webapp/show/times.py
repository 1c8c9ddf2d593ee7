"""Times as people read them: local, short, with an age in words; UTC for the hover."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from webapp.language import _, babel_locale, timezone

_UNITS = ((31_556_952, "y"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
RANGES = {
    "1h": 3_600_000,
    "12h": 43_200_000,
    "1d": 86_400_000,
    "7d": 604_800_000,
    "30d": 2_592_000_000,
    "1y": 31_556_952_000,
    "5y": 157_784_760_000,
}


def range_title(name: str) -> str:
    """Return what a range button says: ``12 h``."""
    return {
        "1h": _("1 h"),
        "12h": _("12 h"),
        "1d": _("1 d"),
        "7d": _("7 d"),
        "30d": _("30 d"),
        "1y": _("1 y"),
        "5y": _("5 y"),
    }[name]


def local(ms: int, zone: ZoneInfo | None = None) -> datetime:
    """Return a UTC time in ms as a local one."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone or timezone())


def utc(ms: int) -> str:
    """Return what hovering over a time says."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(ms: int) -> str:
    """Return a time for the ``datetime`` attribute."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def field(ms: int) -> str:
    """Return a local time as a ``datetime-local`` field wants it."""
    return local(ms).strftime("%Y-%m-%dT%H:%M")


def from_field(text: str) -> int | None:
    """Return the UTC ms of what a ``datetime-local`` field holds, or None."""
    try:
        return round(
            datetime.fromisoformat(text).replace(tzinfo=timezone()).timestamp() * 1000
        )
    except ValueError:
        return None


def clock(ms: int) -> str:
    """Return the time of day: ``12:31``."""
    return local(ms).strftime("%H:%M")


def moment(ms: int, now: int) -> str:
    """Return a time as short as it stays clear: today's by the clock, else with date."""
    then, today = local(ms), local(now)
    if then.date() == today.date():
        return then.strftime("%H:%M")
    pattern = "d MMM HH:mm" if then.year == today.year else "d MMM y HH:mm"
    return str(format_datetime(then, pattern, locale=babel_locale()))


def day(ms: int) -> str:
    """Return the date of a time: ``21 Nov 2026``."""
    return str(format_datetime(local(ms), "d MMM y", locale=babel_locale()))


def short_day(ms: int) -> str:
    """Return the date of a time without its year: ``21 Nov``."""
    return str(format_datetime(local(ms), "d MMM", locale=babel_locale()))


def full(ms: int) -> str:
    """Return date and time to the second: ``21 Nov 2026, 12:31:05``."""
    return str(format_datetime(local(ms), "d MMM y, HH:mm:ss", locale=babel_locale()))


def span(seconds: float) -> str:
    """Return a duration in its largest unit: ``4 min``, ``3 h``, ``2 d``."""
    whole = max(0, int(seconds))
    for factor, unit in _UNITS:
        if whole >= factor:
            return f"{whole // factor} {_unit(unit)}"
    return f"0 {_unit('s')}"


def _unit(unit: str) -> str:
    return {"y": _("y"), "d": _("d"), "h": _("h"), "min": _("min"), "s": _("s")}[unit]


def resolution(start: int, end: int, points: int) -> str:
    """Return what one of so many points of a range stands for."""
    step = (end - start) / 1000 / points
    if step < 2:
        return _("single readings · hatched: no data")
    return _("mean and min–max of %(step)s · hatched: no data", step=span(step))


def every(seconds: float) -> str:
    """Return how often something is done: ``5 s``, ``90 s``, ``10 min``, ``0.5 s``."""
    for factor, unit in _UNITS:
        if seconds >= factor and seconds % factor == 0:
            return f"{seconds / factor:g} {_unit(unit)}"
    return f"{seconds:g} {_unit('s')}"


def ago(ms: int, now: int) -> str:
    """Return an age in words: ``4 s ago``."""
    seconds = (now - ms) / 1000
    if seconds < 1:
        return _("just now")
    return _("%(span)s ago", span=span(seconds))


_AREAS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


def is_city(zone: str) -> bool:
    """Tell whether a time zone is one that people choose: a city, or UTC."""
    return zone == "UTC" or zone.startswith(_AREAS)
