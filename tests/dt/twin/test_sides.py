"""Each derived signal is computed by exactly one process."""

import pytest

from dt.twin import sides
from dt.twin.reader import read

TEXT = """
"@id": dt:T
signals: {own: {}, also: {}, pushed: {}, more: {}}
derived:
  inside: {formula: "own + also"}
  outside: {formula: "pushed * 2"}
  outer: {formula: "outside + more"}
  mixed: {formula: "own - pushed"}
  deep: {formula: "inside + outer"}
  constant: {formula: "1"}
sensors:
  chip: {driver: sht31, reads: {temperature: own, humidity: also}}
  web: {driver: http, reads: {x: pushed}}
"""


@pytest.fixture
def found():
    return sides.of(read(TEXT, "twin.yaml"), ["web"])


def test_what_no_sensor_measures_is_pushed(found):
    assert found.pushed == {"pushed", "more"}


def test_what_derives_from_pushed_signals_alone_is_computed_where_they_come_in(found):
    assert found.outside == {"outside", "outer"}


def test_what_is_needed_beside_measured_signals_is_heard(found):
    assert found.heard == {"pushed", "more"}


def test_nothing_is_heard_where_nothing_is_mixed():
    twin = read(TEXT.replace("own - pushed", "own").replace("inside + outer", "own"), "t")
    assert sides.of(twin, ["web"]).heard == frozenset()
    assert sides.of(twin, []).outside == frozenset()  # then the sensor measures it
