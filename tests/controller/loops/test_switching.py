import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.loops import hysteresis, proportion


def test_a_thermostat_switches_at_two_values():
    settings = hysteresis.Settings(below=0.5, above=0.2)
    on, seen = False, []
    for measured in (22.0, 21.5, 22.0, 22.19, 22.2, 21.6):
        on = hysteresis.step(settings, on, 22.0, measured)
        seen.append(on)
    assert seen == [False, True, True, True, False, False]


def test_a_cooler_switches_the_other_way_round():
    settings = hysteresis.Settings(below=0.5, above=0.2, cools=True)
    assert hysteresis.step(settings, False, 22.0, 22.2)
    assert hysteresis.step(settings, True, 22.0, 21.6)
    assert not hysteresis.step(settings, True, 22.0, 21.5)


@pytest.mark.parametrize("bad", [None, math.nan, math.inf])
@pytest.mark.parametrize("safe", [False, True])
def test_a_bad_input_gives_the_safe_output(bad, safe):
    settings = hysteresis.Settings(below=1, above=1, safe=safe)
    assert hysteresis.step(settings, not safe, 22.0, bad) is safe


def run(settings, share, seconds, step=0.5):
    state, on = proportion.State(), []
    for index in range(round(seconds / step)):
        state = proportion.step(settings, state, share, index * step)
        on.append(state.on)
    return on


@given(share=st.floats(0, 1), shortest=st.floats(0, 5))
def test_over_many_periods_the_share_of_time_is_the_share_asked(share, shortest):
    on = run(proportion.Settings(period=20.0, shortest=shortest), share, 2000)
    assert sum(on) / len(on) == pytest.approx(share, abs=0.04)


def test_pulses_are_never_shorter_than_allowed():
    on = run(proportion.Settings(period=20.0, shortest=4.0), 0.07, 2000)
    pulses = "".join("1" if one else "0" for one in on).split("0")
    assert min(len(pulse) for pulse in pulses if pulse) >= 8


def test_nothing_wanted_is_off_at_once():
    settings = proportion.Settings(period=20.0)
    state = proportion.step(settings, proportion.State(), 1.0, 0.0)
    assert state.on
    assert not proportion.step(settings, state, 0.0, 1.0).on
