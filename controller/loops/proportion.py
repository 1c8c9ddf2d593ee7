"""A share of time for what can only be on or off: 0.3 is 30 % of each period."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a share becomes switching; all in s.

    Attributes:
        period: Of one on and one off.
        shortest: Pulses and pauses shorter than this are left out, and made up for.
    """

    period: float
    shortest: float = 0.0


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What it remembers.

    Attributes:
        begun_at: Monotonic s at which the period began; None: it begins.
        on_s: How long it is on in this period.
        owed_s: On time that was too short to switch, for later periods.
        on: Whether it is on.
    """

    begun_at: float | None = None
    on_s: float = 0.0
    owed_s: float = 0.0
    on: bool = False


def step(settings: Settings, state: State, share: float, now: float) -> State:
    """Return the state with whether it is on now.

    A share that changes within a period counts from the next one, except that 0 is off
    at once: nothing runs that nobody wants.

    Args:
        settings: Of the output.
        state: Of the step before.
        share: 0–1; others are cut.
        now: Monotonic s.
    """
    share = min(max(share, 0.0), 1.0)
    if share == 0.0:
        return State()
    begun = state.begun_at
    if begun is None or not 0.0 <= now - begun < settings.period:
        state = _period(settings, state, share, now)
        begun = now
    return msgspec.structs.replace(state, on=now - begun < state.on_s)


def _period(settings: Settings, state: State, share: float, now: float) -> State:
    wanted = share * settings.period + state.owed_s
    on_s = min(max(wanted, 0.0), settings.period)
    if on_s < settings.shortest:
        on_s = 0.0
    elif settings.period - on_s < settings.shortest:
        on_s = settings.period
    owed = min(max(wanted - on_s, -settings.period), settings.period)
    return State(begun_at=now, on_s=on_s, owed_s=owed)
