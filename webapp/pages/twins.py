"""``/twins``: every twin, and the page of one, drawn from what its file declares."""

from flask import Blueprint, render_template, request

from dt.errors import NotFoundError
from dt.store.users import Role
from webapp.auth.policy import requires
from webapp.context import current
from webapp.pages import fetch
from webapp.show import charts
from webapp.show.signals import signals_of
from webapp.show.tiles import LOST
from webapp.show.twins import Card, card, problems, sensor_rows

twins = Blueprint("twins", __name__)


@twins.get("/twins")
@requires(Role.VIEWER, tokens=False)
def page_of_all() -> str:
    """Show a card for each twin, broken files first."""
    context = current()
    everything = list(fetch.all_signals().values())
    shown = fetch.fitted(fetch.span("1d"), everything)
    states = context.log.sensors()
    cards: list[Card] = []
    for twin in context.twins().values():
        leading = charts.leading(signals_of(twin), 3)
        lost = sum(s.twin == twin.id and s.condition in LOST for s in states)
        cards.append(card(twin, fetch.tile_list(leading, shown), lost))
    return render_template(
        "twins.html",
        cards=cards,
        broken=[file for file in context.twin_files() if file.error],
        shown=shown,
    )


@twins.get("/twins/<path:twin_id>")
@requires(Role.VIEWER, tokens=False)
def twin(twin_id: str) -> str:
    """Show all that a twin declares, with a picture for each signal."""
    context = current()
    twin = fetch.twin_or_404(twin_id)
    shown = fetch.fitted(fetch.span("1d"), signals_of(twin))
    states = {s.sensor: s for s in context.log.sensors() if s.twin == twin.id}
    return render_template(
        "twin.html",
        twin=twin,
        file=context.appliance.twins.get(twin.id),
        tiles=fetch.tile_list(signals_of(twin), shown),
        sensors=sensor_rows(twin, states),
        known=context.twins(),
        shown=shown,
        range_names=("1h", "1d", "7d", "1y"),
    )


@twins.get("/broken-twin")
@requires(Role.VIEWER, tokens=False)
def broken() -> str:
    """Show what is wrong with a twin file, line by line.

    Raises:
        NotFoundError: No file of this name is broken.
    """
    name = request.args.get("file", "")
    found = next((f for f in current().twin_files() if f.file == name and f.error), None)
    if found is None:
        raise NotFoundError(f"no twin file {name!r} is broken", hint="it may be mended")
    return render_template("twin_broken.html", file=found, problems=problems(found.error))
