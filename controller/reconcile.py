"""From what is wanted to what is switched: judge, write down, switch, write down.

Before anything moves, the decision and the worst that may come of it are on the disk;
afterwards comes what the hardware reports. A controller that is killed in between finds
the command unfinished, tells that it failed, and never carries it out again.
"""

from collections.abc import Mapping

import msgspec

from controller import interlocks, ownership
from controller.limits import (
    Accepted,
    Forced,
    Inputs,
    Interlock,
    Limits,
    Order,
    Refused,
    States,
)
from controller.scale import Scale
from controller.switch import Switch
from dt.store.appliance import Appliance
from dt.store.commands import CommandRow, Source, State
from dt.store.control import Lockout, Mode
from dt.twin import command as commands
from dt.twin.command import Command

_STATES = "interlocks"
_ENDS_WELL = (None, Interlock.MAX_ON, Interlock.DUTY)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted command that is to be switched.

    Attributes:
        key: Of the actuator.
        command: What it shall do.
        row: The command as it is kept; None: of a loop, without a row.
        after: Actuators of loops that give way to it: they are made safe first.
    """

    key: str
    command: Command
    row: CommandRow | None = None
    after: tuple[str, ...] = ()


class Reconciler:
    """Everything between a command and an actuator. One thread uses it.

    Args:
        appliance: Where commands and states are kept.
        scale: Monotonic time and UTC.
        switch: The actuators.

    Attributes:
        limits: Of all actuators, by key ``<twin>/<name>``.
        states: What the interlocks know of them.
        owners: Key to the command that an actuator carries out.
        stopped: Key to the last command that made it safe without an end.
        modes: Id of a twin to its mode; others are automatic.
    """

    def __init__(self, appliance: Appliance, scale: Scale, switch: Switch) -> None:
        self._appliance = appliance
        self._scale = scale
        self._switch = switch
        self.limits = Limits(actuators=())
        self.states = States(boot_id=scale.boot_id, at=scale.now())
        self.owners: dict[str, CommandRow] = {}
        self.stopped: dict[str, CommandRow] = {}
        self.modes: Mapping[str, Mode] = {}
        self._changed = False

    def begin(self, limits: Limits, why: str) -> None:
        """Drive all actuators to safety and take up the limits.

        Commands that were under way ended with that; they are told as failed.

        Args:
            limits: Of all actuators.
            why: What happened, for people: ``the controller ended``.
        """
        kept = self._appliance.control.remembered(_STATES, States)
        before = kept or self.states
        self.limits = limits
        self.states = interlocks.resumed(
            limits, before, self._scale.boot_id, self._scale.now()
        )
        with self._appliance.database.transaction():
            for row in self._appliance.commands.unfinished():
                told = f"{why} while it ran; the actuator was made safe"
                self._appliance.commands.move(row.id, State.FAILED, told)
            self._remember()
        self.owners.clear()
        for settings in limits.actuators:
            self._switch.drive(settings.actuator, settings.safe, None)

    def lock(self, lockouts: list[Lockout]) -> None:
        """Take up which actuators people locked out."""
        by_key = {f"{one.twin}/{one.actuator}": one.by for one in lockouts}
        for settings in self.limits.actuators:
            key = settings.actuator
            by = by_key.get(key, "")
            if self.states.of(key).locked_by != by:
                self.states = interlocks.locked(self.limits, self.states, key, by)
                self._changed = True

    def judge(self, row: CommandRow, inputs: Inputs) -> tuple[CommandRow, Wish | None]:
        """Accept or refuse a queued command, in the caller's transaction.

        Returns:
            The command as it is now, and what is to be switched, by `carry_out`, once
            the transaction is committed; None: it was refused, or is too late.
        """
        table, key = self._appliance.commands, f"{row.twin}/{row.actuator}"
        now, settings = self._scale.now(), self.limits.of(key)
        if settings is None:
            told = f"the controller does not run {row.actuator}: see dt twin check"
            return table.move(row.id, State.REFUSED, told, interlock="unknown"), None
        command = commands.read(row.command)
        if self._scale.utc(now) > row.not_after:
            return table.move(row.id, State.EXPIRED, "it came too late to begin"), None
        mode = self.modes.get(row.twin, Mode.AUTOMATIC)
        if command != settings.safe and not ownership.may(mode, row.source):
            told = ownership.reason(mode, row.source)
            return table.move(row.id, State.REFUSED, told, interlock="mode"), None
        order = Order(actuator=key, command=command, duration=row.duration_s)
        answer = interlocks.decide(self.limits, order, self.states, now, inputs)
        way: tuple[str, ...] = ()
        if row.source is not Source.LOOP and not isinstance(answer, Accepted):
            answer, way = self._make_way(order, answer, inputs)
        if not isinstance(answer, Accepted):
            at = answer.allowed_at
            refused = table.move(
                row.id,
                State.REFUSED,
                _said(answer.reason, row.twin),
                interlock=answer.interlock,
                allowed_at=None if at is None else self._scale.utc(at),
            )
            return refused, None
        for other in (key, *way):
            self._supersede(other, row)
        self._take(answer.states)
        accepted = table.move(row.id, State.ACCEPTED)
        self.owners[key] = accepted
        return accepted, Wish(key=key, command=command, row=accepted, after=way)

    def judge_quietly(self, order: Order, inputs: Inputs) -> Wish | Interlock:
        """Accept or refuse what a loop wants without a row of its own.

        The states are kept all the same: see `judge`.
        """
        answer = interlocks.decide(
            self.limits, order, self.states, self._scale.now(), inputs
        )
        if not isinstance(answer, Accepted):
            return answer.interlock
        self._take(answer.states)
        return Wish(key=order.actuator, command=order.command)

    def may(self, twin: str, source: Source) -> bool:
        """Tell whether a source owns a twin's actuators now."""
        return ownership.may(self.modes.get(twin, Mode.AUTOMATIC), source)

    def would_refuse(self, order: Order, inputs: Inputs) -> str:
        """Return the interlock that forbids an order now; empty: none does."""
        now = self._scale.now()
        answer = interlocks.decide(self.limits, order, self.states, now, inputs)
        return "" if isinstance(answer, Accepted) else answer.interlock

    def carry_out(self, wish: Wish) -> None:
        """Switch what was accepted, and tell what came of it."""
        settings = self.limits.of(wish.key)
        if settings is None or self._is_replaced(wish):
            return
        for other in self.limits.actuators:
            if other.actuator in wish.after:
                self._switch.drive(other.actuator, other.safe, None)
        end = interlocks.end_of(settings, self.states.of(wish.key))
        done = self._switch.drive(wish.key, wish.command, end)
        if done:
            if wish.row is not None:
                self._tell_running(wish, wish.row)
            return
        safe = Order(actuator=wish.key, command=settings.safe)
        self._take(interlocks.applied(self.limits, safe, self.states, self._scale.now()))
        self._switch.drive(wish.key, settings.safe, None)
        with self._appliance.database.transaction():
            if wish.row is not None:
                self._end(wish.key, State.FAILED, self._switch.problem(wish.key))
            self._remember()

    def _is_replaced(self, wish: Wish) -> bool:
        """Tell whether a later command of the same look took the place of this one."""
        if wish.row is None:
            return False
        owner = self.owners.get(wish.key)
        return owner is None or owner.id != wish.row.id

    def force(self, inputs: Inputs) -> list[Forced]:
        """Drive into safety what the interlocks or the time force; return what that was."""
        now = self._scale.now()
        forced = list(interlocks.due(self.limits, self.states, now, inputs))
        for one in forced:
            self._switch.drive(one.actuator, one.command, None)
            order = Order(actuator=one.actuator, command=one.command)
            ran = self._ran_s(one.actuator, now)
            self._take(interlocks.applied(self.limits, order, self.states, now))
            well = one.interlock in _ENDS_WELL
            told = f"ran {ran:.3g} s"
            if one.interlock is not None:
                told = f"{told}; ended by {one.interlock}: {one.reason}"
            self._end(
                one.actuator,
                State.DONE if well else State.FAILED,
                _said(told, one.actuator.rpartition("/")[0]),
                one.interlock or "",
            )
        return forced

    def mend(self) -> None:
        """Tell of commands that ended because nothing could be written down."""
        with self._appliance.database.transaction():
            for row in self._appliance.commands.unfinished():
                told = "the store could not be written; the actuator was made safe"
                self._appliance.commands.move(row.id, State.FAILED, told)
            self._remember()
        self.owners.clear()

    def _ran_s(self, key: str, now: float) -> float:
        """Return for how many s the command that owns an actuator ran."""
        owner = self.owners.get(key)
        if owner is not None and owner.started_at is not None:
            return (self._scale.utc(now) - owner.started_at) / 1000
        return now - (self.states.of(key).since or now)

    def make_safe(self) -> None:
        """Drive all actuators into their safe states, recorded or not."""
        now = self._scale.now()
        for settings in self.limits.actuators:
            key = settings.actuator
            self._switch.drive(key, settings.safe, None)
            if self.states.of(key).command != settings.safe:
                order = Order(actuator=key, command=settings.safe)
                self._take(interlocks.applied(self.limits, order, self.states, now))

    def save(self) -> None:
        """Write down the states if they changed, in the caller's transaction."""
        if self._changed:
            self._remember()

    @property
    def changed(self) -> bool:
        """Tell whether there are states that are not written down yet."""
        return self._changed

    def _make_way(
        self, order: Order, refused: Refused, inputs: Inputs
    ) -> tuple[Accepted | Refused, tuple[str, ...]]:
        """Ask again with what loops run made safe, if that is what forbids the order.

        Warmth can wait for the ten seconds that a plant needs for its water.
        """
        if refused.interlock not in {Interlock.EXCLUDES, Interlock.BUDGET}:
            return refused, ()
        now, states = self._scale.now(), self.states
        way: list[str] = []
        for key, owner in self.owners.items():
            settings = self.limits.of(key)
            if owner.source is not Source.LOOP or settings is None:
                continue
            safe = Order(actuator=key, command=settings.safe)
            states = interlocks.applied(self.limits, safe, states, now)
            way.append(key)
            answer = interlocks.decide(self.limits, order, states, now, inputs)
            if isinstance(answer, Accepted):
                return answer, tuple(way)
        return refused, ()

    def _tell_running(self, wish: Wish, row: CommandRow) -> None:
        with self._appliance.database.transaction():
            if wish.command.on:
                self.owners[wish.key] = self._appliance.commands.move(row.id, State.RUNNING)
            else:
                self.stopped[wish.key] = self._appliance.commands.move(row.id, State.DONE)
                self.owners.pop(wish.key, None)
            self._remember()

    def _supersede(self, key: str, by: CommandRow) -> None:
        """End the command that an actuator carries out, since another takes its place."""
        row = self.owners.pop(key, None)
        if row is None:
            return
        now = self._scale.utc(self._scale.now())
        ran = (now - (row.started_at or now)) / 1000
        who = by.by if by.source is Source.PERSON else f"{by.source} {by.by}"
        told = f"ran {ran:.3g} s; {who} asked for {by.command}"
        self._appliance.commands.move(row.id, State.SUPERSEDED, told)

    def _end(self, key: str, state: State, detail: str, interlock: str = "") -> None:
        row = self.owners.pop(key, None)
        if row is not None:
            self._appliance.commands.move(row.id, state, detail, interlock=interlock)

    def _take(self, states: States) -> None:
        self.states = states
        self._changed = True

    def _remember(self) -> None:
        self._appliance.control.remember(_STATES, self.states)
        self._changed = False


def _said(text: str, twin: str) -> str:
    """Return a sentence with actuators and signals named as in their twin."""
    return text.replace(f"{twin}/", "")
