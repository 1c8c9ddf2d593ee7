"""One loop at work: a reading comes, a command may follow. Time is an argument.

The output of a regulator is a share 0–1. An actuator that takes SET_PWM gets it as it
is; one that is only on or off gets it as a share of time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from controller import day_times
from controller.limits import Settings
from controller.loop_entries import LoopEntry, LoopKind
from controller.loops import autotune, hysteresis, pid, profile, proportion
from controller.routines import Place
from dt.store.control import LoopMode, LoopWish
from dt.twin.command import OFF, ON, Command, Verb

_LEAST_PERIOD_S, _PERIOD_FACTOR = 60.0, 5.0
_LEAST_PULSE_S = 2.0
_SWING = 0.1
_TUNE_LONGEST_S = 4 * 3600.0
_TUNE_ROOM = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a loop says after a step.

    Attributes:
        setpoint: In the unit of the input.
        share: Wanted output, 0–1.
        command: What the actuator shall do; None: as it does.
        tuned: What autotune found, just now.
        failed: Why autotune was given up, just now; empty: it was not.
    """

    setpoint: float
    share: float
    command: Command | None = None
    tuned: autotune.Tuning | None = None
    failed: str = ""


class LoopRun:
    """The state of one loop.

    Args:
        key: ``<twin>/<name>``.
        entry: What is declared.
        settings: Of its actuator.
        proportional: The actuator takes SET_PWM.
    """

    def __init__(
        self, key: str, entry: LoopEntry, settings: Settings, *, proportional: bool
    ) -> None:
        self.key = key
        self.entry = entry
        self._proportional = proportional
        spec = entry.spec
        period = spec.period or max(_LEAST_PERIOD_S, _PERIOD_FACTOR * settings.min_off)
        shortest = max(_LEAST_PULSE_S, settings.min_off)
        self._pulse = proportion.Settings(
            period=period,
            shortest=min(spec.shortest if spec.shortest is not None else shortest, period),
        )
        self._pid_settings = pid.Settings(
            gain=spec.gain,
            integral_s=spec.integral,
            derivative_s=spec.derivative,
            filter_s=spec.filter,
            low=spec.low,
            high=spec.high,
            rate=spec.rate,
            safe=spec.safe,
        )
        self._pid = pid.State()
        self._on = False
        self._proportion = proportion.State()
        self._tuning: autotune.State | None = None
        self._swing: autotune.Settings | None = None
        self._told: float | None = None

    def setpoint(self, wish: LoopWish, place: Place, utc_ms: int) -> float:
        """Return the setpoint at a moment: a person's, else the entry's."""
        if wish.setpoint is not None:
            return wish.setpoint
        turns = self.entry.turns
        if len(turns) == 1:
            return turns[0].value
        local = datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(ZoneInfo(place.zone))
        second = local.hour * 3600 + local.minute * 60 + local.second
        points = day_times.points(turns, place, local.date())
        return profile.setpoint(points, second, self.entry.ramp_s)

    def step(
        self,
        wish: LoopWish,
        setpoint: float,
        measurement: float | None,
        now: float,
        held: float | None = None,
    ) -> Step:
        """Return what the loop wants now.

        Args:
            wish: Of a person.
            setpoint: See `setpoint`.
            measurement: Newest value of the input; None: it cannot be used.
            now: Monotonic s.
            held: Share that somebody else gives the actuator; the regulator follows it.
        """
        if wish.mode is LoopMode.AUTOTUNE:
            return self._tune(setpoint, measurement, now)
        self._tuning = None
        given = held if held is not None else None
        if given is None and wish.mode is LoopMode.MANUAL:
            given = wish.output
        share = self._regulated(setpoint, measurement, now, given)
        command = None if held is not None else self._command(share, now)
        return Step(setpoint=setpoint, share=share, command=command)

    def forget(self) -> None:
        """Note that the actuator was driven to safety: the next output is passed on."""
        self._told = None

    def _regulated(
        self, setpoint: float, measurement: float | None, now: float, given: float | None
    ) -> float:
        spec = self.entry.spec
        if given is not None:
            if not self._proportional:  # a switch has no output to go on from
                self._pid = pid.State(output=given)
            elif measurement is not None:
                self._pid = pid.manual(
                    self._pid_settings, self._pid, setpoint, measurement, now, given
                )
            self._on = given > 0
            return given
        if spec.kind is LoopKind.HYSTERESIS:
            law = hysteresis.Settings(
                below=spec.below, above=spec.above, cools=spec.cools, safe=spec.safe > 0
            )
            self._on = hysteresis.step(law, self._on, setpoint, measurement)
            return spec.high if self._on else spec.low
        self._pid = pid.step(self._pid_settings, self._pid, setpoint, measurement, now)
        return self._pid.output

    def _command(self, share: float, now: float) -> Command | None:
        if self._proportional:
            told = self._told
            ends = share in {0.0, self.entry.spec.high} and share != told
            if told is not None and abs(share - told) < self.entry.spec.step and not ends:
                return None
            self._told = share
            return Command(verb=Verb.SET_PWM, value=round(share, 4)) if share > 0 else OFF
        if self.entry.spec.kind is LoopKind.HYSTERESIS:
            on = share > 0
        else:
            self._proportion = proportion.step(self._pulse, self._proportion, share, now)
            on = self._proportion.on
        if self._told == float(on):
            return None
        self._told = float(on)
        return ON if on else OFF

    def _tune(self, setpoint: float, measurement: float | None, now: float) -> Step:
        spec = self.entry.spec
        if self._tuning is None or self._swing is None:
            self._tuning = autotune.State()
            self._swing = autotune.Settings(
                setpoint=setpoint,
                low=spec.low,
                high=spec.high,
                noise=_SWING,
                longest_s=_TUNE_LONGEST_S,
                highest=setpoint + _TUNE_ROOM,
            )
        before = self._tuning
        self._tuning = autotune.step(self._swing, before, measurement, now)
        found = autotune.tuning(self._swing, self._tuning)
        over = found is not None and autotune.tuning(self._swing, before) is None
        share = self._tuning.output
        if self._proportional:
            command = self._command(share, now)
        elif self._told != float(share > 0):
            self._told = float(share > 0)
            command = ON if share > 0 else OFF
        else:
            command = None
        return Step(
            setpoint=setpoint,
            share=share,
            command=command,
            tuned=found if over else None,
            failed=self._tuning.failed if not before.failed else "",
        )
