"""``/signals/<name>``: one signal: its value, its history, how it is calibrated."""

from flask import Blueprint, render_template

from dt.errors import NotFoundError
from dt.store.users import Role
from dt.twin.description import SignalSpec, TwinDescription
from webapp.auth.policy import requires
from webapp.context import current
from webapp.language import _
from webapp.pages import fetch
from webapp.show import charts, keeping, numbers, times
from webapp.show.health import Fact
from webapp.show.signals import Signal, signal_of

signal = Blueprint("signal", __name__)


def find(name: str) -> tuple[TwinDescription, Signal]:
    """Return a signal and its twin.

    Raises:
        NotFoundError: No twin declares it.
    """
    twin_id, _slash, key = name.rpartition("/")
    twin = current().twins().get(twin_id)
    found = signal_of(twin, key) if twin else None
    if twin is None or found is None:
        raise NotFoundError(f"there is no signal {name!r}", hint="see the list of twins")
    return twin, found


@signal.get("/signals/<path:name>")
@requires(Role.VIEWER, tokens=False)
def page(name: str) -> str:
    """Show one signal."""
    context = current()
    twin, one = find(name)
    shown = fetch.fitted(fetch.span(), [one])
    chart, drawings = fetch.chart(charts.panes([one]), [one], shown)
    return render_template(
        "signal.html",
        twin=twin,
        signal=one,
        tile=fetch.tile_list([one], shown)[0],
        shown=shown,
        range_names=("1h", "12h", "1d", "7d", "30d", "1y", "5y"),
        chart=chart,
        drawings=drawings,
        facts=_facts(twin, one),
        calibration=context.appliance.calibrations.current(name),
        history=context.appliance.calibrations.history(name),
        calibratable=not one.derived,
        rows=fetch.table([one], shown),
    )


def _facts(twin: TwinDescription, one: Signal) -> list[Fact]:
    spec = twin.signals.get(one.key) or twin.derived[one.key]
    facts = [
        Fact(name=_("Unit"), text=f"{one.sign or _('none')} ({one.unit})"),
        Fact(name=_("Wanted"), text=one.limits_text or _("no limits declared")),
    ]
    if spec.range is not None:
        low, high = spec.range
        text = numbers.limits(low, high, one.digits, one.unit)
        facts.append(Fact(name=_("Possible"), text=text))
    if isinstance(spec, SignalSpec):
        facts += _judged(spec, one)
        every = times.every(one.every_s)
        told = _("%(sensor)s, every %(span)s", sensor=one.sensor, span=every)
        text = told if one.sensor else _("none")
        facts.insert(1, Fact(name=_("Sensor"), text=text))
    else:
        facts.insert(1, Fact(name=_("Computed"), text=spec.formula))
    facts.append(Fact(name=_("Stale after"), text=times.span(one.stale_ms / 1000)))
    kept = keeping.kept_rows(spec.retain)
    if kept:
        text = ", ".join(f"{row.resolution} {row.lasts}" for row in kept)
        facts.append(Fact(name=_("Kept"), text=text))
    return facts


def _judged(spec: SignalSpec, one: Signal) -> list[Fact]:
    facts = []
    if spec.max_rate is not None:
        rate = numbers.with_unit(float(spec.max_rate) * 60, max(one.digits, 2), one.unit)
        facts.append(Fact(name=_("Fastest change"), text=_("%(rate)s a minute", rate=rate)))
    if spec.stuck_after is not None:
        span = times.span(float(spec.stuck_after))
        facts.append(Fact(name=_("Suspect when unchanged"), text=span))
    if spec.deadband:
        text = numbers.with_unit(spec.deadband, max(one.digits, 2), one.unit)
        facts.append(Fact(name=_("Smallest change kept"), text=text))
    return facts
