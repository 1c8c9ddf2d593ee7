"""``/parts/<name>``: pieces of pages, for scripts that renew them when something changed.

A page includes the same templates, so that a piece says the same with and without them.
"""

from collections.abc import Callable

import msgspec
from flask import Blueprint, render_template, request

from dt.errors import NotFoundError
from dt.store.control import Mode
from dt.store.users import Role
from dt.twin.description import TwinDescription
from webapp.auth.policy import requires
from webapp.context import current
from webapp.pages import fetch, hands
from webapp.show import feed, modes
from webapp.show.signals import COLOURS, Signal
from webapp.show.sparks import Spark

parts = Blueprint("parts", __name__)
FEED = 8
COMMANDS = 20
_NOTES_MS = 7 * 86_400_000


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A small picture; `signal` is empty while the store does not know it."""

    spark: Spark
    colour: int
    signal: str
    span: int


@parts.get("/parts/<name>")
@requires(Role.VIEWER, tokens=False)
def part(name: str) -> str:
    """Show one piece of a page about one twin.

    Raises:
        NotFoundError: There is no such piece, or no such twin.
    """
    gather = PARTS.get(name)
    if gather is None:
        raise NotFoundError(f"there is no part {name!r}: expected {', '.join(PARTS)}")
    twin = fetch.twin_or_404(request.args.get("twin", ""))
    return render_template(f"_{name}.html", twin=twin, **gather(twin))


def banner(twin: TwinDescription) -> dict[str, object]:
    """Return what the banner of alerts shows."""
    return {"banner": hands.banner(twin)}


def controls(twin: TwinDescription) -> dict[str, object]:
    """Return what the card of actuators on Now shows, and the table on Control."""
    mode = current().appliance.control.mode(twin.id)
    return {
        "hands": hands.hands_of(twin),
        "mode": mode,
        "modes": modes,
        "all_modes": list(Mode),
    }


def actuators(twin: TwinDescription) -> dict[str, object]:
    """Return what the list of actuators on Control shows."""
    return {**controls(twin), "sparks": _sparks(twin)}


def _sparks(twin: TwinDescription) -> dict[str, Picture]:
    """Return a day's history of each actuator as a small picture."""
    context, shown = current(), fetch.span("1d")
    signals = [
        Signal(
            name=twin.full_name(f"actuator.{name}"),
            key=name,
            title=name,
            unit="1",
            digits=2,
            colour=1 + index % COLOURS,
            stale_ms=shown.live_ms,
        )
        for index, name in enumerate(twin.actuators)
    ]
    known = context.log.signals()
    found = fetch.series(signals, shown.start, shown.end, fetch.SPARK_POINTS)
    return {
        one.key: Picture(
            spark=fetch.picture(one, found.get(one.name), shown),
            colour=one.colour,
            signal=one.name if one.name in known else "",
            span=shown.live_ms,
        )
        for one in signals
    }


def happened(twin: TwinDescription) -> dict[str, object]:
    """Return what the list of happenings shows."""
    context = current()
    now_ms = context.clock.now_ms()
    events = context.appliance.events.newest(fetch.EVENTS)
    mine = [event for event in events if event.twin in {twin.id, ""}]
    notes = context.appliance.notes.between(now_ms - _NOTES_MS, now_ms + 1)
    about = [note for note in notes if note.target.partition("/")[0] == twin.id]
    found = [
        *feed.feed(mine, about, FEED),
        *hands.sentences(twin, FEED),
        *hands.steps(twin),
    ]
    return {"happened": feed.merged(found, FEED)}


def asked(twin: TwinDescription) -> dict[str, object]:
    """Return what the list of the newest commands shows."""
    rows = current().appliance.commands.newest(COMMANDS, twin=twin.id)
    return {"rows": rows, "things": hands.things(twin)}


PARTS: dict[str, Callable[[TwinDescription], dict[str, object]]] = {
    "banner": banner,
    "controls": controls,
    "actuators": actuators,
    "mode": controls,
    "happened": happened,
    "asked": asked,
}
