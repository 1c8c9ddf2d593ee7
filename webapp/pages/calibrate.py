"""``/calibrate/<name>``: from the sensor's value to the true one, tried before kept."""

import math

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dt.errors import DtError, RequestError
from dt.processing.calibrate import Calibration
from dt.store.users import Role
from webapp import drivers
from webapp.auth import identity
from webapp.auth.policy import requires
from webapp.context import current
from webapp.errors import Problem, problem_of
from webapp.pages import fetch
from webapp.pages.signal import find
from webapp.show import calibration as show
from webapp.show.calibration import Draft, Preview

calibrate = Blueprint("calibrate", __name__)
_PREVIEW_MS = 86_400_000


@calibrate.get("/calibrate/<path:name>")
@requires(Role.OPERATOR, tokens=False)
def page(name: str) -> str:
    """Show the wizard, with what holds now."""
    return _page(name, Draft.asked(request.args), None, None)


@calibrate.post("/calibrate/<path:name>")
@requires(Role.OPERATOR, tokens=False)
def go_on(name: str) -> AnyResponse | str | tuple[str, int]:
    """Take the reading of now as a point, try the draft, or keep it."""
    draft = Draft.asked(request.form)
    what = request.form.get("what", "preview")
    try:
        if what.startswith("take:"):
            return _page(name, _taken(name, draft, what), None, None)
        checked = draft.checked().over(_old(name))
        checked.calibration(_units(name))
        if what == "save":
            return _saved(name, checked, request.form.get("reason", ""))
        preview = _preview(name, checked)
    except DtError as error:
        return _page(name, draft, problem_of(error), None), error.status
    return _page(name, draft, None, preview)


@calibrate.post("/calibrate-undo/<path:name>")
@requires(Role.OPERATOR, tokens=False)
def undo(name: str) -> AnyResponse:
    """Enter what was before the newest entry once more."""
    context = current()
    _twin, signal = find(name)
    who = identity.known_caller().name
    reason = request.form.get("reason", "")[:200]
    with context.appliance.database.transaction():
        before = context.appliance.calibrations.current(signal.name)
        after = context.appliance.calibrations.undo(signal.name, who, reason)
        context.appliance.audit.add(who, "calibration.undo", signal.name, before, after)
    return redirect(url_for("signal.page", name=name) + "#calibration", 303)


def _taken(name: str, draft: Draft, what: str) -> Draft:
    """Return the draft with the raw value of now in one of its points."""
    index = int(what[5:]) if what[5:].isdigit() else 0
    raw = _raw_now(name)
    if raw is None:
        raise RequestError(
            f"signal {name!r} has no reading with a value now",
            hint="wait for one, or type the raw value",
        )
    return draft.with_raw(index, f"{raw:.6g}")


def _raw_now(name: str) -> float | None:
    newest = _newest(name)
    return None if newest is None else show.raw_of(newest, _old(name))


def _units(name: str) -> show.Units:
    twin, signal = find(name)
    said = drivers.quantity_of(twin, signal.key)
    return show.Units(raw=said.unit if said else None, true=signal.unit)


def _old(name: str) -> Calibration:
    """Return the calibration that holds now."""
    twin, signal = find(name)
    spec = twin.signals.get(signal.key)
    if spec is None:
        raise RequestError(
            f"signal {name!r} is computed: only measured ones are calibrated"
        )
    entry = current().appliance.calibrations.current(name)
    return show.in_force(spec, entry, _units(name))


def _newest(name: str) -> float | None:
    """Return the newest value of a signal; None: there is none, or it is bad."""
    log = current().log
    row = log.signals().get(name)
    latest = log.latest([row.id]).get(row.id) if row else None
    return None if latest is None or math.isnan(latest.value) else latest.value


def _preview(name: str, checked: show.Checked) -> Preview:
    _twin, signal = find(name)
    now = current().clock.now_ms()
    start = now - _PREVIEW_MS
    history = fetch.series([signal], start, now, 200).get(signal.name)
    new = checked.calibration(_units(name))
    return show.preview(signal, history, _old(name), new, _newest(name), (start, now))


def _saved(name: str, checked: show.Checked, reason: str) -> AnyResponse:
    context = current()
    _twin, signal = find(name)
    who = identity.known_caller().name
    if not reason.strip():
        raise RequestError(
            "the reason is empty: expected a few words, for whoever comes later"
        )
    with context.appliance.database.transaction():
        before = context.appliance.calibrations.current(signal.name)
        after = context.appliance.calibrations.add(
            signal.name,
            checked.kind,
            points=checked.points,
            coefficients=checked.coefficients,
            author=who,
            reason=reason.strip()[:200],
        )
        context.appliance.audit.add(who, "calibration.add", signal.name, before, after)
    return redirect(url_for("signal.page", name=name) + "#calibration", 303)


def _page(name: str, draft: Draft, problem: Problem | None, preview: Preview | None) -> str:
    context = current()
    twin, signal = find(name)
    if signal.derived:
        raise RequestError(
            f"signal {name!r} is computed: only measured ones are calibrated"
        )
    tile = fetch.tile_list([signal], fetch.span("1d"))[0]
    entry = context.appliance.calibrations.current(name)
    return render_template(
        "calibrate.html",
        twin=twin,
        signal=signal,
        tile=tile,
        shown=fetch.span("1d"),
        raw_now=_raw_now(name),
        calibration=entry,
        draft=draft,
        problem=problem,
        preview=preview,
        plain=msgspec.to_builtins(draft),
    )
