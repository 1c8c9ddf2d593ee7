import pytest

from controller.loops.profile import Point, setpoint

HOUR = 3600
DAY = (Point(at_s=6 * HOUR, setpoint=22), Point(at_s=22 * HOUR, setpoint=18))


@pytest.mark.parametrize(
    ("hour", "step", "ramp", "curve"),
    [
        (0, 18, 18, 19),
        (6, 22, 18, 22),
        (7, 22, 20, 21.75),
        (8, 22, 22, 21.5),
        (23, 18, 20, 18.5),
    ],
)
def test_a_day_is_followed_by_steps_ramps_or_a_curve(hour, step, ramp, curve):
    assert setpoint(DAY, hour * HOUR) == step
    assert setpoint(DAY, hour * HOUR, 2 * HOUR) == pytest.approx(ramp)
    assert setpoint(DAY, hour * HOUR, None) == pytest.approx(curve)


def test_one_point_is_a_constant():
    for ramp in (0.0, 600.0, None):
        assert setpoint([Point(at_s=100, setpoint=5)], 50, ramp) == 5
