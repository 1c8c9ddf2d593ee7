"""``/``: is all well, and if not, what, since when, and what is being done about it?"""

from flask import Blueprint, render_template, request

from dt.store.users import Role
from webapp.auth.policy import requires
from webapp.context import current
from webapp.language import _, _n
from webapp.pages import fetch, hands, parts
from webapp.show import charts, times
from webapp.show.signals import signals_of
from webapp.show.tiles import LOST, State, Tile
from webapp.show.twins import sensor_rows

RANGES = ("1h", "12h", "7d", "1y")

now = Blueprint("now", __name__)


@now.get("/")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """Show one twin: tiles, main chart, what happened."""
    context = current()
    twins = context.twins()
    broken = [twin for twin in context.twin_files() if twin.error]
    twin = twins.get(request.args.get("twin", "")) or fetch.first_twin()
    if twin is None:
        return render_template("now_empty.html", broken=broken)
    states = {s.sensor: s for s in context.log.sensors() if s.twin == twin.id}
    signals = signals_of(twin)
    shown = fetch.fitted(fetch.span(), signals)
    tile_row = fetch.tile_list(signals, shown)
    with_data = [t.signal for t in tile_row if t.state is not State.EMPTY]
    leading = charts.leading(with_data or signals)
    chart, drawings = fetch.chart(charts.panes(leading, 2), leading, shown)
    return render_template(
        "now.html",
        twin=twin,
        twins=twins,
        broken=broken,
        shown=shown,
        range_names=RANGES,
        tiles=tile_row,
        leading=leading,
        chart=chart,
        drawings=drawings,
        sensors=sensor_rows(twin, states),
        lost=[
            s
            for s in states.values()
            if s.condition in LOST and s.sensor not in hands.told_sensors(twin)
        ],
        told=hands.told_signals(twin),
        headline=" · ".join([*hands.headline(twin), headline(tile_row)]),
        resolution=times.resolution(shown.start, shown.end, charts.POINTS),
        now=context.clock.now_ms(),
        **parts.banner(twin),
        **parts.controls(twin),
        **parts.happened(twin),
    )


def headline(row: list[Tile]) -> str:
    """Return in a few words whether all is well."""
    bad = sum(one.state in {State.BAD, State.STALE} for one in row)
    outside = sum(one.outside for one in row)
    waiting = sum(one.state is State.EMPTY for one in row)
    if row and waiting == len(row):
        return _("waiting for the first readings")
    parts = []
    if bad:
        parts.append(_n("%(num)s signal without data", "%(num)s signals without data", bad))
    if outside:
        parts.append(
            _n("%(num)s outside its limits", "%(num)s outside their limits", outside)
        )
    return " · ".join(parts) or _("all is well")
