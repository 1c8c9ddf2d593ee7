"""What people are told of each actuator: desired, reported, why, how long still, limits."""

import math
from collections.abc import Callable

import msgspec

from controller.history import History
from controller.limits import ActuatorState, Inputs, Limits, Settings, States
from controller.reconcile import Reconciler
from controller.scale import Scale
from controller.switch import Switch
from dt.store.appliance import Appliance
from dt.store.commands import CommandRow, Source
from dt.store.properties import Limit, Property
from dt.twin.command import Command, Verb

Loop = Callable[[str], str]


class Teller:
    """Makes properties of what the controller knows.

    Args:
        scale: Monotonic time and UTC.
    """

    def __init__(self, scale: Scale) -> None:
        self._scale = scale

    def of(
        self,
        settings: Settings,
        states: States,
        owner: CommandRow | None,
        before: Property | None,
    ) -> Property:
        """Return the property of an actuator, without what the hardware reports.

        Args:
            settings: Its limits.
            states: What the interlocks know.
            owner: The command that it carries out.
            before: What was told last: the hardware's report is taken from there.
        """
        twin, _, name = settings.actuator.rpartition("/")
        state = states.of(settings.actuator)
        desired = str(state.command)
        same = before is not None and before.desired == desired
        asked = owner.asked_at if owner is not None else None
        if same and before is not None and owner is None:
            asked = before.desired_at
        return Property(
            twin=twin,
            name=name,
            desired=desired,
            desired_at=asked,
            desired_by=_who(owner) or (before.desired_by if same and before else ""),
            command_id=owner.id if owner is not None else "",
            reported=before.reported if before else "",
            reported_at=before.reported_at if before else None,
            since=self._utc(state.since),
            until=self._utc(state.until),
            off_since=self._utc(state.off_since),
            runs=tuple(
                (self._scale.utc(run.start), self._scale.utc(run.end)) for run in state.runs
            ),
            locked_by=state.locked_by,
            limit=_limit(settings),
        )

    def _utc(self, monotonic: float | None) -> int | None:
        return None if monotonic is None else self._scale.utc(monotonic)


def _who(owner: CommandRow | None) -> str:
    if owner is None:
        return ""
    return owner.by if owner.source is Source.PERSON else f"{owner.source} {owner.by}"


def _limit(settings: Settings) -> Limit:
    def short(name: str) -> str:
        return name.rpartition("/")[2]

    duty = settings.duty
    return Limit(
        safe=str(settings.safe),
        max_on=settings.max_on,
        min_off=settings.min_off,
        duty_on=duty.on_s if duty else None,
        duty_window=duty.window_s if duty else None,
        excludes=tuple(sorted(map(short, settings.excludes))),
        requires=tuple(map(short, settings.requires)),
        commands=tuple(sorted(settings.commands)),
    )


class Board:
    """What was told of all actuators. One thread uses it.

    Args:
        appliance: Where properties are kept.
        history: The actuators' signals in the log.
        scale: Monotonic time and UTC.
    """

    def __init__(self, appliance: Appliance, history: History, scale: Scale) -> None:
        self._properties = appliance.properties
        self._history = history
        self._scale = scale
        self._teller = Teller(scale)
        self._told: dict[str, Property] = {}

    def begin(self, limits: Limits) -> None:
        """Forget the actuators that are not there any more."""
        keys = (s.actuator.rpartition("/") for s in limits.actuators)
        self._properties.keep_only(frozenset((key[0], key[2]) for key in keys))
        self._told = {}

    def tell(
        self, reconciler: Reconciler, switch: Switch, usable: Inputs, loop: Loop
    ) -> None:
        """Tell people what each actuator does, if that changed.

        Args:
            reconciler: What is wanted of them.
            switch: The actuators themselves.
            usable: What is fresh and good.
            loop: Key of an actuator to the name of its loop.
        """
        now = self._scale.now()
        for settings in reconciler.limits.actuators:
            key = settings.actuator
            twin, _, name = key.rpartition("/")
            before = self._told.get(key) or self._properties.get(twin, name)
            owner = reconciler.owners.get(key)
            new = self._teller.of(settings, reconciler.states, owner, before)
            reported, problem = switch.report(key), switch.problem(key)
            state = reconciler.states.of(key)
            new = msgspec.structs.replace(
                new,
                held=held(state, _missing(settings, usable), problem),
                problem=problem,
                loop=loop(key),
            )
            said = "" if reported is None else str(reported)
            if said != new.reported:
                at = self._scale.utc(now)
                new = msgspec.structs.replace(new, reported=said, reported_at=at)
            if new != before:
                self._properties.put(new)
                self._told[key] = new
            self._history.tell(f"{twin}/actuator.{name}", share_of(reported), now)


def _missing(settings: Settings, usable: Inputs) -> str:
    names = (name for name in settings.requires if name not in usable.usable)
    return ", ".join(name.rpartition("/")[2] for name in names)


def share_of(command: Command | None) -> float:
    """Return what a command means as a share 0–1; NaN: it cannot be told.

    A SET in the actuator's own unit counts as running.
    """
    if command is None:
        return math.nan
    if command.verb is Verb.SET_PWM:
        return float(command.value or 0.0)
    return float(command.on)


def held(state: ActuatorState, missing: str, problem: str) -> str:
    """Return why an actuator may not run now, one sentence; empty: it may."""
    if problem:
        return problem
    if state.locked_by:
        return f"locked out by {state.locked_by}"
    if missing:
        return f"needs {missing}, which is not fresh and good"
    return ""
