import math
from collections import deque

import pytest

from controller.loops import pid
from controller.loops.autotune import Settings, State, step, tuning

SETTINGS = Settings(setpoint=22, low=0, high=1, noise=0.05, longest_s=20_000)


class Room:
    """A first-order room with dead time: 30 K at full power, 300 s slow, 20 s late."""

    def __init__(self):
        self.value, self.pipe = 10.0, deque([0.0] * 20)

    def run(self, output):
        self.pipe.append(output)
        self.value += (10 + 30 * self.pipe.popleft() - self.value) / 300
        return self.value


def experiment(settings):
    room, state, now = Room(), State(), 0.0
    while tuning(settings, state) is None and not state.failed and now < 30_000:
        state = step(settings, state, room.value, now)
        room.run(state.output)
        now += 1.0
    return state


def test_the_experiment_finds_the_ultimate_gain_and_settings_that_work():
    found = tuning(SETTINGS, experiment(SETTINGS))
    # the phase of the plant is -180 degrees where atan(300 w) + 20 w = pi
    w = 0.0811
    assert math.atan(300 * w) + 20 * w == pytest.approx(math.pi, abs=0.06)
    assert found.ultimate_s == pytest.approx(2 * math.pi / w, rel=0.25)
    assert found.ultimate_gain == pytest.approx(math.hypot(1, 300 * w) / 30, rel=0.35)
    tuned = pid.Settings(
        gain=found.gain, integral_s=found.integral_s, derivative_s=found.derivative_s
    )
    room, state, seen = Room(), pid.State(), []
    for second in range(3000):
        state = pid.step(tuned, state, 22.0, room.value, float(second))
        seen.append(room.run(state.output))
    assert max(seen) < 24
    assert all(abs(value - 22) < 0.1 for value in seen[-500:])


@pytest.mark.parametrize(
    ("measurement", "reason"),
    [(None, "stale"), (math.nan, "stale"), (31.0, "saw 31, expected at most 30")],
)
def test_the_experiment_is_given_up_with_the_output_low(measurement, reason):
    settings = Settings(setpoint=22, low=0, high=1, noise=0.1, longest_s=100, highest=30)
    state = step(settings, State(), 20.0, 0.0)
    assert state.output == 1
    state = step(settings, state, measurement, 1.0)
    assert (state.output, reason in state.failed) == (0, True)
    assert step(settings, state, 20.0, 2.0).output == 0


def test_a_loop_that_does_not_swing_is_given_up_in_time():
    settings = Settings(setpoint=90, low=0, high=1, noise=0.1, longest_s=3000)
    state = experiment(settings)
    assert state.failed == "saw no steady swing within 3000 s"
    assert tuning(settings, state) is None
