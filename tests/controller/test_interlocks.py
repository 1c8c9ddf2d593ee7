import itertools

import msgspec
import pytest
from hypothesis import settings as configured
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from controller.interlocks import applied, decide, due, locked, next_due, resumed
from controller.limits import (
    Accepted,
    Duty,
    Inputs,
    Interlock,
    Limits,
    Order,
    Refused,
    Settings,
    States,
)
from dt.twin.command import OFF, ON, Command, Verb, read

NONE = Inputs()


def limits(budget=None, **keys):
    return Limits(actuators=(Settings(actuator="pump", **keys),), budget=budget)


def order(command="ON", duration=None, actuator="pump"):
    return Order(actuator=actuator, command=read(command), duration=duration)


def after(limit, *commands, states=None):
    """Return the states after (order, at) that all must be accepted."""
    states = states or States(boot_id="one", at=0.0)
    for one, at in commands:
        answer = decide(limit, one, states, at, NONE)
        assert isinstance(answer, Accepted), answer
        states = answer.states
    return states


def refused(limit, one, states, now, inputs=NONE):
    answer = decide(limit, one, states, now, inputs)
    assert isinstance(answer, Refused), answer
    return answer


START = States(boot_id="one", at=0.0)


def test_an_unknown_actuator_takes_nothing():
    answer = refused(limits(), order(actuator="fan"), START, 0)
    assert answer.reason == "there is no actuator fan"


def test_only_allowed_commands_pass():
    limit = limits(commands=frozenset({Verb.ON}))
    answer = refused(limit, order("SET_PWM:0.5"), START, 0)
    assert answer.interlock is Interlock.COMMANDS
    assert answer.reason == "pump does not take SET_PWM, but ON"
    assert isinstance(decide(limit, order("OFF"), START, 0, NONE), Accepted)


def test_the_safe_state_is_always_allowed():
    limit = limits(commands=frozenset(), min_off=99, max_on=1, requires=("a",))
    states = locked(limit, START, "pump", "ann")
    assert isinstance(decide(limit, order("OFF"), states, 0, NONE), Accepted)


def test_a_safe_state_may_be_on():
    limit = limits(safe=ON, requires=("a",))
    states = applied(limit, order("OFF"), START, 0)
    assert refused(limit, order("OFF"), START, 0).interlock is Interlock.REQUIRES
    (forced,) = due(limit, states, 1, NONE)
    assert (forced.command, forced.interlock) == (ON, Interlock.REQUIRES)


def test_a_run_is_not_longer_than_max_on():
    limit = limits(max_on=30)
    assert refused(limit, order(duration=31), START, 0).interlock is Interlock.MAX_ON
    states = after(limit, (order(), 0))
    assert (next_due(limit, states), due(limit, states, 29.9, NONE)) == (30, ())
    (forced,) = due(limit, states, 30, NONE)
    assert (forced.command, forced.interlock) == (OFF, Interlock.MAX_ON)
    assert forced.reason == "pump ran for 30 s, its longest"


def test_asking_again_makes_no_run_longer():
    limit = limits(max_on=30)
    states = after(limit, (order(duration=20), 0), (order(duration=20), 10))
    assert refused(limit, order(duration=11), states, 20).interlock is Interlock.MAX_ON
    assert next_due(limit, after(limit, (order(), 29), states=states)) == 30


def test_a_duration_ends_by_itself():
    limit = limits()
    states = after(limit, (order(duration=10), 5))
    assert due(limit, states, 14.9, NONE) == ()
    (forced,) = due(limit, states, 15, NONE)
    assert (forced.interlock, forced.reason) == (None, "the time of pump is over")
    done = applied(limit, order("OFF"), states, 15)
    assert next_due(limit, done) is None


@pytest.mark.parametrize("duration", [0, -1, float("inf"), float("nan")])
def test_a_duration_is_a_time(duration):
    answer = refused(limits(), order(duration=duration), START, 0)
    assert answer.interlock is Interlock.DURATION


def test_a_pause_is_not_shorter_than_min_off():
    limit = limits(min_off=60)
    states = after(limit, (order(), 0), (order("OFF"), 10))
    answer = refused(limit, order(), states, 50)
    assert (answer.interlock, answer.allowed_at) == (Interlock.MIN_OFF, 70)
    assert answer.reason == "pump rested 40 s of 60 s"
    after(limit, (order(), 70), states=states)


def test_duty_limits_the_time_within_a_window():
    limit = limits(duty=Duty(on_s=20, window_s=100))
    states = after(limit, (order(duration=15), 0), (order("OFF"), 15))
    answer = refused(limit, order(duration=10), states, 30)
    assert (answer.interlock, answer.reason) == (
        Interlock.DUTY,
        "pump ran 15 s of 20 s in the last 100 s",
    )
    assert answer.allowed_at == pytest.approx(105)
    after(limit, (order(duration=10), 105.1), states=states)
    open_run = after(limit, (order(), 30), states=states)
    assert next_due(limit, open_run) == pytest.approx(35)
    (forced,) = due(limit, open_run, 35, NONE)
    assert forced.interlock is Interlock.DUTY
    assert refused(limit, order(duration=21), START, 0).allowed_at is None


def test_actuators_that_exclude_each_other_never_run_together():
    pump = Settings(actuator="pump", excludes=frozenset({"heater"}))
    limit = Limits(actuators=(pump, Settings(actuator="heater")))
    for first, second in (("pump", "heater"), ("heater", "pump")):
        states = after(limit, (order(actuator=first), 0))
        answer = refused(limit, order(actuator=second), states, 1)
        assert answer.interlock is Interlock.EXCLUDES
        assert answer.reason == f"{second} never runs together with {first}, which runs"
        after(
            limit,
            (order("OFF", actuator=first), 1),
            (order(actuator=second), 2),
            states=states,
        )


def test_all_together_draw_no_more_than_the_budget():
    heater = Settings(actuator="heater", current=3)
    limit = Limits(actuators=(Settings(actuator="pump", current=2), heater), budget=4)
    states = after(limit, (order(), 0))
    answer = refused(limit, order(actuator="heater"), states, 1)
    assert answer.reason == "heater would make it 5 A of 4 A"
    assert answer.interlock is Interlock.BUDGET
    richer = msgspec.structs.replace(limit, budget=5.0)
    after(richer, (order(actuator="heater"), 1), states=states)


def test_required_signals_must_be_fresh_and_good():
    limit = limits(requires=("a", "b"))
    answer = refused(limit, order(), START, 0, Inputs(usable=frozenset({"a"})))
    assert answer.interlock is Interlock.REQUIRES
    assert answer.reason == "pump needs b, which is not fresh and good"
    both = Inputs(usable=frozenset({"a", "b"}))
    answer = decide(limit, order(), START, 0, both)
    assert due(limit, answer.states, 1, both) == ()
    (forced,) = due(limit, answer.states, 1, NONE)
    assert (forced.command, forced.interlock) == (OFF, Interlock.REQUIRES)


def test_a_person_may_lock_an_actuator_out():
    limit = limits()
    states = locked(limit, after(limit, (order(), 0)), "pump", "ann")
    (forced,) = due(limit, states, 1, NONE)
    assert forced.interlock is Interlock.LOCKED
    states = applied(limit, order("OFF"), states, 1)
    assert refused(limit, order(), states, 2).reason == "pump is locked out by ann"
    after(limit, (order(), 3), states=locked(limit, states, "pump", ""))
    assert locked(limit, states, "fan", "ann") is states


def test_a_dimmed_light_runs_and_one_at_zero_rests():
    limit = limits(max_on=30)
    states = after(limit, (order("SET_PWM:0.5"), 0), (order("SET_PWM:0.9"), 20))
    assert next_due(limit, states) == 30
    states = after(limit, (order("SET_PWM:0"), 25), states=states)
    assert states.of("pump").off_since == 25


def test_a_restart_in_the_same_boot_ends_what_ran():
    limit = limits(min_off=60, duty=Duty(on_s=20, window_s=100))
    states = after(limit, (order(duration=10), 5))
    stored = msgspec.json.decode(msgspec.json.encode(states), type=States)
    again = resumed(limit, stored, "one", 8)
    assert again.of("pump").command == OFF
    assert refused(limit, order(), again, 67).allowed_at == 68


def test_another_boot_counts_no_time_and_the_worst_run():
    limit = limits(min_off=60, duty=Duty(on_s=20, window_s=100))
    states = after(limit, (order(duration=10), 5000))
    again = resumed(limit, states, "two", 3)
    answer = refused(limit, order(duration=11), again, 64)
    assert (answer.interlock, answer.reason[:13]) == (Interlock.DUTY, "pump ran 10 s")
    assert refused(limit, order(), again, 62).allowed_at == 63
    locked_out = locked(limit, states, "pump", "ann")
    assert resumed(limit, locked_out, "two", 3).of("pump").locked_by == "ann"


PUMP = Settings(
    actuator="pump",
    max_on=30,
    min_off=10,
    duty=Duty(on_s=40, window_s=200),
    excludes=frozenset({"heater"}),
    current=2,
)
HEATER = Settings(actuator="heater", max_on=50, min_off=5, current=3, requires=("t",))
FAN = Settings(actuator="fan", duty=Duty(on_s=60, window_s=100), current=2)
ALL = Limits(actuators=(PUMP, HEATER, FAN), budget=5.0)
EPSILON = 1e-6


class House(RuleBasedStateMachine):
    """True time runs beside the interlocks; what really ran is noted and judged."""

    def __init__(self):
        super().__init__()
        self.true = 1000.0
        self.booted = 400.0
        self.boot = 0
        self.runs = {s.actuator: [] for s in ALL.actuators}
        self.on = {}
        self.usable = Inputs(usable=frozenset({"t"}))
        self.states = States(boot_id="0", at=self.now)
        self.stored = self.states

    @property
    def now(self):
        return self.true - self.booted

    def _follow(self, states):
        for one in ALL.actuators:
            name, runs = one.actuator, states.of(one.actuator).command.on
            if runs and name not in self.on:
                self.on[name] = self.true
            elif not runs and name in self.on:
                self.runs[name].append((self.on.pop(name), self.true))
        self.states = self.stored = states

    @initialize()
    def begin(self):
        self._follow(self.states)

    @rule(
        actuator=st.sampled_from(["pump", "heater", "fan"]),
        command=st.sampled_from([ON, OFF, Command(verb=Verb.SET_PWM, value=0.5)]),
        duration=st.one_of(st.none(), st.floats(0.1, 60)),
    )
    def command(self, actuator, command, duration):
        asked = Order(actuator=actuator, command=command, duration=duration)
        answer = decide(ALL, asked, self.states, self.now, self.usable)
        if isinstance(answer, Accepted):
            self._follow(answer.states)

    @rule(seconds=st.floats(0, 120))
    def wait(self, seconds):
        end = self.true + seconds
        while True:
            moment = next_due(ALL, self.states)
            if moment is None or moment + self.booted > end:
                break
            self.true = max(self.true, moment + self.booted) + 1e-7  # rounding
            self._force()
        self.true = end
        self._force()

    def _force(self):
        for forced in due(ALL, self.states, self.now, self.usable):
            asked = Order(actuator=forced.actuator, command=forced.command)
            self._follow(applied(ALL, asked, self.states, self.now))

    @rule(there=st.booleans())
    def sensor(self, there):
        self.usable = Inputs(usable=frozenset({"t"} if there else ()))
        self._force()

    @rule(gone=st.floats(0, 30))
    def process_is_killed(self, gone):
        for name in list(self.on):  # what ends the process drives all to safety
            self.runs[name].append((self.on.pop(name), self.true))
        self.true += gone
        text = msgspec.json.encode(self.stored)
        states = msgspec.json.decode(text, type=States)
        self._follow(resumed(ALL, states, str(self.boot), self.now))

    @rule(gone=st.floats(0, 300), uptime=st.floats(0, 40))
    def power_is_cut(self, gone, uptime):
        for name in list(self.on):
            self.runs[name].append((self.on.pop(name), self.true))
        self.true += gone + uptime
        self.booted = self.true - uptime
        self.boot += 1
        self._follow(resumed(ALL, self.stored, str(self.boot), self.now))

    @invariant()
    def no_limit_is_broken(self):
        for one in ALL.actuators:
            name = one.actuator
            runs = [*self.runs[name]]
            if name in self.on:
                runs.append((self.on[name], self.true))
            if one.max_on is not None:
                assert all(end - start <= one.max_on + EPSILON for start, end in runs)
            for (_, before), (start, _) in itertools.pairwise(runs):
                assert start - before >= one.min_off - EPSILON
            if one.duty is not None:
                for _, end in runs:
                    first = end - one.duty.window_s
                    used = sum(max(0, min(b, end) - max(a, first)) for a, b in runs)
                    assert used <= one.duty.on_s + EPSILON
        assert not {"pump", "heater"} <= set(self.on)
        assert sum(ALL.of(name).current for name in self.on) <= ALL.budget
        assert "heater" not in self.on or "t" in self.usable.usable


TestHouse = House.TestCase
TestHouse.settings = configured(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.slow
def test_ten_thousand_sequences_break_no_limit():
    from hypothesis.stateful import run_state_machine_as_test

    many = configured(max_examples=10_000, stateful_step_count=12, deadline=None)
    run_state_machine_as_test(House, settings=many)
