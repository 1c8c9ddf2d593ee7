from pathlib import Path

import pytest

from controller.declared import settings_of
from controller.limits import Duty
from dt.twin.command import OFF
from dt.twin.document import Reader
from dt.twin.reader import read

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("file", sorted(ROOT.glob("twins/*/twin.yaml")), ids=str)
def test_the_actuators_of_the_example_twins_are_accepted(file):
    twin = read(file.read_text("utf-8"), str(file))
    reader = Reader(twin.source)
    assert len(settings_of(twin, reader)) == len(twin.actuators)
    assert reader.problems == []


def test_the_plants_pump_has_the_limits_of_the_file():
    twin = read((ROOT / "twins/plant/twin.yaml").read_text("utf-8"), "twin.yaml")
    pump = settings_of(twin, Reader("twin.yaml"))[0]
    assert (pump.actuator, pump.safe, pump.max_on, pump.min_off) == ("pump", OFF, 30, 600)
    assert (pump.duty, pump.excludes) == (Duty(on_s=120, window_s=3600), {"heater"})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("pin: 1", "actuators.pump.driver: saw nothing"),
        ("driver: x, safe: off", "actuators.pump.safe: saw 'off'"),
        ("driver: x, safe: ON, max_on: 5s", "no max_on where the safe state runs"),
        ("driver: x, duty: 2h/h", "actuators.pump.duty: saw '2h/h'"),
        ("driver: x, duty: much", "actuators.pump.duty: saw 'much'"),
        ("driver: x, max_on: 0s", "actuators.pump.max_on: saw 0"),
        ("driver: x, current: -1", "actuators.pump.current: saw -1"),
        ("driver: x, requires: [sol]", "did you mean soil?"),
        ("driver: x, commands: [RUN]", "actuators.pump.commands"),
    ],
)
def test_a_wrong_limit_is_told_with_file_line_and_path(keys, expected):
    text = f'"@id": dt:Box_001\nsignals: {{soil: {{}}}}\nactuators:\n  pump: {{{keys}}}\n'
    twin = read(text, "box/twin.yaml")
    reader = Reader(twin.source)
    assert settings_of(twin, reader) == ()
    (problem,) = reader.problems
    assert str(problem).startswith("box/twin.yaml:4: ")
    assert expected in str(problem)
