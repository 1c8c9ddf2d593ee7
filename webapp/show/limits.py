"""What limits an actuator, in words, and how much of it is used."""

import msgspec

from dt.store.properties import Limit, Property
from webapp.language import _
from webapp.show import numbers, times

_HOUR_S = 3600
_SHORT_S = 1800
_LADDER = (5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
_NEAR, _ALL = 70, 100


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """How much of its running time within a window an actuator has used.

    Attributes:
        share: Percent, 0–100.
        kind: Class of the meter's part: ``part``, ``near`` or ``over``.
        text: ``20 of 120 s this hour``.
    """

    share: int
    kind: str
    text: str


def used(known: Property, now: int) -> Used | None:
    """Return what an actuator has used of its duty; None: it has no such limit.

    Args:
        known: The actuator, as the controller told of it.
        now: UTC ms.
    """
    on_s, window_s = known.limit.duty_on, known.limit.duty_window
    if not on_s or not window_s:
        return None
    begin = now - window_s * 1000
    runs = list(known.runs)
    if known.since is not None:
        runs.append((known.since, now))
    spent = sum(max(0, min(end, now) - max(start, begin)) for start, end in runs) / 1000
    share = min(_ALL, round(100 * spent / on_s))
    kind = "over" if share >= _ALL else "near" if share >= _NEAR else "part"
    return Used(share=share, kind=kind, text=_of(spent, on_s, window_s))


def _of(spent: float, on_s: float, window_s: float) -> str:
    factor, unit = (60, _("min")) if on_s > _SHORT_S / 3 else (1, _("s"))
    amount = _(
        "%(used)s of %(most)s %(unit)s",
        used=numbers.text(spent / factor, 0),
        most=numbers.text(on_s / factor, 0),
        unit=unit,
    )
    if window_s == _HOUR_S:
        return _("%(amount)s this hour", amount=amount)
    return _("%(amount)s in %(window)s", amount=amount, window=times.every(window_s))


def sentences(limit: Limit) -> list[str]:
    """Return each limit in words."""
    said = []
    if limit.max_on:
        said.append(_("at most %(span)s at a time", span=times.every(limit.max_on)))
    if limit.min_off:
        said.append(_("rests %(span)s between runs", span=times.every(limit.min_off)))
    if limit.duty_on and limit.duty_window:
        said.append(
            _(
                "at most %(span)s in %(window)s",
                span=times.every(limit.duty_on),
                window=times.every(limit.duty_window),
            )
        )
    if limit.excludes:
        said.append(_("never with %(others)s", others=", ".join(limit.excludes)))
    if limit.requires:
        said.append(_("needs %(signals)s", signals=", ".join(limit.requires)))
    return said


def dangerous(limit: Limit) -> bool:
    """Tell whether an actuator is asked for by name first: its runs are held short."""
    short = limit.max_on is not None and limit.max_on <= _SHORT_S
    return short or bool(limit.duty_on) or bool(limit.excludes)


def lengths(limit: Limit) -> list[tuple[str, str]]:
    """Return runs to choose from, as (seconds, words); empty seconds: an open one."""
    if not limit.max_on:
        found = [(f"{s}", times.every(s)) for s in (300, 1800, 3600)]
        return [*found, ("", _("until it is stopped"))]
    most = limit.max_on
    shorter = [float(s) for s in _LADDER if s < most][-3:]
    return [(f"{s:g}", times.every(s)) for s in (*shorter, most)]
