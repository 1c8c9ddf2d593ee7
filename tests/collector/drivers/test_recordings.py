"""Drivers against frames that chips or datasheets gave."""

from pathlib import Path

import msgspec
import pytest

from collector.seam import Context
from dt import plugins
from dt.hardware.recording import load

FOLDER = Path(__file__).parents[2] / "recordings"
FILES = sorted(FOLDER.glob("*.jsonl"))


def stem(path):
    return path.stem


@pytest.mark.parametrize("path", FILES, ids=stem)
def test_a_driver_reads_what_the_source_says(path, time, player, read):
    title, frames = load(path)
    kind = plugins.load("dt.sensors", title.driver)
    buses = player(frames)
    context = Context(twin="dt:X", sensor="s", reads={}, media_dir="", twin_dir="")
    sensor = kind(msgspec.convert(title.options, kind.Options), buses, time, context)
    sensor.open()
    found = read(sensor)
    assert set(found) == set(title.expect)
    for name, expected in title.expect.items():
        assert found[name] == pytest.approx(expected, abs=0.01), name
    assert not buses.left


def test_each_recording_says_where_it_comes_from():
    assert len(FILES) >= 8
    for path in FILES:
        assert len(load(path)[0].source) > 20, path
