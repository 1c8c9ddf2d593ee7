"""``/charts``: any signals of any twins over any time; the address holds what is shown."""

from flask import Blueprint, render_template, request

from dt.store.notes import Note
from dt.store.users import Role
from webapp.auth.policy import requires
from webapp.context import current
from webapp.pages import fetch
from webapp.show import charts as show
from webapp.show.signals import Signal, signals_of

RANGES = ("1h", "12h", "1d", "7d", "30d", "1y", "5y")
FORMATS = ("csv", "jsonl", "parquet", "senml")
MOST = 12
_LISTED = 30

charts = Blueprint("charts", __name__)


@charts.get("/charts")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """Show the chosen signals as stacked panes, one per unit."""
    context = current()
    known = fetch.all_signals()
    chosen = [known[name] for name in request.args.getlist("s") if name in known][:MOST]
    if not chosen and "s" not in request.args:
        chosen = _first()
    shown = fetch.fitted(fetch.span(), chosen)
    chart, drawings = fetch.chart(show.panes(chosen), chosen, shown)
    notes = _notes(chosen, shown)
    return render_template(
        "charts.html",
        twins=[(twin, signals_of(twin)) for twin in context.twins().values()],
        chosen=chosen,
        names={signal.name for signal in chosen},
        most=MOST,
        shown=shown,
        range_names=RANGES,
        formats=FORMATS,
        chart=chart,
        drawings=drawings,
        notes=notes,
        rows=fetch.table(chosen, shown),
    )


def _first() -> list[Signal]:
    twin = fetch.first_twin()
    return show.leading(signals_of(twin)) if twin else []


def _notes(chosen: list[Signal], shown: fetch.Span) -> list[Note]:
    names = [signal.name for signal in chosen]
    found: list[Note] = current().appliance.notes.between(shown.start, shown.end, names)
    return found[-_LISTED:]
