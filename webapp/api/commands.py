"""Commands: what actuators were asked, by whom, and what became of it."""

from typing import Annotated

import msgspec
from flask import Blueprint

from dt.errors import RequestError
from dt.store import asking
from dt.store.commands import CommandRow, NewCommand, State
from dt.store.users import Role
from dt.twin.quantities import seconds
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Scope, known_caller
from webapp.context import current

blueprint = Blueprint("api_commands", __name__, url_prefix="/api/v1")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class CommandsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which commands: newest first, page by page with `before`."""

    twin: str = ""
    actuator: str = ""
    state: Annotated[
        State | None, msgspec.Meta(description="Only those that are in this state")
    ] = None
    before: Annotated[
        int, msgspec.Meta(ge=0, lt=2**53, description="Only seqs below this; 0: the newest")
    ] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000, description="Most entries")] = 100


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command to ask for.

    Attributes:
        twin: Id of the twin.
        actuator: Its name in the twin.
        command: ``ON``, ``OFF``, ``SET_PWM:0.4`` or ``SET:21.5``.
        duration: Until it returns to its safe state: ``10s``, or seconds; null: open.
        reason: One sentence for people.
        id: UUID; the same id again is the same command. Empty: a new one.
        not_after: UTC ms after which it must not begin; null: a minute from now.
    """

    twin: Name
    actuator: Name
    command: Annotated[str, msgspec.Meta(max_length=60)]
    duration: str | float | None = None
    reason: str = ""
    id: str = ""
    not_after: Annotated[int, msgspec.Meta(ge=0, lt=253_402_300_800_000)] | None = None


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/commands",
        summary="List commands, newest first",
        query=CommandsQuery,
        answer=list[CommandRow],
    ),
)
def list_commands(query: CommandsQuery) -> list[CommandRow]:
    """Return commands, newest first, with who asked, why, and what became of them."""
    return current().appliance.commands.newest(
        query.limit,
        twin=query.twin or None,
        actuator=query.actuator or None,
        state=query.state,
        before_seq=query.before or None,
    )


@serve(
    blueprint,
    Operation(
        method="POST",
        rule="/commands",
        summary="Ask an actuator for something; the interlocks have the last word",
        body=Asked,
        answer=CommandRow,
        status=202,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def ask(body: Asked) -> CommandRow:
    """Queue a command; ask for it again by its id to see what became of it."""
    new = NewCommand(
        twin=body.twin,
        actuator=body.actuator,
        command=body.command,
        duration_s=duration_of(body.duration),
        by=known_caller().name,
        reason=body.reason,
        id=body.id,
        not_after=body.not_after,
    )
    return asking.ask(current().appliance, new)


@serve(
    blueprint,
    Operation(
        method="GET",
        rule="/commands/<command>",
        summary="Tell what became of a command",
        answer=CommandRow,
    ),
)
def get_command(command: str) -> CommandRow:
    """Return one command."""
    return current().appliance.commands.get(command)


def duration_of(value: str | float | None) -> float | None:
    """Return a duration in s; None: open.

    Raises:
        RequestError: It is none.
    """
    if value is None or value == "":
        return None
    try:
        return float(seconds(value))
    except (ValueError, OverflowError) as error:
        raise RequestError(
            f"duration is {str(value)[:60]!r}: expected {error}",
            hint="write 10s, 5min or seconds",
        ) from error
