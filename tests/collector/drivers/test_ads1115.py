import math

import pytest


@pytest.fixture
def board(bench):
    bench.plug("ads1115")
    bench.world |= {f"voltage.a{n}": volts for n, volts in enumerate((1.25, 0.5, 3.0, 0.1))}
    return bench


def test_it_reads_the_inputs_that_are_asked_for(board, read):
    sensor = board.driver("ads1115", reads={"a2": "battery", "a0": "probe"})
    sensor.open()
    assert read(sensor) == {
        "a0": pytest.approx(1.25, abs=2e-4),
        "a2": pytest.approx(3.0, abs=2e-4),
    }


@pytest.mark.parametrize(
    ("pair", "volts"), [("a0-a1", 0.75), ("a0-a3", 1.15), ("a1-a3", 0.4), ("a2-a3", 2.9)]
)
def test_it_reads_the_difference_of_two_inputs(board, read, pair, volts):
    sensor = board.driver("ads1115", reads={pair: "difference"})
    sensor.open()
    assert read(sensor) == {pair: pytest.approx(volts, abs=2e-4)}


def test_a_difference_may_be_negative(board, read):
    board.world["voltage.a0"] = 0.0
    sensor = board.driver("ads1115", reads={"a0-a1": "difference"})
    sensor.open()
    assert read(sensor)["a0-a1"] == pytest.approx(-0.5, abs=2e-4)


def test_a_finer_scale_is_finer_and_ends_earlier(board, read):
    board.world["voltage.a3"] = 0.100_01
    sensor = board.driver("ads1115", full_scale=0.256)
    sensor.open()
    found = read(sensor)
    assert found["a3"] == pytest.approx(0.100_01, abs=8e-6)
    assert math.isnan(found["a0"])


@pytest.mark.parametrize(("rate", "longest"), [(8, 0.16), (860, 0.005)])
def test_the_rate_says_how_long_it_takes(board, rate, longest):
    sensor = board.driver("ads1115", reads={"a0": "probe"}, rate=rate)
    sensor.open()
    before = board.time.monotonic()
    sensor.read()
    assert 1 / rate < board.time.monotonic() - before < longest
