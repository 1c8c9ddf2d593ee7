"""Values are told no finer than their inputs justify, and nothing drifts by that."""

import math
from pathlib import Path

import numpy as np
import pytest

from dt.processing.calibrate import Calibration
from dt.processing.declared import Computed, Measured, Origin
from dt.processing.pipeline import Processor
from dt.processing.psychrometrics import vpd
from dt.processing.rounding import calibrated, decimals
from dt.store import chunks
from dt.twin.description import DerivedSpec, SignalSpec
from dt.twin.reader import read

PLANT = Path(__file__).parents[3] / "twins" / "plant" / "twin.yaml"
ORIGINS = {
    "air.temperature": Origin(raw_unit="Cel", resolution=0.1),
    "air.humidity": Origin(raw_unit="%", resolution=0.1),
    "soil.moisture": Origin(raw_unit="1", resolution=1.0),
}
AT_REST = 3.0
SEALED = 180
"""Readings of one signal in one chunk: 15 min at one in 5 s."""


def single(spec, computed=None, resolution=0.1):
    """Return what a processor of one measured signal `x` (and `y` of it) is."""
    one = Measured(signal=1, name="x", spec=spec, raw_unit=spec.unit, resolution=resolution)
    derived = (
        [Computed(signal=2, name="y", spec=computed, names={"x": "x"})] if computed else []
    )
    return Processor([one], derived)


def run(processor, raw, step_ms=1000):
    raw = np.asarray(raw, np.float64)
    at = 1_700_000_000_000 + step_ms * np.arange(len(raw), dtype=np.int64)
    found = processor.process(np.zeros(len(raw), np.int32), at, raw)
    return found.value[found.signal == 1], found.value[found.signal == 2]


def bytes_each(t, value):
    sizes = 0
    for first in range(0, len(t), SEALED):
        part = slice(first, first + SEALED)
        rows = chunks.Rows(
            seq=np.arange(len(t), dtype=np.int64)[part] * 9,
            t=t[part],
            value=value[part],
            code=np.zeros(len(t[part]), np.uint16),
        )
        packed = chunks.pack(rows, signal=1, epoch=1, unsynced=False, rolled=0)
        sizes += len(packed.blob)
    return sizes / len(t)


@pytest.mark.parametrize(
    ("step", "part", "count"),
    [(0.1, 10, 2), (1.0, 1000, 3), (1000.0, 10, 0), (0.0625, 1000, 5), (0.0, 10, None)],
)
def test_decimals_follow_the_step(step, part, count):
    assert decimals(step, part) == count


@pytest.mark.parametrize("step", [math.nan, math.inf, -1.0, 1e-30])
def test_a_step_that_says_nothing_rounds_nothing(step):
    assert decimals(step, 10) is None


def test_a_calibration_carries_the_step_along():
    steep = Calibration(points=((0.0, 0.0), (10.0, 1.0), (20.0, 101.0)))
    assert calibrated(1.0, steep) == pytest.approx(0.1)
    assert calibrated(0.5, Calibration(factor=-2.0)) == 1.0
    assert calibrated(1.0, Calibration(polynomial=(0.0, 1.0))) == 0.0


def test_a_calibrated_count_has_decimals_that_mean_something():
    spec = SignalSpec(unit="%", calibration=((200.0, 0.0), (2000.0, 100.0)))
    processor = Processor(
        [Measured(signal=1, name="x", spec=spec, raw_unit="1", resolution=1.0)]
    )
    value, _ = run(processor, [200, 201, 777])
    assert value.tolist() == [0.0, 0.05556, 32.05556]


def test_what_says_no_resolution_stays_as_it_is():
    raw = np.random.default_rng(1).random(50)
    value, twice = run(
        single(SignalSpec(unit="V"), DerivedSpec(formula="2 * x", unit="V"), 0.0), raw
    )
    assert value.tolist() == raw.tolist()
    assert twice.tolist() == (2 * raw).tolist()


def test_a_derived_value_is_as_good_as_before_to_a_hundredth_of_a_step():
    spec, formula = SignalSpec(unit="Cel", range=(0.0, 50.0)), "sqrt(x) * 3"
    raw = np.round(np.linspace(1, 49, 480), 1)
    _, found = run(single(spec, DerivedSpec(formula=formula)), raw)
    exact = np.sqrt(raw) * 3
    step = 3 * 0.05 / np.sqrt(25)
    assert np.abs(found - exact).max() <= step / 100
    assert np.abs(found - exact).max() > 0
    assert len(str(found[7])) <= 7


def test_an_integral_is_told_rounded_and_summed_exactly():
    spec = SignalSpec(unit="W", range=(0.0, 4000.0))
    energy = DerivedSpec(formula="integral(x)", unit="kW.h")
    raw = np.round(np.random.default_rng(2).random(86_400) * 4000, 0)
    parts = np.array_split(raw, 300)
    processor, last, begin = single(spec, energy, 1.0), 0.0, 1_700_000_000_000
    for part in parts:
        at = begin + 1000 * np.arange(len(part), dtype=np.int64)
        begin += 1000 * len(part)
        found = processor.process(np.zeros(len(part), np.int32), at, part)
        last = found.value[found.signal == 2][-1]
        again = single(spec, energy, 1.0)
        again.restore(processor.state())
        processor = again
    exact = math.fsum((raw[1:] + raw[:-1]) / 2) / 3600 / 1000
    assert last == pytest.approx(exact, abs=1e-8)  # 0.01 mWh after 300 restarts
    assert last == round(last, 9)


def test_a_formula_of_a_derived_signal_gets_all_its_digits():
    x = Measured(
        signal=1, name="x", spec=SignalSpec(range=(0.0, 9.0)), raw_unit="1", resolution=1.0
    )
    names = {name: name for name in "xyz"}
    y = Computed(signal=2, name="y", spec=DerivedSpec(formula="x / 3"), names=names)
    z = Computed(signal=3, name="z", spec=DerivedSpec(formula="y * 3000000"), names=names)
    found = Processor([x], [y, z]).process(
        np.zeros(1, np.int32), np.array([1_700_000_000_000]), np.array([1.0])
    )
    assert found.value.tolist() == [1.0, 0.333, 1_000_000.0]


def test_readings_of_the_plant_box_take_under_three_bytes_at_rest():
    twin = read(PLANT.read_text(), str(PLANT))
    ids = {twin.full_name(n): i for i, n in enumerate((*twin.signals, *twin.derived), 1)}
    chance = np.random.default_rng(4)
    n = 17_280  # a day, one in 5 s
    t = 1_700_000_000_000 + 5000 * np.arange(n, dtype=np.int64) + chance.integers(0, 4, n)
    day = 2 * np.pi * np.arange(n) / n
    raw = {
        "air.temperature": np.round(22 + 4 * np.sin(day) + chance.normal(0, 0.1, n), 1),
        "air.humidity": np.round(55 - 9 * np.sin(day) + chance.normal(0, 0.4, n), 1),
        "soil.moisture": np.round(900 - 200 * day / 6.3 + chance.normal(0, 2, n)),
    }
    processor = Processor.of(twin, ids, ORIGINS)
    names = [twin.full_name(name) for name in raw]
    index = np.repeat(np.array([processor.index(name) for name in names], np.int32), n)
    order = np.argsort(np.tile(t, 3), kind="stable")
    values = np.concatenate(list(raw.values()))
    found = processor.process(index[order], np.tile(t, 3)[order], values[order])
    told = {}
    for name in (*raw, *twin.derived):
        mine = found.signal == ids[twin.full_name(name)]
        told[name] = bytes_each(found.observed_at[mine], found.value[mine])
    unrounded = bytes_each(t, vpd(raw["air.temperature"], raw["air.humidity"]))
    assert max(told.values()) <= AT_REST, told
    assert unrounded > 2 * told["air.vpd"], (unrounded, told)
