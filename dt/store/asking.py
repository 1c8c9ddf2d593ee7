"""What people ask of the hands: each wish is stored together with its audit entry.

The dashboard, the API and the command line all ask through here, so that none of them
forgets to say who it was.
"""

import msgspec

from dt.errors import ConflictError, NotFoundError, RequestError
from dt.store.appliance import Appliance
from dt.store.automation import Entry, Kind, effective
from dt.store.commands import CommandRow, NewCommand
from dt.store.control import Lockout, LoopMode, LoopWish, Mode, ModeRow
from dt.twin.description import TwinDescription

_LONGEST_WHY = 400


def described(appliance: Appliance, twin: str) -> TwinDescription:
    """Return a twin as it runs, with what people wrote in place of its file's.

    Raises:
        NotFoundError: There is none of this id, or its file never was right.
    """
    row = appliance.twins.get(twin)
    if row is None or row.description is None:
        raise NotFoundError(f"there is no twin {twin!r}", hint="see the list of twins")
    return effective(row.description, appliance.automation.current(twin))


def id_of(appliance: Appliance, twin: str) -> str:
    """Return the id of a twin that a person called by its id or its name.

    Raises:
        NotFoundError: There is none, or more than one of this name.
    """
    known = [row.description for row in appliance.twins.all() if row.description]
    found = [one.id for one in known if twin == one.id]
    found = found or [one.id for one in known if twin == one.name]
    if len(found) != 1:
        names = ", ".join(sorted(one.id for one in known)) or "none"
        many = f"{len(found)} twins are called" if found else "there is no twin"
        raise NotFoundError(f"{many} {twin!r}: expected one of {names}")
    return found[0]


def ask(appliance: Appliance, new: NewCommand) -> CommandRow:
    """Ask for a command; asked again with the same id it is the same command.

    Raises:
        CommandError: It is no command.
        NotFoundError: There is no such twin or actuator.
        RequestError: A duration, id or text is impossible.
        ConflictError: The id belongs to another command.
    """
    with appliance.database.transaction():
        before = appliance.commands.revision()
        row = appliance.commands.submit(new)
        if row.revision > before:
            target = f"{row.twin}/{row.actuator}"
            appliance.audit.add(new.by, "command.ask", target, None, row)
    return row


def lock(appliance: Appliance, twin: str, actuator: str, by: str, why: str) -> Lockout:
    """Lock an actuator out: only its safe state passes from now on.

    Raises:
        NotFoundError: There is no such twin or actuator.
        RequestError: The reason is too long.
        ConflictError: Somebody locked it out already.
    """
    _has_actuator(appliance, twin, actuator)
    if len(why) > _LONGEST_WHY:
        raise RequestError(
            f"why has {len(why)} characters: expected {_LONGEST_WHY} at most"
        )
    with appliance.database.transaction():
        before = lockout_of(appliance, twin, actuator)
        if before is not None:
            raise ConflictError(
                f"{actuator} is locked out by {before.by} already",
                hint="unlock it first, if that person agrees",
            )
        after = appliance.control.lock(twin, actuator, by, why)
        appliance.audit.add(by, "actuator.lock", f"{twin}/{actuator}", None, after)
    return after


def unlock(appliance: Appliance, twin: str, actuator: str, by: str) -> None:
    """End a lock-out.

    Raises:
        NotFoundError: There is no such twin or actuator, or it is not locked out.
    """
    _has_actuator(appliance, twin, actuator)
    with appliance.database.transaction():
        before = lockout_of(appliance, twin, actuator)
        if before is None:
            raise NotFoundError(f"{actuator} is not locked out")
        appliance.control.unlock(twin, actuator)
        appliance.audit.add(by, "actuator.unlock", f"{twin}/{actuator}", before)


def lockout_of(appliance: Appliance, twin: str, actuator: str) -> Lockout | None:
    """Return who locked an actuator out and why, or None."""
    for one in appliance.control.lockouts():
        if (one.twin, one.actuator) == (twin, actuator):
            return one
    return None


def choose_mode(appliance: Appliance, twin: str, mode: Mode, by: str) -> ModeRow:
    """Choose who owns a twin's actuators.

    Raises:
        NotFoundError: There is no such twin.
    """
    described(appliance, twin)
    with appliance.database.transaction():
        before = appliance.control.mode(twin)
        if before.mode is mode and before.by:
            return before
        after = appliance.control.set_mode(twin, mode, by)
        appliance.audit.add(by, "mode.choose", twin, before, after)
    return after


def wish(appliance: Appliance, new: LoopWish) -> LoopWish:
    """Store what a person wants of a loop.

    Raises:
        NotFoundError: There is no such twin or loop.
        RequestError: The output is no share.
    """
    twin = described(appliance, new.twin)
    if new.loop not in twin.loops:
        names = ", ".join(sorted(twin.loops)) or "none"
        raise NotFoundError(f"{twin.name} has no loop {new.loop!r}: expected {names}")
    if not 0 <= new.output <= 1:
        raise RequestError(f"output is {new.output:g}: expected a share, 0 to 1")
    with appliance.database.transaction():
        before = appliance.control.wish(new.twin, new.loop)
        after = appliance.control.set_wish(new)
        appliance.audit.add(new.by, "loop.wish", f"{new.twin}/{new.loop}", before, after)
    return after


def tune(
    appliance: Appliance, twin: str, loop: str, settings: dict[str, object], by: str
) -> Entry:
    """Write settings into a loop's entry, and let it regulate by itself again.

    Args:
        appliance: Where.
        twin: Id of the twin.
        loop: Its name.
        settings: Keys of the entry, which take the place of those that it has.
        by: Who wants it.

    Raises:
        NotFoundError: There is no such twin or loop.
    """
    known = described(appliance, twin)
    if loop not in known.loops:
        raise NotFoundError(f"{known.name} has no loop {loop!r}")
    with appliance.database.transaction():
        before = appliance.automation.get(twin, Kind.LOOP, loop)
        after = appliance.automation.put(
            Entry(
                twin=twin,
                kind=Kind.LOOP,
                name=loop,
                version=before.version if before else 0,
                body={**known.loops[loop], **settings},
                changed_at=0,
                changed_by=by,
            )
        )
        target = f"{twin}/{loop}"
        appliance.audit.add(by, "loop.tune", target, known.loops[loop], after.body)
        kept = appliance.control.wish(twin, loop)
        if kept.mode is LoopMode.AUTOTUNE:
            back = msgspec.structs.replace(kept, mode=LoopMode.AUTO, by=by)
            appliance.control.set_wish(back)
    return after


def _has_actuator(appliance: Appliance, twin: str, actuator: str) -> None:
    known = described(appliance, twin)
    if actuator not in known.actuators:
        names = ", ".join(sorted(known.actuators)) or "none"
        raise NotFoundError(f"{known.name} has no actuator {actuator!r}: expected {names}")
