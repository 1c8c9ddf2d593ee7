import itertools
import math

import pytest

from collector.world import Climate, State, World, saturation_hpa
from dt.hardware.world_files import WorldFiles

NOON = 1_770_033_600_000  # 2026-02-02 12:00 UTC
HOUR = 3_600_000


def days(climate, hours, inputs=None, start=NOON, **state):
    """Return the states of each minute."""
    states = [State(at=start, **state)]
    for minute in range(1, round(hours * 60) + 1):
        at = start + minute * 60_000
        states.append(climate.advance(states[-1], at, inputs or {}))
    return states


def test_the_same_seed_gives_the_same_world_and_another_seed_another():
    runs = [days(Climate(seed), 24)[-1] for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_one_long_step_is_the_same_as_many_whole_minutes():
    climate = Climate(3)
    there = climate.advance(State(at=NOON), NOON + 5 * HOUR, {})
    assert there == days(climate, 5)[-1]


def test_soil_dries_from_moist_to_dry_in_some_hours():
    states = days(Climate(1), 30, soil=45.0)
    dry = next(s.at for s in states if s.soil < 30)
    assert 4 < (dry - NOON) / HOUR < 24


def test_a_lapse_dries_the_soil_faster():
    def until_dry(lapse):
        states = days(Climate(1, lapse=lapse), 30, soil=45.0)
        return next(s.at for s in states if s.soil < 30) - NOON

    assert until_dry(4) < until_dry(1) / 3


def test_somebody_waters_when_it_is_very_dry():
    states = days(Climate(1, lapse=4), 48, soil=30.0)
    assert min(s.soil for s in states) > 20
    assert max(s.soil for s in states[300:]) > 40


def test_nobody_waters_when_a_controller_shall():
    states = days(Climate(1, lapse=4, by_hand=False), 72, soil=30.0)
    assert states[-1].soil < 15


def test_the_pump_wets_the_soil_within_minutes_not_at_once():
    climate = Climate(1)
    before = State(at=NOON, soil=30.0)
    pumped = climate.advance(before, NOON + 10_000, {"pump": 1.0})
    assert pumped.soil - 30 < 1.0
    after = climate.advance(pumped, NOON + 600_000, {})
    assert after.soil == pytest.approx(36, abs=0.7)


@pytest.mark.parametrize(
    ("actuator", "quantity", "sign"),
    [
        ("heater", "air.temperature", 1),
        ("light", "light", 1),
        ("light", "air.temperature", 1),
    ],
)
def test_actuators_change_what_sensors_measure(actuator, quantity, sign):
    climate = Climate(1)
    night = NOON + 12 * HOUR
    with_it, without = (
        climate.seen(days(climate, 1, inputs, night)[-1], quantity, inputs)
        for inputs in ({actuator: 1.0}, {})
    )
    assert (with_it - without) * sign > 1


def test_the_fan_brings_the_air_to_the_room():
    climate = Climate(1)
    still = days(climate, 2, {"light": 1.0})[-1]
    blown = days(climate, 2, {"light": 1.0, "fan": 1.0})[-1]
    assert blown.air < still.air - 1


def test_everything_stays_possible_for_days():
    climate = Climate(5, lapse=3)
    for state in days(climate, 24 * 4):
        assert 12 < climate.seen(state, "air.temperature", {}) < 35
        assert 20 < climate.seen(state, "air.humidity", {}) < 95
        assert 0 <= climate.seen(state, "light", {}) <= 12_000
        assert 15 < climate.seen(state, "soil.moisture", {}) < 70
        assert 980 < climate.seen(state, "air.pressure", {}) < 1040
        assert 0 < state.leaf < 60


def test_nothing_changes_faster_than_the_shipped_twin_allows():
    climate = Climate(1, lapse=3)
    limits = {"air.temperature": 1.4, "air.humidity": 7, "light": 1100, "soil.moisture": 4}
    states = days(climate, 48)
    for quantity, limit in limits.items():
        seen = [climate.seen(state, quantity, {}) for state in states]
        assert max(abs(b - a) for a, b in itertools.pairwise(seen)) < limit


def test_no_value_stands_still_for_five_minutes():
    climate = Climate(1)
    for quantity, step in (("air.temperature", 0.1), ("air.humidity", 0.1)):
        state, counts = State(at=NOON + 12 * HOUR), []
        for n in range(720):
            state = climate.advance(state, NOON + 12 * HOUR + n * 5000, {})
            counts.append(round(climate.seen(state, quantity, {}) / step))
        runs = [len(list(group)) for _, group in itertools.groupby(counts)]
        assert max(runs) < 60


def test_the_night_is_dark_and_noon_is_bright():
    climate = Climate(1)
    assert climate.light(NOON + 12 * HOUR, {}) == 0
    assert climate.light(NOON, {}) > 3000


def test_a_box_knows_no_other_quantities(clock):
    with pytest.raises(KeyError):
        World(Climate(), clock).value("wind.speed")


def test_a_world_goes_on_by_the_clock_and_ignores_steps_of_it(clock):
    world = World(Climate(1), clock)
    first = world.value("soil.moisture")
    clock.forward(3600)
    later = world.value("soil.moisture")
    assert later < first - 0.5
    clock.utc_ms -= 1_800_000
    assert world.value("soil.moisture") == later


def test_a_world_is_found_again_after_a_restart(clock, tmp_path):
    world = World(Climate(1), clock, WorldFiles(tmp_path))
    world.value("light")
    clock.forward(7200)
    last = world.value("soil.moisture")
    again = World(Climate(1), clock, WorldFiles(tmp_path))
    assert again.value("soil.moisture") == pytest.approx(last, abs=1e-6)


def test_another_process_acts_by_a_file(clock, tmp_path):
    world = World(Climate(1), clock, WorldFiles(tmp_path))
    before = world.value("light")
    (tmp_path / "light.input").write_text("1.0\n")
    clock.forward(1.1)
    assert world.value("light") == pytest.approx(before + 9000, abs=50)
    (tmp_path / "light.input").write_text("rubbish")
    clock.forward(1.1)
    assert world.value("light") == pytest.approx(before, abs=50)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"at": "x"}', '{"at": 99999999999999}'])
def test_a_damaged_state_begins_anew(clock, tmp_path, text):
    (tmp_path / "state.json").write_text(text)
    world = World(Climate(1), clock, WorldFiles(tmp_path))
    assert world.value("soil.moisture") == pytest.approx(44, abs=1)


def test_saturation_is_that_of_the_tables():
    assert saturation_hpa(20) == pytest.approx(23.3, abs=0.1)
    assert math.isclose(saturation_hpa(0), 6.112)
