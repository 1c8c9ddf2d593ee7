"""All loops of this appliance: what they want goes through the interlocks like all else.

A loop's switching on or off is a command that people see; the small steps of a PWM in
between pass the same interlocks without a row each, since flash is not worn for them.
"""

import logging
from collections.abc import Iterator, Mapping

import msgspec

from controller.inputs import Newest
from controller.limits import Inputs, Limits, Order
from controller.loop_runs import LoopRun, Step
from controller.plant import Plant
from controller.reconcile import Reconciler, Wish
from controller.routines import Place
from controller.scale import Scale
from dt.store.appliance import Appliance
from dt.store.commands import CommandRow, NewCommand, Source
from dt.store.control import LoopMode, LoopWish, Mode
from dt.store.events import Event, Severity
from dt.twin.command import OFF, Command, Verb

log = logging.getLogger(__name__)

_RETRY_S = 1.0
_DIGITS = 4  # a full float costs eight bytes for each, at rest and on the wire
_PEOPLE = frozenset({Source.PERSON, Source.CENTRE})


class LoopDesk:
    """The loops at work. One thread uses it.

    Args:
        appliance: Where wishes, commands and events are.
        scale: Monotonic time and UTC.

    Attributes:
        wishes: What people want, by (twin, loop).
        place: Where the sun is looked for.
    """

    def __init__(self, appliance: Appliance, scale: Scale) -> None:
        self._appliance = appliance
        self._scale = scale
        self.wishes: Mapping[tuple[str, str], LoopWish] = {}
        self.place = Place()
        self._runs: dict[str, LoopRun] = {}
        self._inputs: dict[str, str] = {}
        self._outputs: dict[str, str] = {}
        self._said: dict[str, Step] = {}
        self._refused: dict[str, str] = {}
        self._retry_at: dict[str, float] = {}

    def load(self, plant: Plant, limits: Limits, proportional: set[str]) -> None:
        """Use these loops from now on; one that is the same goes on as it was.

        Args:
            plant: With the loops.
            limits: Of the actuators that can be driven.
            proportional: Those that take SET_PWM.
        """
        runs: dict[str, LoopRun] = {}
        self._inputs, self._outputs = {}, {}
        for key, entry in plant.loops.items():
            twin = key.rpartition("/")[0]
            output = f"{twin}/{entry.spec.output}"
            settings = limits.of(output)
            if settings is None:
                continue
            before = self._runs.get(key)
            same = before is not None and before.entry == entry
            pwm = output in proportional and Verb.SET_PWM in settings.commands
            runs[key] = (
                before
                if same and before is not None
                else LoopRun(key, entry, settings, proportional=pwm)
            )
            runs[key].forget()
            self._inputs[key] = f"{twin}/{entry.spec.input}"
            self._outputs[output] = key
        self._runs = runs
        self._said = {key: said for key, said in self._said.items() if key in runs}

    def step(
        self,
        reconciler: Reconciler,
        newest: Newest,
        inputs: Inputs,
        fresh: set[str],
        *,
        slowly: bool,
    ) -> None:
        """Let the loops regulate whose input is new; all of them once a second."""
        for key, run in self._runs.items():
            if slowly or self._inputs[key] in fresh:
                self._one(reconciler, run, newest, inputs)

    def forget(self, actuator: str) -> None:
        """Note that an actuator was driven to safety."""
        key = self._outputs.get(actuator)
        if key is not None:
            self._runs[key].forget()

    def of_actuator(self, actuator: str) -> str:
        """Return the name of the loop that an actuator belongs to; empty: none."""
        return self._outputs.get(actuator, "").rpartition("/")[2]

    def told(self) -> Iterator[tuple[str, float]]:
        """Yield the loops' signals and their values."""
        for key, said in self._said.items():
            twin, _, name = key.rpartition("/")
            yield f"{twin}/loop.{name}.setpoint", said.setpoint
            yield f"{twin}/loop.{name}.output", round(said.share, _DIGITS)

    def _one(
        self, reconciler: Reconciler, run: LoopRun, newest: Newest, inputs: Inputs
    ) -> None:
        twin, _, name = run.key.rpartition("/")
        output = f"{twin}/{run.entry.spec.output}"
        now = self._scale.now()
        wish = self.wishes.get((twin, name)) or LoopWish(twin=twin, loop=name)
        mode = reconciler.modes.get(twin, Mode.AUTOMATIC)
        owner = reconciler.owners.get(output)
        held = _held(reconciler, output, owner, wish, mode)
        setpoint = run.setpoint(wish, self.place, self._scale.utc(now))
        value = newest.value(self._inputs[run.key], now)
        said = run.step(wish, setpoint, value, now, held)
        self._said[run.key] = said
        if said.tuned is not None or said.failed:
            self._tell_tuning(wish, said)
        if said.command is not None and now >= self._retry_at.get(run.key, 0.0):
            self._ask(reconciler, run, said.command, inputs)
        elif said.command is not None:
            run.forget()

    def _ask(
        self, reconciler: Reconciler, run: LoopRun, command: Command, inputs: Inputs
    ) -> None:
        """Ask for a command: with a row if it switches on or off, else quietly."""
        twin, _, name = run.key.rpartition("/")
        output = f"{twin}/{run.entry.spec.output}"
        order = Order(actuator=output, command=command)
        running = reconciler.states.of(output).command.on
        if running and command.on:
            answer = reconciler.judge_quietly(order, inputs)
            if isinstance(answer, Wish):
                reconciler.carry_out(answer)
            else:
                self._rest(run, answer)
            return
        if not running and not command.on:
            return
        refusal = reconciler.would_refuse(order, inputs)
        if refusal and self._refused.get(run.key) == refusal:
            self._rest(run, refusal)
            return
        new = NewCommand(
            twin=twin,
            actuator=run.entry.spec.output,
            command=str(command),
            source=Source.LOOP,
            by=name,
            reason=self._reason(run),
        )
        with self._appliance.database.transaction():
            _, wish = reconciler.judge(self._appliance.commands.submit(new), inputs)
            reconciler.save()
        if wish is None:
            self._rest(run, refusal or "mode")
            return
        self._refused.pop(run.key, None)
        reconciler.carry_out(wish)

    def _rest(self, run: LoopRun, refusal: str) -> None:
        """Note a refusal, which is told once; the loop asks again in a second."""
        self._refused[run.key] = refusal
        self._retry_at[run.key] = self._scale.now() + _RETRY_S
        run.forget()

    def _reason(self, run: LoopRun) -> str:
        said = self._said[run.key]
        return f"output {said.share:.0%} for the setpoint {said.setpoint:g}"

    def _tell_tuning(self, wish: LoopWish, said: Step) -> None:
        """Tell what autotune found; the loop goes on by itself."""
        tuning = said.tuned
        with self._appliance.database.transaction():
            after = msgspec.structs.replace(wish, mode=LoopMode.AUTO, by="autotune")
            self._appliance.control.set_wish(after)
            if tuning is None:
                kind, text = "LoopTuneFailed", f"{wish.loop}: tuning failed: {said.failed}"
                body: dict[str, object] = {"loop": wish.loop, "why": said.failed}
            else:
                kind, text = "LoopTuned", f"{wish.loop}: tuned, gain {tuning.gain:.3g}"
                body = {
                    "loop": wish.loop,
                    "gain": round(tuning.gain, 4),
                    "integral_s": round(tuning.integral_s, 1),
                    "derivative_s": round(tuning.derivative_s, 1),
                    "ultimate_gain": round(tuning.ultimate_gain, 4),
                    "period_s": round(tuning.ultimate_s, 1),
                }
            severity = Severity.NOTICE if tuning else Severity.WARNING
            self._appliance.events.add(
                Event(
                    kind=kind,
                    severity=severity,
                    twin=wish.twin,
                    source=wish.loop,
                    text=text,
                    body=body,
                )
            )


def _held(
    reconciler: Reconciler,
    output: str,
    owner: CommandRow | None,
    wish: LoopWish,
    mode: Mode,
) -> float | None:
    """Return the share that somebody else gives the loop's actuator; None: nobody.

    A person's command without an end holds until the loop is given back.
    """
    share = _share(reconciler.states.of(output).command)
    if mode is not Mode.AUTOMATIC:
        return share
    if owner is not None and owner.source is not Source.LOOP:
        return share
    stopped = reconciler.stopped.get(output)
    if stopped is not None and stopped.source in _PEOPLE and stopped.asked_at > wish.at:
        return share
    return None


def _share(command: Command) -> float:
    if command == OFF:
        return 0.0
    return (
        float(command.value or 0.0) if command.verb is Verb.SET_PWM else float(command.on)
    )
