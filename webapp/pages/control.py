"""``/control``: actuators, mode, routines and loops of one twin, and what people do."""

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt.errors import DtError, NotFoundError, RequestError
from dt.store import asking
from dt.store.commands import NewCommand
from dt.store.control import LoopMode, LoopWish, Mode
from dt.store.users import Role
from dt.twin.description import TwinDescription
from dt.twin.quantities import seconds
from webapp.auth.identity import known_caller
from webapp.auth.policy import requires
from webapp.context import current
from webapp.errors import Problem, problem_of, wants_page
from webapp.pages import fetch, hands, parts
from webapp.security import safe_next
from webapp.show import charts, numbers, routines
from webapp.show.loops import LoopCard

control = Blueprint("control", __name__)


@control.get("/control")
@requires(Role.VIEWER, tokens=False)
def page() -> str:
    """Show one twin's hands."""
    return _page(_chosen(request.args.get("twin", "")), None)


@control.post("/control/command")
@requires(Role.OPERATOR, tokens=False)
def ask() -> AnyResponse | tuple[str, int]:
    """Ask an actuator for something."""
    return _done(_ask)


@control.post("/control/lockout")
@requires(Role.OPERATOR, tokens=False)
def lockout() -> AnyResponse | tuple[str, int]:
    """Lock an actuator out, or let it work again."""
    return _done(_lockout)


@control.post("/control/mode")
@requires(Role.OPERATOR, tokens=False)
def mode() -> AnyResponse | tuple[str, int]:
    """Choose who owns the actuators."""
    return _done(_mode)


@control.post("/control/loop")
@requires(Role.OPERATOR, tokens=False)
def loop() -> AnyResponse | tuple[str, int]:
    """Change a loop's setpoint, take its output in hand, autotune it, use the result."""
    return _done(_loop)


def _done(act: Callable[[str, str], object]) -> AnyResponse | tuple[str, int]:
    """Do what a form asks for, then show the page it came from; a script gets no page."""
    form = request.form
    twin = form.get("twin", "")
    if not wants_page():
        act(twin, known_caller().name)
        return Response(status=204)
    try:
        act(twin, known_caller().name)
    except DtError as error:
        return _page(_chosen(twin), problem_of(error)), error.status
    here = url_for("control.page", twin=twin)
    return redirect(safe_next(form.get("next"), here), 303)


def _ask(twin: str, who: str) -> object:
    form = request.form
    return asking.ask(
        current().appliance,
        NewCommand(
            twin=twin,
            actuator=form.get("actuator", ""),
            command=_command(form.get("command", ""), form.get("share", "")),
            duration_s=_duration(form.get("duration", "")),
            by=who,
            reason=form.get("reason", "").strip(),
        ),
    )


def _command(command: str, share: str) -> str:
    if command != "SET_PWM":
        return command
    return f"SET_PWM:{_number(share, 'share') / 100:g}"


def _duration(text: str) -> float | None:
    try:
        return float(seconds(f"{text}s" if text.replace(".", "").isdigit() else text))
    except ValueError as error:
        if not text.strip():
            return None
        raise RequestError(f"duration is {text[:60]!r}: expected {error}") from error


def _lockout(twin: str, who: str) -> object:
    form = request.form
    actuator = form.get("actuator", "")
    if form.get("what") == "unlock":
        asking.unlock(current().appliance, twin, actuator, who)
        return None
    why = form.get("why", "").strip()
    return asking.lock(current().appliance, twin, actuator, who, why)


def _mode(twin: str, who: str) -> object:
    asked = request.form.get("mode", "")
    if asked not in set(Mode):
        raise RequestError(f"mode is {asked[:60]!r}: expected {', '.join(Mode)}")
    return asking.choose_mode(current().appliance, twin, Mode(asked), who)


def _loop(twin: str, who: str) -> object:
    form, appliance = request.form, current().appliance
    name, what = form.get("loop", ""), form.get("what", "")
    before = appliance.control.wish(twin, name)
    if what == "apply":
        return _apply(twin, name, who)
    changes: dict[str, object] = {"mode": before.mode, "setpoint": before.setpoint}
    output = before.output
    if what == "setpoint":
        text = form.get("setpoint", "").strip()
        changes["setpoint"] = _number(text, "setpoint") if text else None
    elif what == "manual":
        changes["mode"] = LoopMode.MANUAL
        output = _number(form.get("share", ""), "output") / 100
    elif what in {"auto", "autotune"}:
        changes["mode"] = LoopMode(what)
    else:
        raise RequestError(f"what is {what[:60]!r}: expected setpoint, manual, auto, …")
    wish = LoopWish(twin=twin, loop=name, output=output, by=who, **changes)  # type: ignore[arg-type]
    return asking.wish(appliance, wish)


def _apply(twin: str, name: str, who: str) -> object:
    known = asking.described(current().appliance, twin)
    found = hands.tuning(known, name) if name in known.loops else None
    if found is None or not found.settings:
        raise NotFoundError(f"loop {name!r} has no result of an autotune to use")
    settings: dict[str, object] = dict(found.settings)
    return asking.tune(current().appliance, twin, name, settings, who)


def _number(text: str, name: str) -> float:
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        found = float("nan")
    if not -1e9 < found < 1e9:
        raise RequestError(f"{name} is {text[:60]!r}: expected a number")
    return found


def _chosen(twin_id: str) -> TwinDescription | None:
    """Return the twin that is asked for, else the first that has actuators."""
    twins = current().twins()
    able = [twin for twin in twins.values() if twin.actuators]
    first = fetch.first_twin()
    best = first if first in able else next(iter(able), None)
    return twins.get(twin_id) or best


def _page(twin: TwinDescription | None, problem: Problem | None) -> str:
    able = [one for one in current().twins().values() if one.actuators]
    if twin is None:
        return render_template("control_empty.html", problem=problem)
    as_it_runs = hands.running(twin)
    cards = hands.loops_of(as_it_runs)
    shown = fetch.span("1h")
    return render_template(
        "control.html",
        twin=twin,
        twins=able,
        problem=problem,
        routines=routines.rows(as_it_runs, hands.slots(as_it_runs)),
        loops=[(card, _now_of(card), *_chart(card, shown)) for card in cards],
        shown=shown,
        **parts.actuators(twin),
        **parts.asked(twin),
    )


def _chart(card: LoopCard, shown: fetch.Span) -> tuple[object, object]:
    """Return a loop's chart: what is wanted and measured above, the output below.

    Nothing while the store knows none of its signals.
    """
    known = current().log.signals()
    wanted = [signal for signal in (card.input, card.goal) if signal is not None]
    above = [signal for signal in wanted if signal.name in known]
    below = [card.output] if card.output.name in known else []
    if not above and not below:
        return None, []
    panes = (*charts.panes(above), *charts.panes(below))
    return fetch.chart(panes, [*above, *below], shown)


def _now_of(card: LoopCard) -> dict[str, str]:
    """Return the newest value of a loop's input and output, in words."""
    log = current().log
    rows = log.signals()
    signals = [signal for signal in (card.input, card.output) if signal is not None]
    ids = {one.name: rows[one.name].id for one in signals if one.name in rows}
    latest = log.latest(list(ids.values())) if ids else {}
    values = {
        name: latest[number].value for name, number in ids.items() if number in latest
    }
    measured = values.get(card.input.name) if card.input is not None else None
    output = values.get(card.output.name)
    return {
        "input": card.input.text(measured) if card.input is not None else numbers.DASH,
        "output": numbers.text(None if output is None else 100 * output, 0),
    }
