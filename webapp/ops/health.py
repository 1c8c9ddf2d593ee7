"""``/healthz`` says that this process answers, ``/readyz`` that the appliance works."""

import msgspec
from flask import Blueprint

from dt.errors import StoreError
from webapp.api.operation import Operation, serve
from webapp.auth import first_run
from webapp.context import Context, current
from webapp.overview import SILENT_AFTER_MS

ops = Blueprint("ops", __name__)


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    ok: bool = True


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the appliance does its work, and if not, why.

    Attributes:
        ready: All is there that is needed.
        reasons: Otherwise, what is missing: one sentence each.
        set_up: There is an account; without one, the first-run page waits.
    """

    ready: bool
    reasons: list[str]
    set_up: bool


@serve(
    ops,
    Operation(
        method="GET",
        rule="/healthz",
        summary="Tell that this process answers",
        answer=Alive,
        role=None,
    ),
)
def healthz() -> Alive:
    """Answer, whatever the state of the rest."""
    return Alive()


@serve(
    ops,
    Operation(
        method="GET",
        rule="/readyz",
        summary="Tell whether the appliance does its work: 200, or 503 with reasons",
        answer=Ready,
        role=None,
        failures=(503,),
    ),
)
def readyz() -> tuple[Ready, int]:
    """Look at the store and at the collector's heartbeat."""
    found = ready(current())
    return found, 200 if found.ready else 503


def ready(context: Context) -> Ready:
    """Return whether the appliance of this context does its work."""
    reasons: list[str] = []
    set_up = False
    try:
        set_up = not first_run.is_needed(context)
        beats = {one.name: one.beat_at for one in context.log.processes()}
        keeper = context.log.health().keeper
    except StoreError as error:
        return Ready(ready=False, reasons=[error.message], set_up=set_up)
    silent_ms = context.clock.now_ms() - beats.get("collector", 0)
    if "collector" not in beats:
        reasons.append("the collector has not started yet")
    elif silent_ms >= SILENT_AFTER_MS:
        reasons.append(f"the collector has been silent for {silent_ms // 1000} s")
    if keeper.error:
        reasons.append(f"the store cannot write: {keeper.error}")
    return Ready(ready=not reasons, reasons=reasons, set_up=set_up)
