"""Who owns a twin's actuators, what they do, lock-outs, and loops."""

from typing import Annotated

import msgspec
from flask import Blueprint

from dt.store import asking
from dt.store.automation import effective
from dt.store.control import Lockout, LoopMode, LoopWish, Mode, ModeRow
from dt.store.properties import Property
from dt.store.users import Role
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Scope, known_caller
from webapp.context import current

blueprint = Blueprint("api_control", __name__, url_prefix="/api/v1")


class TwinQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Of which twin; empty: of all."""

    twin: str = ""


class Actuator(msgspec.Struct, frozen=True, kw_only=True):
    """An actuator that a twin declares.

    Attributes:
        twin: Id of the twin.
        name: Its name there.
        driver: What switches it.
        state: Desired and reported, with what limits it; null: nothing was told yet.
        lockout: Who locked it out, and why; null: nobody.
    """

    twin: str
    name: str
    driver: str
    state: Property | None
    lockout: Lockout | None


class Why(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an actuator is locked out."""

    why: Annotated[str, msgspec.Meta(max_length=400)] = ""


class NewMode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who shall own a twin's actuators."""

    mode: Mode


class Loop(msgspec.Struct, frozen=True, kw_only=True):
    """A loop of a twin.

    Attributes:
        twin: Id of the twin.
        name: Its name there.
        entry: As its file or a person wrote it.
        wish: What a person wants of it now.
        signals: Full names of its input, setpoint and output, for charts.
    """

    twin: str
    name: str
    entry: dict[str, object]
    wish: LoopWish
    signals: dict[str, str]


class NewWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person wants of a loop.

    Attributes:
        mode: Who gives its output.
        setpoint: In the input's unit, instead of the entry's; null: the entry's.
        output: Share 0–1 while `mode` is manual.
    """

    mode: LoopMode = LoopMode.AUTO
    setpoint: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] | None = None
    output: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/actuators",
        summary="List actuators: desired, reported, limits, lock-outs",
        query=TwinQuery,
        answer=list[Actuator],
    ),
)
def list_actuators(query: TwinQuery) -> list[Actuator]:
    """Return what each actuator shall do, and what it says that it does."""
    context = current()
    told = {(one.twin, one.name): one for one in context.appliance.properties.all()}
    locked = {(o.twin, o.actuator): o for o in context.appliance.control.lockouts()}
    return [
        Actuator(
            twin=twin.id,
            name=name,
            driver=str(declared.get("driver", "")),
            state=told.get((twin.id, name)),
            lockout=locked.get((twin.id, name)),
        )
        for twin in context.twins().values()
        if query.twin in {"", twin.id}
        for name, declared in twin.actuators.items()
    ]


@serve(
    blueprint,
    Operation(
        method="POST",
        rule="/actuators/<twin>/<actuator>/lockout",
        summary="Lock an actuator out: only its safe state passes",
        body=Why,
        answer=Lockout,
        status=201,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def lock(twin: str, actuator: str, body: Why) -> Lockout:
    """Lock an actuator out until somebody unlocks it."""
    who = known_caller().name
    return asking.lock(current().appliance, twin, actuator, who, body.why.strip())


@serve(
    blueprint,
    Operation(
        method="DELETE",
        rule="/actuators/<twin>/<actuator>/lockout",
        summary="End a lock-out",
        status=204,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def unlock(twin: str, actuator: str) -> None:
    """Let an actuator work again."""
    asking.unlock(current().appliance, twin, actuator, known_caller().name)


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/twins/<twin>/mode",
        summary="Tell who owns a twin's actuators",
        answer=ModeRow,
    ),
)
def get_mode(twin: str) -> ModeRow:
    """Return the mode of a twin, who chose it and when."""
    appliance = current().appliance
    return appliance.control.mode(asking.described(appliance, twin).id)


@serve(
    blueprint,
    Operation(
        method="PUT",
        rule="/twins/<twin>/mode",
        summary="Choose who owns a twin's actuators",
        body=NewMode,
        answer=ModeRow,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def choose_mode(twin: str, body: NewMode) -> ModeRow:
    """Choose manual (people), automatic (rules, routines, loops) or autopilot (models)."""
    return asking.choose_mode(current().appliance, twin, body.mode, known_caller().name)


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/loops",
        summary="List loops with their entries and what people want of them",
        query=TwinQuery,
        answer=list[Loop],
    ),
)
def list_loops(query: TwinQuery) -> list[Loop]:
    """Return every loop as it runs."""
    context = current()
    entries = context.appliance.automation.current()
    wishes = context.appliance.control.wishes()
    twins = [effective(twin, entries) for twin in context.twins().values()]
    return [
        Loop(
            twin=twin.id,
            name=name,
            entry=entry,
            wish=wishes.get((twin.id, name)) or LoopWish(twin=twin.id, loop=name),
            signals={
                "input": twin.full_name(str(entry.get("input", ""))),
                "setpoint": twin.full_name(f"loop.{name}.setpoint"),
                "output": twin.full_name(f"loop.{name}.output"),
            },
        )
        for twin in twins
        if query.twin in {"", twin.id}
        for name, entry in twin.loops.items()
    ]


@serve(
    blueprint,
    Operation(
        method="PUT",
        rule="/loops/<twin>/<loop>/wish",
        summary="Say what is wanted of a loop: setpoint, output by hand, autotune",
        body=NewWish,
        answer=LoopWish,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def wish(twin: str, loop: str, body: NewWish) -> LoopWish:
    """Store what a person wants of a loop, in place of what was wanted before."""
    new = LoopWish(
        twin=twin,
        loop=loop,
        mode=body.mode,
        setpoint=body.setpoint,
        output=body.output,
        by=known_caller().name,
    )
    return asking.wish(current().appliance, new)
