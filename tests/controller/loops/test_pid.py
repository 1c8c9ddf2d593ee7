import itertools
import math
from collections import deque

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.loops.pid import Settings, State, manual, step

HEATER = Settings(gain=0.08, integral_s=240, derivative_s=20, filter_s=5)


def plant(settings, setpoints, dt=5.0, dead=20.0, slow=300.0, second=0.0):
    """Return measurements and outputs of a room (first or second order, with dead time)."""
    pipe, state = deque([0.0] * round(dead / dt)), State()
    wall = room = 10.0
    seen, outputs = [], []
    for index, setpoint in enumerate(setpoints):
        state = step(settings, state, setpoint, room, index * dt)
        pipe.append(state.output)
        wall += (10.0 + 30.0 * pipe.popleft() - wall) * dt / slow
        room = wall if not second else room + (wall - room) * dt / second
        seen.append(room)
        outputs.append(state.output)
    return seen, outputs


@pytest.mark.parametrize("second", [0.0, 60.0])
def test_a_step_is_followed_without_much_overshoot(second):
    seen, _ = plant(HEATER, [22.0] * 800, second=second)
    assert max(seen) < 22 + 0.1 * 12
    assert all(abs(value - 22) < 0.1 for value in seen[-200:])


def test_it_does_not_wind_up_while_the_output_is_at_its_limit():
    seen, outputs = plant(HEATER, [90.0] * 800 + [22.0] * 800)
    assert set(outputs[400:800]) == {1.0}
    assert outputs[805] < 0.01
    assert min(seen[800:]) > 18


def test_a_new_setpoint_gives_no_kick_of_the_derivative():
    settings = Settings(gain=1.0, derivative_s=1000.0, low=-100, high=100)
    state = step(settings, State(), 20.0, 20.0, 0.0)
    assert step(settings, state, 21.0, 20.0, 1.0).output == pytest.approx(1.0)


def test_the_time_between_readings_is_the_real_one():
    settings = Settings(gain=1.0, integral_s=100.0, low=-10, high=10)
    often = rare = step(settings, State(), 0.0, 0.0, 0.0)
    for second in range(1, 31):
        often = step(settings, often, 1.0, 0.0, float(second))
    rare = step(settings, rare, 1.0, 0.0, 30.0)
    assert often.output == pytest.approx(rare.output)


def test_from_manual_to_automatic_there_is_no_bump():
    state = State()
    for second in range(0, 50, 5):
        state = manual(HEATER, state, 22.0, 18.0, float(second), 0.37)
        assert state.output == 0.37
    after = step(HEATER, state, 22.0, 18.0, 50.0)
    assert after.output == pytest.approx(0.37, abs=0.01)


def test_the_output_changes_no_faster_than_allowed():
    settings = msgspec.structs.replace(HEATER, rate=0.01)
    _, outputs = plant(settings, [22.0] * 200)
    steps = [abs(b - a) for a, b in itertools.pairwise(outputs)]
    assert max(steps) <= 0.01 * 5 + 1e-9


@pytest.mark.parametrize("bad", [None, math.nan, math.inf])
def test_a_bad_input_gives_the_safe_output_at_once(bad):
    settings = msgspec.structs.replace(HEATER, safe=0.1, rate=0.001)
    state = State(at=0.0, measurement=10.0, integral=0.5, output=0.9)
    assert step(settings, state, 22.0, bad, 5.0) == State(output=0.1)
    assert step(settings, State(output=0.1), 22.0, 20.0, 10.0).output == 0.1


def test_a_long_pause_is_a_new_beginning():
    state = State(at=0.0, measurement=10.0, integral=0.2, slope=3.0, output=0.5)
    after = step(HEATER, state, 22.0, 20.0, 3600.0)
    assert (after.output, after.slope) == (0.5, 0.0)
    assert step(HEATER, after, 22.0, 20.0, 3600.0) is after


def test_a_negative_gain_cools():
    settings = Settings(gain=-0.1, integral_s=100.0)
    state = step(settings, State(), 20.0, 25.0, 0.0)
    assert step(settings, state, 20.0, 25.0, 10.0).output > state.output


NUMBER = st.floats(-1e6, 1e6)


@given(
    gain=st.floats(-100, 100),
    times=st.tuples(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e3)),
    rate=st.one_of(st.none(), st.floats(0, 10)),
    steps=st.lists(
        st.tuples(NUMBER, st.one_of(st.none(), NUMBER), st.floats(-10, 100)), max_size=30
    ),
)
def test_the_output_is_always_within_its_limits(gain, times, rate, steps):
    settings = Settings(
        gain=gain, integral_s=times[0], derivative_s=times[1], filter_s=times[2],
        low=0.2, high=0.8, rate=rate, safe=0.2,
    )  # fmt: skip
    state, now = State(), 0.0
    for setpoint, measurement, dt in steps:
        now += dt
        state = step(settings, state, setpoint, measurement, now)
        assert 0.2 <= state.output <= 0.8
