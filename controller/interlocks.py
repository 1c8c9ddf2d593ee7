"""The last word on every command, whoever gives it: a person, a rule, a loop, a model.

Pure: settings, state, time and inputs are arguments, an answer and a new state come
back. All times are seconds on the monotonic clock, so no step of the wall clock matters.
The safe state is always allowed. What cannot be known after a restart is taken at its
worst: an actuator that ran is believed to have run for as long as it might have.
"""

from collections.abc import Mapping, Sequence

import msgspec

from controller.limits import (
    Accepted,
    ActuatorState,
    Duty,
    Forced,
    Inputs,
    Interlock,
    Limits,
    Order,
    Refused,
    Run,
    Settings,
    States,
)
from dt.twin.command import OFF, Command


def decide(
    limits: Limits, order: Order, states: States, now: float, inputs: Inputs
) -> Accepted | Refused:
    """Return whether a command may be carried out, and what holds then.

    Args:
        limits: Of all actuators.
        order: The command.
        states: As the last answer left them, in this boot (see `resumed`).
        now: Monotonic s, not before ``states.at``.
        inputs: What is fresh and good.
    """
    settings = limits.of(order.actuator)
    if settings is None:
        reason = f"there is no actuator {order.actuator}"
        return Refused(order=order, interlock=Interlock.COMMANDS, reason=reason)
    now = max(now, states.at)
    if order.command == settings.safe:
        return Accepted(order=order, states=applied(limits, order, states, now))
    if not _is_duration(order.duration):
        reason = f"{order.actuator} cannot run for {order.duration:g} s"
        return Refused(order=order, interlock=Interlock.DURATION, reason=reason)
    asked = _Question(limits, settings, order, states, now, inputs)
    refused = asked.permission() or (asked.running() if order.command.on else None)
    return refused or Accepted(order=order, states=applied(limits, order, states, now))


def applied(limits: Limits, order: Order, states: States, now: float) -> States:
    """Return the states once a command is carried out, whether or not it was asked for."""
    before = states.of(order.actuator)
    until = None if order.duration is None else now + order.duration
    if order.command.on:
        since = now if before.since is None else before.since
        after = msgspec.structs.replace(
            before, command=order.command, since=since, until=until
        )
    else:
        after = _ended(before, now, order.command, until)
    settings = limits.of(order.actuator)
    if settings is not None:
        after = _forgotten(settings, after, now)
    return msgspec.structs.replace(
        states, at=now, actuators={**states.actuators, order.actuator: after}
    )


def due(limits: Limits, states: States, now: float, inputs: Inputs) -> tuple[Forced, ...]:
    """Return the actuators that must go into their safe state now, and why.

    The caller carries them out and calls `applied` with each.
    """
    forced = (
        _forced(settings, states.of(settings.actuator), now, inputs)
        for settings in limits.actuators
    )
    return tuple(one for one in forced if one is not None)


def next_due(limits: Limits, states: States) -> float | None:
    """Return the monotonic s at which time alone will force an actuator; None: never."""
    moments = [
        moment
        for settings in limits.actuators
        for moment, _, _ in _ends(settings, states.of(settings.actuator))
    ]
    return min(moments, default=None)


def end_of(settings: Settings, state: ActuatorState) -> tuple[float, Command] | None:
    """Return the monotonic s at which time alone makes an actuator safe, and how.

    None: nothing ends what it does.
    """
    at = min((moment for moment, _, _ in _ends(settings, state)), default=None)
    return None if at is None else (at, settings.safe)


def locked(limits: Limits, states: States, actuator: str, by: str) -> States:
    """Return the states once a person locked an actuator out; `by` empty: unlocked.

    `due` drives it into its safe state, and nothing else passes until it is unlocked.
    """
    after = msgspec.structs.replace(states.of(actuator), locked_by=by)
    if limits.of(actuator) is None:
        return states
    return msgspec.structs.replace(states, actuators={**states.actuators, actuator: after})


def resumed(limits: Limits, states: States, boot_id: str, now: float) -> States:
    """Return the states after a restart, when all actuators were driven to safety.

    In the same boot time went on. In another boot nobody knows how long it was: no time
    counts as passed. What ran is believed to have run until now, and in another boot
    for as long as it might have.

    Args:
        limits: Of all actuators.
        states: As they were stored last.
        boot_id: Of this boot.
        now: Monotonic s.
    """
    same = boot_id == states.boot_id and now >= states.at
    actuators: dict[str, ActuatorState] = {}
    for settings in limits.actuators:
        before = states.of(settings.actuator)
        if not same:
            before = _elsewhere(settings, before, states.at, now)
        after = _ended(before, now, settings.safe, None)
        actuators[settings.actuator] = _forgotten(settings, after, now)
    return States(boot_id=boot_id, at=now, actuators=actuators)


class _Question:
    """One command before the interlocks."""

    def __init__(
        self,
        limits: Limits,
        settings: Settings,
        order: Order,
        states: States,
        now: float,
        inputs: Inputs,
    ) -> None:
        self._limits = limits
        self._settings = settings
        self._order = order
        self._states = states
        self._state = states.of(order.actuator)
        self._now = now
        self._inputs = inputs

    def permission(self) -> Refused | None:
        """Ask what does not depend on time."""
        name, verb = self._order.actuator, self._order.command.verb
        if verb not in self._settings.commands:
            allowed = ", ".join(sorted(self._settings.commands)) or "none"
            return self._no(
                Interlock.COMMANDS, f"{name} does not take {verb}, but {allowed}"
            )
        if self._state.locked_by:
            reason = f"{name} is locked out by {self._state.locked_by}"
            return self._no(Interlock.LOCKED, reason)
        missing = _missing(self._settings, self._inputs)
        if missing:
            reason = f"{name} needs {missing}, which is not fresh and good"
            return self._no(Interlock.REQUIRES, reason)
        return None

    def running(self) -> Refused | None:
        """Ask what limits running."""
        return self._together() or self._pause() or self._length() or self._share()

    def _together(self) -> Refused | None:
        settings, total = self._settings, self._settings.current
        for other in self._limits.actuators:
            if other is settings or not self._states.of(other.actuator).command.on:
                continue
            total += other.current
            names = (settings.actuator, other.actuator)
            if names[1] in settings.excludes or names[0] in other.excludes:
                reason = f"{names[0]} never runs together with {names[1]}, which runs"
                return self._no(Interlock.EXCLUDES, reason)
        budget = self._limits.budget
        if budget is not None and total > budget:
            reason = f"{settings.actuator} would make it {total:g} A of {budget:g} A"
            return self._no(Interlock.BUDGET, reason)
        return None

    def _pause(self) -> Refused | None:
        ended, pause = self._state.off_since, self._settings.min_off
        if self._state.since is not None or ended is None or self._now >= ended + pause:
            return None
        reason = f"{self._order.actuator} rested {self._now - ended:.4g} s of {pause:g} s"
        return self._no(Interlock.MIN_OFF, reason, ended + pause)

    def _length(self) -> Refused | None:
        longest, duration = self._settings.max_on, self._order.duration
        if longest is None or duration is None:
            return None
        since = self._now if self._state.since is None else self._state.since
        run = self._now + duration - since
        if run <= longest:
            return None
        reason = f"{self._order.actuator} would run {run:.4g} s, and {longest:g} s at most"
        return self._no(Interlock.MAX_ON, reason)

    def _share(self) -> Refused | None:
        duty = self._settings.duty
        if duty is None:
            return None
        wanted = self._order.duration or 0.0
        used = _used(self._state, self._now, duty)
        if used + wanted <= duty.on_s and used < duty.on_s:
            return None
        allowed = _allowed(self._state, self._now, duty, wanted)
        reason = (
            f"{self._order.actuator} ran {used:.4g} s of {duty.on_s:g} s "
            f"in the last {duty.window_s:g} s"
        )
        return self._no(Interlock.DUTY, reason, allowed)

    def _no(
        self, interlock: Interlock, reason: str, allowed_at: float | None = None
    ) -> Refused:
        return Refused(
            order=self._order, interlock=interlock, reason=reason, allowed_at=allowed_at
        )


def _is_duration(duration: float | None) -> bool:
    return duration is None or 0 < duration < float("inf")


def _missing(settings: Settings, inputs: Inputs) -> str:
    return ", ".join(s for s in settings.requires if s not in inputs.usable)


def _forced(
    settings: Settings, state: ActuatorState, now: float, inputs: Inputs
) -> Forced | None:
    if state.command == settings.safe:
        return None
    name = settings.actuator
    reasons: list[tuple[Interlock | None, str]] = []
    if state.locked_by:
        reasons.append((Interlock.LOCKED, f"{name} is locked out by {state.locked_by}"))
    missing = _missing(settings, inputs)
    if missing:
        text = f"{name} needs {missing}, which is not fresh and good"
        reasons.append((Interlock.REQUIRES, text))
    reasons += [(lock, text) for at, lock, text in _ends(settings, state) if now >= at]
    if not reasons:
        return None
    interlock, reason = reasons[0]
    return Forced(actuator=name, command=settings.safe, reason=reason, interlock=interlock)


def _ends(
    settings: Settings, state: ActuatorState
) -> list[tuple[float, Interlock | None, str]]:
    """Return the moments at which time ends what an actuator does."""
    if state.command == settings.safe:
        return []
    name = settings.actuator
    ends: list[tuple[float, Interlock | None, str]] = []
    if state.until is not None:
        ends.append((state.until, None, f"the time of {name} is over"))
    if state.since is not None and settings.max_on is not None:
        text = f"{name} ran for {settings.max_on:g} s, its longest"
        ends.append((state.since + settings.max_on, Interlock.MAX_ON, text))
    if state.since is not None and settings.duty is not None:
        duty = settings.duty
        text = f"{name} ran {duty.on_s:g} s of the last {duty.window_s:g} s"
        ends.append((_exhausted(state, duty), Interlock.DUTY, text))
    return ends


def _exhausted(state: ActuatorState, duty: Duty) -> float:
    """Return when a run uses its duty up, if it goes on without a break."""
    moment = state.since or 0.0
    for _ in range(len(state.runs) + 2):  # each old run that leaves the window adds time
        left = duty.on_s - _used(state, moment, duty)
        if left <= 1e-9:
            break
        moment += left
    return moment


def _used(state: ActuatorState, now: float, duty: Duty) -> float:
    """Return the seconds of running within the window that ends now."""
    start = now - duty.window_s
    used = sum(max(0.0, min(r.end, now) - max(r.start, start)) for r in state.runs)
    if state.since is not None:
        used += max(0.0, now - max(state.since, start))
    return used


def _allowed(state: ActuatorState, now: float, duty: Duty, wanted: float) -> float | None:
    """Return when enough of the past has left the window; None: never."""
    if wanted > duty.on_s:
        return None
    rested = _ended(state, now, OFF, None)
    low, high = now, now + duty.window_s
    for _ in range(60):
        middle = (low + high) / 2
        fits = _used(rested, middle, duty) + wanted <= duty.on_s
        low, high = (low, middle) if fits else (middle, high)
    return high


def _ended(
    state: ActuatorState, now: float, command: Command, until: float | None
) -> ActuatorState:
    if state.since is None:
        return msgspec.structs.replace(state, command=command, until=until)
    return msgspec.structs.replace(
        state,
        command=command,
        since=None,
        until=until,
        off_since=now,
        runs=(*state.runs, Run(start=state.since, end=now)),
    )


def _forgotten(settings: Settings, state: ActuatorState, now: float) -> ActuatorState:
    """Return the state without the runs that count no more."""
    window = settings.duty.window_s if settings.duty is not None else 0.0
    kept: Sequence[Run] = [run for run in state.runs if run.end > now - window]
    return msgspec.structs.replace(state, runs=tuple(kept))


def _elsewhere(
    settings: Settings, state: ActuatorState, saved_at: float, now: float
) -> ActuatorState:
    """Return a state of another boot on this boot's clock, at its worst."""
    longest = 0.0
    if state.since is not None:
        ends: Mapping[float, object] = {at: why for at, why, _ in _ends(settings, state)}
        longest = max(min(ends, default=saved_at), saved_at) - saved_at
    offset = now - saved_at - longest

    def moved(at: float | None) -> float | None:
        return None if at is None else at + offset

    return msgspec.structs.replace(
        state,
        since=moved(state.since),
        until=moved(state.until),
        off_since=None if state.off_since is None else state.off_since + now - saved_at,
        runs=tuple(
            Run(start=r.start + offset + longest, end=r.end + offset + longest)
            for r in state.runs
        ),
    )
